package login

import (
	"context"
	"log/slog"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"time"

	"github.com/secretsgen/secretsgen/runtime/observe"
	"github.com/secretsgen/secretsgen/runtime/providers"
)

// keeper is a token that is logged in for and kept good.
type keeper struct {
	server Exchanger
	method Method
	log    *slog.Logger
	tell   func(providers.Notice)
	begin  func(context.Context, observe.Operation) (context.Context, func(error))
	random func() float64 // in [0, 1), for jitter

	ctx    context.Context // ends with Close
	cancel context.CancelFunc
	held   atomic.Pointer[held] // nil: none

	mu       sync.Mutex // guards the rest, and held against two successors at once
	flight   *flight    // nil: no login is under way
	failures int        // of logins, in a row
	failure  error      // of the last login
	retryAt  time.Time  // after a failure
	refusals refusals
	closed   bool
	running  int           // goroutines
	idle     chan struct{} // closed when the keeper is and none is left
	left     []*held       // to be revoked by Close
}

// New is a session that logs in when a token is first wanted.
func New(in providers.Instance, server Exchanger, method Method) *Session {
	return &Session{source: newKeeper(in, server, method, rand.Float64)}
}

func newKeeper(in providers.Instance, server Exchanger, method Method, random func() float64) *keeper {
	k := &keeper{server: server, method: method, log: logger(in), tell: in.Tell, begin: in.Begin, random: random, idle: make(chan struct{})}
	k.ctx, k.cancel = context.WithCancel(context.Background())
	return k
}

func (k *keeper) token(ctx context.Context) (string, error) {
	if h := k.held.Load(); h != nil && h.good() {
		return h.text(), nil
	}
	if err := ctx.Err(); err != nil {
		return "", err
	}
	k.mu.Lock()
	if h := k.held.Load(); h != nil && h.good() {
		k.mu.Unlock()
		return h.text(), nil
	}
	f, err := k.board()
	k.mu.Unlock()
	if err != nil {
		return "", err
	}
	return f.wait(ctx)
}

// replace gives all who were refused under one token the same other one.
func (k *keeper) replace(ctx context.Context, rejected string) (token string, ok bool, err error) {
	if err := ctx.Err(); err != nil {
		return "", false, err
	}
	k.mu.Lock()
	if h := k.held.Load(); h != nil && h.good() {
		if text := h.text(); text != rejected {
			k.mu.Unlock()
			return text, true, nil
		}
		if k.mayStart() && !k.refusals.allow(time.Now()) {
			k.mu.Unlock()
			return "", false, nil
		}
	}
	f, err := k.board()
	k.mu.Unlock()
	if err != nil {
		return "", false, err
	}
	token, err = f.wait(ctx)
	return token, err == nil, err
}

// close waits for what goes on in the background and revokes what is left.
func (k *keeper) close(ctx context.Context) error {
	k.mu.Lock()
	if !k.closed {
		k.closed = true
		k.cancel()
		if h := k.held.Swap(nil); h != nil {
			k.left = append(k.left, h)
		}
		if k.running == 0 {
			close(k.idle)
		}
	}
	k.mu.Unlock()
	select {
	case <-k.idle:
	case <-ctx.Done():
		return ctx.Err()
	}
	k.mu.Lock()
	left := k.left
	k.left = nil
	k.mu.Unlock()
	for _, h := range left {
		k.revoke(ctx, h)
	}
	return nil
}

// leave is how a goroutine ends.
func (k *keeper) leave() {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.running--
	if k.closed && k.running == 0 {
		close(k.idle)
	}
}
