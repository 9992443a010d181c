package verify

import (
	"context"
	"crypto"
	"sync"
	"sync/atomic"
	"time"
)

const (
	// keptFor is how long the last set that could be had is used while no newer
	// one can. There is an end to it: a key that the issuer has taken back must
	// not live for as long as somebody can keep the issuer from saying so.
	keptFor = 24 * time.Hour
	// retryAfter is how soon a fetch that failed may be tried again.
	retryAfter = 2 * time.Second
)

// keys is the issuer's keys, fetched when they are needed: for the first token,
// when the set is no longer fresh, and when a token names a key that is not in
// it. There is one fetch at a time, on a context of its own, and between two some
// time passes, so that tokens with invented key ids can't make more of them. A
// set that is merely not fresh is used while the next one is fetched.
type keys struct {
	fetcher  fetcher
	now      func() time.Time
	timeout  time.Duration
	interval time.Duration
	ctx      context.Context // ends with close
	cancel   context.CancelFunc
	fetches  sync.WaitGroup

	current atomic.Pointer[fetched] // the last good set; nil before there is one

	mu     sync.Mutex
	flight *flight   // the fetch under way
	tried  time.Time // when the last fetch was started
	failed bool      // the last fetch did
	closed bool
}

type fetched struct {
	set   keySet
	at    time.Time
	fresh time.Duration
}

// flight is a fetch under way. done is closed when its outcome is in keys.
type flight struct{ done chan struct{} }

func newKeys(cfg *Config) *keys {
	ctx, cancel := context.WithCancel(context.Background())
	return &keys{
		fetcher: newFetcher(cfg), now: cfg.Now, timeout: cfg.KeysTimeout, interval: cfg.KeysInterval,
		ctx: ctx, cancel: cancel,
	}
}

// find returns the keys that may have signed a token with this header. It waits
// for a fetch only where there is no set or the key is not in it, and no longer
// than one fetch may take.
func (k *keys) find(ctx context.Context, id, alg string) ([]crypto.PublicKey, *Error) {
	found, fresh := k.lookUp(id, alg)
	if len(found) > 0 {
		if !fresh {
			k.start()
		}
		return found, nil
	}
	if f := k.start(); f != nil {
		k.wait(ctx, f)
		found, _ = k.lookUp(id, alg)
	}
	if len(found) > 0 {
		return found, nil
	}
	return nil, k.missing()
}

// warm fetches a set if there is none.
func (k *keys) warm(ctx context.Context) *Error {
	if k.usable() != nil {
		return nil
	}
	if f := k.start(); f != nil {
		k.wait(ctx, f)
	}
	if k.usable() != nil {
		return nil
	}
	return k.unavailable()
}

// usable returns the last good set, unless it is too old for anything.
func (k *keys) usable() *fetched {
	current := k.current.Load()
	if current == nil || k.now().Sub(current.at) >= keptFor {
		return nil
	}
	return current
}

func (k *keys) lookUp(id, alg string) (found []crypto.PublicKey, fresh bool) {
	current := k.usable()
	if current == nil {
		return nil, false
	}
	return current.set.candidates(id, alg), k.now().Sub(current.at) < current.fresh
}

// missing says why there is no key: there is none, or that can't be known.
func (k *keys) missing() *Error {
	k.mu.Lock()
	known := !k.failed && k.flight == nil && !k.closed
	k.mu.Unlock()
	if known && k.usable() != nil {
		return refuse(TokenKey)
	}
	return k.unavailable()
}

func (k *keys) unavailable() *Error {
	k.mu.Lock()
	defer k.mu.Unlock()
	return &Error{Code: KeysUnavailable, RetryAfter: max(k.pause()-k.now().Sub(k.tried), time.Second)}
}

// pause is how long no fetch follows the last one. The lock is held.
func (k *keys) pause() time.Duration {
	if k.failed {
		return min(retryAfter, k.interval)
	}
	return k.interval
}

// start returns the fetch under way, or starts one; nil if it is too early.
func (k *keys) start() *flight {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.flight != nil || k.closed {
		return k.flight
	}
	now := k.now()
	if since := now.Sub(k.tried); !k.tried.IsZero() && since >= 0 && since < k.pause() {
		return nil
	}
	k.tried = now
	f := &flight{make(chan struct{})}
	k.flight = f
	k.fetches.Go(func() { k.fetch(f, now) })
	return f
}

// fetch gets a set and puts it in the place of the last one, or leaves that.
func (k *keys) fetch(f *flight, now time.Time) {
	ctx, cancel := context.WithTimeout(k.ctx, k.timeout)
	defer cancel()
	ok := false
	defer func() {
		_ = recover() // of a transport that was passed in: a fetch that failed
		k.mu.Lock()
		defer k.mu.Unlock()
		k.flight, k.failed = nil, !ok
		close(f.done)
	}()
	set, fresh, got := k.fetcher.fetch(ctx)
	if got {
		k.current.Store(&fetched{set, now, fresh})
		ok = true
	}
}

// wait returns when the fetch is done or has had its time, or ctx is.
func (k *keys) wait(ctx context.Context, f *flight) {
	ctx, cancel := context.WithTimeout(ctx, k.timeout)
	defer cancel()
	select {
	case <-f.done:
	case <-ctx.Done():
	}
}

func (k *keys) close() {
	k.mu.Lock()
	k.closed = true
	k.mu.Unlock()
	k.cancel()
	k.fetches.Wait()
}
