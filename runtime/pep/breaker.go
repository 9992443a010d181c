package pep

import (
	"errors"
	"sync"
	"time"

	"github.com/sony/gobreaker/v2"
)

// breaker keeps the PDP from being asked while it is down. What says nothing
// about its health (the PEP's own mistakes, throttling) moves nothing, and gives
// a probe's place back.
type breaker struct {
	*gobreaker.TwoStepCircuitBreaker[struct{}]
	hooks []BreakerHook

	mu      sync.Mutex
	changes [][2]string // not yet told
	telling bool
}

func newBreaker(limits BreakerLimits, random func() float64, hooks []BreakerHook) *breaker {
	b := &breaker{hooks: hooks}
	jitter := 1 + breakerJitter*(2*random()-1)
	b.TwoStepCircuitBreaker = gobreaker.NewTwoStepCircuitBreaker[struct{}](gobreaker.Settings{
		MaxRequests: 1,
		Timeout:     time.Duration(jitter * float64(limits.Open)),
		ReadyToTrip: func(counts gobreaker.Counts) bool {
			return int64(counts.ConsecutiveFailures) >= int64(limits.Failures)
		},
		IsExcluded: neutral,
		OnStateChange: func(_ string, from, to gobreaker.State) {
			b.mu.Lock()
			defer b.mu.Unlock()
			b.changes = append(b.changes, [2]string{from.String(), to.String()})
		},
	})
	return b
}

// neutral reports whether a failure says nothing about the PDP's health
// (AuthZEN API 1.0, section 10.1).
func neutral(err error) bool {
	e, ok := errors.AsType[*PDPUnavailableError](err)
	if !ok {
		return false
	}
	switch e.Reason {
	case ReasonBadRequest, ReasonPEPAuth, ReasonConfig, ReasonThrottled, ReasonNoBatch:
		return true
	default:
		return false
	}
}

// isOpen reports whether a call would be refused now.
func (b *breaker) isOpen() bool {
	defer b.tell()
	return b.State() == gobreaker.StateOpen
}

// state is closed, half-open or open. It tells no hook of a change that it comes
// upon: whoever looks is no read, and may hold what a hook waits for.
func (b *breaker) state() string { return b.State().String() }

// allow asks for a call and returns how to report its end.
func (b *breaker) allow() (done func(Reason), ok bool) {
	defer b.tell()
	report, err := b.Allow()
	if err != nil {
		return nil, false
	}
	return func(reason Reason) {
		defer b.tell()
		if reason == "" {
			report(nil)
			return
		}
		report(&PDPUnavailableError{Reason: reason})
	}, true
}

// tell passes changes on to the hooks, in order and outside every lock, since
// gobreaker reports them under its own and a hook may read a secret.
func (b *breaker) tell() {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.telling {
		return
	}
	b.telling = true
	for len(b.changes) > 0 {
		change := b.changes[0]
		b.changes = b.changes[1:]
		b.mu.Unlock()
		for _, hook := range b.hooks {
			hook.OnBreaker(change[0], change[1])
		}
		b.mu.Lock()
	}
	b.telling = false
}
