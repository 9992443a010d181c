package pep_test

import (
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/secretsgen/secretsgen/runtime/pep"
)

// hookLog implements every hook.
type hookLog struct {
	mu                            sync.Mutex
	refusals, decisions, breakers []string
}

func (h *hookLog) OnRefusal(step pep.Step, accessor, code string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.refusals = append(h.refusals, fmt.Sprintf("%s %s %s", step, accessor, code))
}

func (h *hookLog) OnDecision(accessor, outcome string, took time.Duration) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.decisions = append(h.decisions, fmt.Sprintf("%s %s %s", accessor, outcome, took.Truncate(time.Second)))
}

func (h *hookLog) OnBreaker(from, to string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.breakers = append(h.breakers, from+" to "+to)
}

func TestDecisionsReachTheHooksOnce(t *testing.T) {
	t.Parallel()
	log := &hookLog{}
	pdp := permits(2)
	cfg := config(pdp)
	cfg.Hooks = []pep.Hook{log}
	e := enforcer(t, cfg)
	granted(t, e, as(service()), token(t))
	granted(t, e, as(service()), token(t))
	pdp.becomes(denies())
	refused[*pep.AuthzDeniedError](t, e, as(service()), token(t))
	pdp.becomes(unavailable(pep.ReasonThrottled))
	refused[*pep.PDPUnavailableError](t, e, as(service()), token(t))
	want := []string{"api.token permit 0s", "api.token deny 0s", "api.token throttled 0s"}
	if diff := cmp.Diff(want, log.decisions); diff != "" {
		t.Errorf("decisions (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"grant api.token policy", "grant api.token throttled"}, log.refusals); diff != "" {
		t.Errorf("refusals (-want +got):\n%s", diff)
	}
}
