package pdp

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/secretsgen/secretsgen/e2e/internal/toxic"
	"github.com/secretsgen/secretsgen/runtime"
)

// The breaker opens after five failures in a row, for five seconds and up to a
// fifth more or less (DESIGN section 5, step 7).
const (
	breakerFailures = 5
	breakerOpenMost = 6 * time.Second
)

// budget is what the client leaves the PDP in these tests: SECRETS_PDP_TIMEOUT.
const budget = 500 * time.Millisecond

// recovers wants reads to succeed again within the breaker's open interval and a
// second.
func (s *service) recovers(accessor string) {
	s.t.Helper()
	start := time.Now()
	tick := time.NewTicker(pollInterval)
	defer tick.Stop()
	for {
		reason := s.unavailable(accessor)
		took := time.Since(start)
		switch {
		case reason == "":
			s.t.Logf("recovered after %v", took)
			s.gets(s.t.Context(), accessor)
			if states := s.states(); states[len(states)-1] != "closed" {
				s.t.Errorf("the breaker went %v, and is not closed", states)
			}
			return
		case took > breakerOpenMost+time.Second:
			s.t.Fatalf("no recovery within %v: %s", took, reason)
		}
		<-tick.C
	}
}

// fails wants a read to have no decision, each time for one of some reasons,
// until the breaker is open.
func (s *service) fails(accessor string, reasons ...string) {
	s.t.Helper()
	for range breakerFailures {
		if reason := s.unavailable(accessor); !slices.Contains(reasons, reason) {
			s.t.Errorf("no decision for reason %q, want one of %v", reason, reasons)
		}
	}
	start := time.Now()
	if reason := s.unavailable(accessor); reason != "breaker_open" {
		s.t.Errorf("no decision for reason %q, want breaker_open", reason)
	}
	if took := time.Since(start); took > budget {
		s.t.Errorf("an open breaker took %v to say so", took)
	}
}

// goesOn wants a live grant to be spent as if nothing had happened: no read asks
// the PDP, and 99 of 100 take less than the smallest delay that a slow PDP adds.
func (s *service) goesOn(accessor string) {
	s.t.Helper()
	asked := len(s.questions())
	took := make([]time.Duration, 1000)
	for i := range took {
		start := time.Now()
		s.gets(s.t.Context(), accessor)
		took[i] = time.Since(start)
	}
	slices.Sort(took)
	if p99 := took[len(took)*99/100]; p99 > 100*time.Millisecond {
		s.t.Errorf("the 99th percentile of reads under a live grant is %v", p99)
	}
	if n := len(s.questions()); n != asked {
		s.t.Errorf("reads under a live grant asked the PDP %d times", n-asked)
	}
}

func TestAPDPThatIsKilledAndStartedAgain(t *testing.T) {
	t.Parallel()
	pdp, err := newCerbos(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	if err := pdp.start(); err != nil {
		t.Fatal(err)
	}
	s := serving(t, pdp, func(cfg *runtime.Config) { cfg.PDP.Timeout, cfg.Grants.NegativeTTL = budget, time.Hour })
	s.warm("db.password") // a grant of 5,000 uses
	s.warm("other")       // a denial

	if err := pdp.stop(); err != nil {
		t.Fatal(err)
	}
	s.fails("api.token", "unavailable")
	s.goesOn("db.password")
	s.denied(t.Context(), "other", "") // what was denied a moment ago stays denied
	if err := s.set.Preflight(t.Context()); err == nil || !strings.Contains(err.Error(), "no policy decision") {
		t.Errorf("Preflight without a PDP: %v", err)
	}
	if _, err := s.read(alice(t.Context()), "db.password"); err == nil {
		t.Error("another caller read under the grant")
	}

	if err := pdp.start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = pdp.stop() })
	s.recovers("api.token")
	s.goesOn("db.password")
	if states := s.states(); !slices.Equal(states[:1], []string{"open"}) || slices.Index(states, "half-open") < 1 {
		t.Errorf("the breaker went %v, want open, half-open and closed", states)
	}
}

// by is the server as it is reached over a way.
func by(way *toxic.Way, to *server) *server {
	return &server{address: way.Address, base: "http://" + way.Address, dialect: to.dialect}
}

func TestASlowPDPWithinTheBudgetDecides(t *testing.T) {
	t.Parallel()
	for _, delay := range []time.Duration{0, 100 * time.Millisecond, 250 * time.Millisecond, time.Second} {
		t.Run(delay.String(), func(t *testing.T) {
			t.Parallel()
			way := toxic.To(t, shared.cerbos.address)
			way.Go(toxic.Latency(delay))
			s := serving(t, by(way, shared.cerbos), nil)
			start := time.Now()
			s.gets(t.Context(), "db.password")
			if took := time.Since(start); took < delay {
				t.Errorf("a decision came after %v, before it could", took)
			}
			s.denied(t.Context(), "other", "")
			s.goesOn("db.password")
			if states := s.states(); len(states) > 0 {
				t.Errorf("the breaker went %v", states)
			}
		})
	}
}

func TestASlowPDPBeyondTheBudgetIsAnOutage(t *testing.T) {
	t.Parallel()
	for name, wrong := range map[string]toxic.Toxic{
		"250ms of latency and a budget of 200ms":  toxic.Latency(250 * time.Millisecond),
		"1000ms of latency and a budget of 200ms": toxic.Latency(time.Second),
		"a black hole": toxic.BlackHole(),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			way := toxic.To(t, shared.cerbos.address)
			s := serving(t, by(way, shared.cerbos), func(cfg *runtime.Config) { cfg.PDP.Timeout = 200 * time.Millisecond })
			s.warm("db.password")
			way.Go(wrong)
			s.fails("api.token", "timeout")
			s.goesOn("db.password")
			way.Heal()
			s.recovers("api.token")
			s.goesOn("db.password")
		})
	}
}

// warm gets a decision, on a machine that may be too busy for the budget at first.
func (s *service) warm(accessor string) {
	s.t.Helper()
	deadline := time.Now().Add(startLimit)
	for s.unavailable(accessor) != "" {
		if time.Now().After(deadline) {
			s.t.Fatal("no decision even while nothing is wrong")
		}
	}
}
