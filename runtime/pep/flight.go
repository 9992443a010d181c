package pep

import (
	"context"
	"sync"
)

// flights are the questions that are under way, so that callers waiting for the
// same answer ask once. A flight takes no more callers than its answer is
// expected to serve: those whom an answer could not serve know its size, and
// board as many flights side by side as it takes.
type flights struct {
	mu   sync.Mutex
	open map[flightKey]*flight
}

// flightKey is the key of the grant that a flight brings, and the circumstances
// that it is known to be tied to.
type flightKey struct {
	grant      Key
	conditions Conditions
	have       Circumstances
}

// flight is one question and who waits for its answer. The first of waiters is
// its leader, in whose name it is asked. Everything but leader is guarded by
// flights.mu.
type flight struct {
	key      flightKey
	leader   *waiter
	waiters  []*waiter // in order of arrival
	capacity int       // 0: no bound
	landed   bool      // the uses are being dealt; nobody may board
	done     chan struct{}
}

// waiter is one caller on a flight.
type waiter struct {
	attempt
	outcome chan outcome // buffered: dealing never waits
	dealt   bool
	gone    bool // its caller went before it was dealt anything
}

// outcome is what a waiter gets.
type outcome struct {
	permit Permit
	err    error
	again  bool     // the answer was not for this caller: it must look again
	use    *verdict // whose grant a use was taken of for the waiter, to give back if it has gone

	// For again: what the answer taught.
	conditions Conditions
	capacity   int
}

// board joins a flight that has room, or opens one, which the caller must then
// fly. It returns a nil waiter for a flight that has landed.
func (fs *flights) board(a attempt) (f *flight, w *waiter, leads bool) {
	key := flightKey{a.key, a.conditions, a.conditions.Of(a.have)}
	fs.mu.Lock()
	defer fs.mu.Unlock()
	f = fs.open[key]
	if f != nil && f.landed {
		return f, nil, false
	}
	w = &waiter{attempt: a, outcome: make(chan outcome, 1)}
	if f != nil && (f.capacity == 0 || len(f.waiters) < f.capacity) {
		f.waiters = append(f.waiters, w)
		return f, w, false
	}
	f = &flight{key: key, leader: w, waiters: []*waiter{w}, capacity: a.capacity, done: make(chan struct{})}
	fs.open[key] = f
	return f, w, true
}

// land closes a flight to newcomers and returns who is still waiting.
func (fs *flights) land(f *flight) []*waiter {
	fs.mu.Lock()
	defer fs.mu.Unlock()
	f.landed = true
	waiting := make([]*waiter, 0, len(f.waiters))
	for _, w := range f.waiters {
		if !w.gone {
			waiting = append(waiting, w)
		}
	}
	return waiting
}

// deal hands out what each waiter gets, ends the flight and returns how many uses
// are left by those who went meanwhile.
func (fs *flights) deal(f *flight, waiting []*waiter, outcomes []outcome) (unclaimed int) {
	fs.mu.Lock()
	defer fs.mu.Unlock()
	for i, w := range waiting {
		if w.gone && outcomes[i].use != nil {
			unclaimed++
		}
		w.dealt = true
		w.outcome <- outcomes[i]
	}
	if fs.open[f.key] == f {
		delete(fs.open, f.key)
	}
	close(f.done)
	return unclaimed
}

// leave takes a caller off its flight. It reports whether the caller was dealt
// something that it has to give back itself.
func (fs *flights) leave(w *waiter) bool {
	fs.mu.Lock()
	defer fs.mu.Unlock()
	w.gone = true
	return w.dealt
}

// await returns what the flight brings w, or the error of ctx, and then w's use
// goes to others.
func (e *Enforcer) await(ctx context.Context, f *flight, w *waiter) (outcome, error) {
	if w == nil { // boarded too late: what the flight brought is there when it is done
		select {
		case <-f.done:
			return outcome{again: true}, nil
		case <-ctx.Done():
			return outcome{}, ctx.Err()
		}
	}
	select {
	case out := <-w.outcome:
		return out, nil
	case <-ctx.Done():
		if e.flights.leave(w) {
			if out := <-w.outcome; out.use != nil {
				e.giveBack(context.WithoutCancel(ctx), out.use, 1)
			}
		}
		return outcome{}, ctx.Err()
	}
}
