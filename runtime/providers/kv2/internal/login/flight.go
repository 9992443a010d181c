package login

import (
	"context"
	"log/slog"
	"time"

	"github.com/secretsgen/secretsgen/runtime/observe"
	"github.com/secretsgen/secretsgen/runtime/providers"
)

// loginTimeout is the deadline of a login as a whole. Each of its requests has
// that of the server, too.
const loginTimeout = time.Minute

// flight is one login and all who wait for it.
type flight struct {
	done chan struct{}

	// Set before done is closed.
	token func() string
	err   error
}

// wait returns when the login has ended or ctx has, whichever comes first.
func (f *flight) wait(ctx context.Context) (string, error) {
	select {
	case <-f.done:
	case <-ctx.Done():
		return "", ctx.Err()
	}
	if f.err != nil {
		return "", f.err
	}
	return f.token(), nil
}

// mayStart reports whether a login could begin now. Hold mu.
func (k *keeper) mayStart() bool {
	return k.flight == nil && !k.closed && !time.Now().Before(k.retryAt)
}

// board joins the login that is under way or begins one. It returns the failure
// of the last one if it is too early for another. Hold mu.
func (k *keeper) board() (*flight, error) {
	switch {
	case k.closed:
		return nil, providers.ErrClosed
	case k.flight != nil:
		return k.flight, nil
	case !k.mayStart():
		return nil, k.failure
	}
	k.flight = &flight{done: make(chan struct{})}
	k.running++
	go k.fly(k.flight)
	return k.flight, nil
}

// fly logs in and tells everybody.
func (k *keeper) fly(f *flight) {
	defer k.leave()
	defer close(f.done)
	ctx, cancel := context.WithTimeout(k.ctx, loginTimeout)
	defer cancel()
	start := time.Now()
	ctx, end := k.begin(ctx, observe.Login)
	l, err := k.method.login(ctx, k.server)
	if err == nil {
		if h := newHeld(l, start); h.good() {
			end(nil)
			k.land(f, h)
			return
		}
		err = unavailable() // so slow that the lease is over
	}
	end(failure(err))
	k.crash(f, err)
}

// land puts a new token in the place of the old one.
func (k *keeper) land(f *flight, h *held) {
	k.mu.Lock()
	k.flight = nil
	if k.closed {
		k.left = append(k.left, h)
		k.mu.Unlock()
		f.err = providers.ErrClosed
		return
	}
	failures := k.failures
	k.failures, k.failure, k.retryAt = 0, nil, time.Time{}
	old := k.held.Swap(h)
	if h.life > 0 {
		k.running++
		go k.keep(h)
	}
	k.mu.Unlock()
	if old != nil {
		close(old.replaced)
	}
	if failures > 0 {
		k.log.Info("KV login works again", slog.Int("failures", failures))
	}
	f.token = h.text
	k.tell(providers.LoggedIn)
}

// crash says that a login failed, and when there may be another one.
func (k *keeper) crash(f *flight, err error) {
	k.mu.Lock()
	k.flight = nil
	if k.closed {
		k.mu.Unlock()
		f.err = providers.ErrClosed
		return
	}
	f.err = failure(err)
	k.failures++
	wait := backoff(k.failures, k.random())
	k.failure, k.retryAt = f.err, time.Now().Add(wait)
	attrs := append(failureAttrs(err), slog.Int("failures", k.failures), slog.Duration("next_in", wait))
	k.mu.Unlock()
	k.log.Warn("KV login failed", attrs...)
	k.tell(providers.LoginFailed)
}

// revoke ends a token that this process logged in for, since nobody else has a
// use for it. One that can't be revoked lives on until its lease ends.
func (k *keeper) revoke(ctx context.Context, h *held) {
	if h.batch || !h.good() {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, revokeTimeout)
	defer cancel()
	answer, err := k.server.Do(ctx, post("auth/token/revoke-self", h.text()))
	if err == nil && answer.Status/100 != 2 {
		err = answer.Refusal()
	}
	if err != nil {
		k.log.Warn("KV token could not be revoked and is good until its lease ends", failureAttrs(err)...)
	}
}

// revokeTimeout bounds what Close spends on a token.
const revokeTimeout = 5 * time.Second
