package login

import (
	"time"

	"github.com/secretsgen/secretsgen/runtime/providers"
)

// succeed has a token replaced from a moment on, while it still serves, and says
// so when its lease ends before that has worked.
func (k *keeper) succeed(h *held, due time.Time) {
	for {
		if h.ends().Before(due) {
			due = h.ends()
		}
		if !k.until(h, due, nil) {
			return
		}
		if !h.good() {
			k.expire(h)
			return
		}
		f, retryAt, ok := k.boardFor(h)
		if !ok {
			return
		}
		due = retryAt
		if f != nil && !k.until(h, h.ends(), f.done) {
			return
		}
	}
}

// boardFor is [keeper.board] on behalf of a token that is in place. It reports
// false if it no longer is, and when to come back if it is too early.
func (k *keeper) boardFor(h *held) (f *flight, retryAt time.Time, ok bool) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.closed || k.held.Load() != h {
		return nil, time.Time{}, false
	}
	f, err := k.board()
	if err != nil {
		return nil, k.retryAt, true
	}
	return f, time.Time{}, true
}

// until waits for a moment, or for done. It reports false if the token is
// replaced before, or the keeper closed.
func (k *keeper) until(h *held, at time.Time, done <-chan struct{}) bool {
	timer := time.NewTimer(time.Until(at))
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-done:
	case <-h.replaced:
		return false
	case <-k.ctx.Done():
		return false
	}
	return true
}

// expire takes away a token whose lease is over. The next caller logs in.
func (k *keeper) expire(h *held) {
	if k.held.CompareAndSwap(h, nil) {
		k.log.Warn("KV token has ended, and there is no other one yet")
		k.tell(providers.CredentialEnded)
	}
}
