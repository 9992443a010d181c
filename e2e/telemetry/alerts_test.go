package telemetry

import (
	"testing"
	"time"

	"github.com/secretsgen/secretsgen/runtime/observe"
)

// staged is a service whose state and decisions are made up, for what takes hours
// to come to.
type staged struct {
	*telemetry

	state   observe.State
	history *history
	now     time.Time
}

func newStaged(t *testing.T, state observe.State) *staged {
	t.Helper()
	s := &staged{telemetry: newTelemetry(t), state: state, history: newHistory(t), now: start}
	for _, o := range s.extension.Observers {
		if o, ok := o.(observe.StateObserver); ok {
			o.OnOpen(func() observe.State { return s.state })
		}
	}
	return s
}

// decides has the enforcement point say something so many times.
func (s *staged) decides(n int, outcome observe.Outcome) {
	for _, o := range s.extension.Observers {
		if o, ok := o.(observe.DecisionObserver); ok {
			for range n {
				o.OnDecision(observe.About{}, outcome)
			}
		}
	}
}

// passes has the service scraped for so long, each time after do.
func (s *staged) passes(t *testing.T, long time.Duration, do func()) {
	t.Helper()
	for until := s.now.Add(long); s.now.Before(until); s.now = s.now.Add(interval) {
		do()
		s.history.scraped(s.now, vectors(t, s.scrape(t)))
	}
}

// TestABreakerThatProbesNowAndThenIsOneThatIsOpen: it is open for some seconds at a
// time, and half-open for as long as nobody reads.
func TestABreakerThatProbesNowAndThenIsOneThatIsOpen(t *testing.T) {
	t.Parallel()
	breakers := func(state string) observe.State {
		return observe.State{Breakers: []observe.Breaker{{Name: "pdp", State: state}, {Name: "openbao+kv2", State: state}, {Name: "other+kv2", State: "closed"}}}
	}
	s := newStaged(t, breakers("closed"))
	s.passes(t, 10*time.Minute, func() {})
	broke := s.now
	s.passes(t, 5*time.Minute, func() {
		if s.state = breakers("open"); s.now.Minute()%2 == 0 {
			s.state = breakers("half-open")
		}
	})
	mended := s.now
	s.state = breakers("closed")
	s.passes(t, 5*time.Minute, func() {})
	for name, rule := range rules(t) {
		want := name == "SecretsPDPBreakerOpen" || name == "SecretsProviderBreakerOpen"
		if at, fires := s.history.fires(t, rule, start, broke.Add(-interval)); fires {
			t.Errorf("%s fires at %v, while all is well", name, at.Sub(start))
		}
		if at, fires := s.history.fires(t, rule, broke, mended.Add(-interval)); fires != want {
			t.Errorf("%s fires: %v at %v, want %v", name, fires, at.Sub(broke), want)
		}
		if at, fires := s.history.fires(t, rule, mended, s.now.Add(-interval)); fires {
			t.Errorf("%s fires at %v after all is well again", name, at.Sub(mended))
		}
	}
}

// TestNoAlertFiresForTheFirstHoursOfAServiceThatDeniesAsAlways holds that a deployment
// alarms nobody, and that a spike does.
func TestNoAlertFiresForTheFirstHoursOfAServiceThatDeniesAsAlways(t *testing.T) {
	t.Parallel()
	s := newStaged(t, observe.State{})
	denials := func(n int) func() {
		return func() {
			s.decides(100, observe.Outcome{Effect: observe.Allow})
			s.decides(n, observe.Outcome{Effect: observe.Deny, Code: "policy"})
		}
	}
	s.passes(t, 3*time.Hour, denials(10))
	spike := s.now
	s.passes(t, 10*time.Minute, denials(60))
	for name, rule := range rules(t) {
		if at, fires := s.history.fires(t, rule, start, spike.Add(-interval)); fires {
			t.Errorf("%s fires at %v", name, at.Sub(start))
		}
		if at, fires := s.history.fires(t, rule, spike, s.now.Add(-interval)); fires != (name == "SecretsDenialsSpike") {
			t.Errorf("%s fires: %v at %v of a spike of denials", name, fires, at.Sub(spike))
		}
	}
}
