package exchange

import (
	"errors"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"github.com/sony/gobreaker/v2"

	"github.com/secretsgen/secretsgen/runtime/providers"
)

const (
	breakerFailures = 5               // in a row
	breakerOpen     = 5 * time.Second // give or take breakerJitter
	breakerJitter   = 0.2
	probeTimeout    = 5 * time.Second
)

// What a request says about the server's health; nil: it is well.
var (
	errFailed  = errors.New("failed")
	errNeutral = errors.New("nothing said")
)

// health is what an outcome says. The server answers with its data or with a
// reason why it has none, or it fails; its refusals, and what can't be had from
// it as this process is configured, say neither.
func health(answer Answer, err error) error {
	switch {
	case err != nil:
		if e, ok := errors.AsType[*providers.ProviderError](err); ok && e.Code == providers.Unavailable {
			return errFailed
		}
		return errNeutral
	case answer.Status < 300, answer.Status == http.StatusNotFound:
		return nil
	case answer.Status >= 500:
		return errFailed
	}
	return errNeutral
}

// breaker keeps the server from being asked while it is down. What says nothing
// about its health moves nothing, and gives a probe's place back.
type breaker struct {
	*gobreaker.TwoStepCircuitBreaker[struct{}]

	notify  func(providers.Notice)
	probing atomic.Bool // as of the last change

	untold  atomic.Bool // whether there are changes that were not told
	mu      sync.Mutex
	changes []providers.Notice
	telling bool
}

func newBreaker(random func() float64, notify func(providers.Notice)) *breaker {
	b := &breaker{notify: notify}
	if notify == nil {
		b.notify = func(providers.Notice) {}
	}
	b.TwoStepCircuitBreaker = gobreaker.NewTwoStepCircuitBreaker[struct{}](gobreaker.Settings{
		MaxRequests:   1,
		Timeout:       time.Duration((1 + breakerJitter*(2*random()-1)) * float64(breakerOpen)),
		ReadyToTrip:   func(counts gobreaker.Counts) bool { return counts.ConsecutiveFailures >= breakerFailures },
		IsExcluded:    func(err error) bool { return errors.Is(err, errNeutral) },
		OnStateChange: func(_ string, _, to gobreaker.State) { b.changed(to) },
	})
	return b
}

// changed is called under the library's lock.
func (b *breaker) changed(to gobreaker.State) {
	notice := providers.BreakerClosed
	switch to {
	case gobreaker.StateOpen:
		notice = providers.BreakerOpened
	case gobreaker.StateHalfOpen:
		notice = providers.BreakerProbing
	case gobreaker.StateClosed:
	}
	b.probing.Store(to == gobreaker.StateHalfOpen)
	b.mu.Lock()
	defer b.mu.Unlock()
	b.changes = append(b.changes, notice)
	b.untold.Store(true)
}

// isOpen reports whether a request would be refused now.
func (b *breaker) isOpen() bool {
	defer b.tell()
	return b.State() == gobreaker.StateOpen
}

// ask does one request, unless it is refused, and reports what that says about the
// server's health. request is told whether it is the one that finds out how the
// server is. Whatever panics, and wherever, the place of that one is given back.
func (b *breaker) ask(request func(probing bool) (health error)) (asked bool) {
	report, err := b.Allow()
	if err != nil {
		b.tell()
		return false
	}
	verdict := errNeutral // where this panics, or its goroutine is ended
	defer func() {
		report(verdict)
		b.tell()
	}()
	b.tell()
	verdict = request(b.probing.Load())
	return true
}

// tell passes changes on, in their order and outside every lock, since whoever
// listens may read a secret.
func (b *breaker) tell() {
	if !b.untold.Load() {
		return
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.telling {
		return
	}
	b.telling = true
	defer func() { b.telling = false }()
	for len(b.changes) > 0 {
		notice := b.changes[0]
		b.changes = b.changes[1:]
		func() {
			b.mu.Unlock()
			defer b.mu.Lock()
			b.notify(notice)
		}()
	}
	b.untold.Store(false)
}
