package pep_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
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
	all                           []string // what every hook was told, in order
}

func (h *hookLog) told(format string, args ...any) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.all = append(h.all, strings.TrimSpace(fmt.Sprintf(format, args...)))
}

func (h *hookLog) OnStep(step pep.Step, accessor, code string) {
	h.told("step %s %s %s", step, accessor, code)
}

func (h *hookLog) OnGrant(event pep.GrantEvent, accessor string) {
	h.told("grant %s %s", event, accessor)
}
func (h *hookLog) OnQuestion(accessor string) { h.told("question %s", accessor) }

func (h *hookLog) OnRevoke(scope pep.RevokeScope, accessor string) {
	h.told("revoke %s %s", scope, accessor)
}

func (h *hookLog) OnStoreError(store pep.Store, operation string) {
	h.told("store %s %s", store, operation)
}

func (h *hookLog) OnRefusal(step pep.Step, accessor, code string) {
	h.told("refusal %s %s %s", step, accessor, code)
	h.mu.Lock()
	defer h.mu.Unlock()
	h.refusals = append(h.refusals, fmt.Sprintf("%s %s %s", step, accessor, code))
}

func (h *hookLog) OnDecision(accessor, outcome string, took time.Duration) {
	h.told("decision %s %s", accessor, outcome)
	h.mu.Lock()
	defer h.mu.Unlock()
	h.decisions = append(h.decisions, fmt.Sprintf("%s %s %s", accessor, outcome, took.Truncate(time.Second)))
}

func (h *hookLog) OnBreaker(from, to string) {
	h.told("breaker %s %s", from, to)
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

// TestHooksHearOfEveryStep follows reads of all kinds through all hooks.
func TestHooksHearOfEveryStep(t *testing.T) {
	t.Parallel()
	log := &hookLog{}
	pdp := permitsApp(2)
	cfg := config(pdp)
	cfg.Hooks = []pep.Hook{log}
	cfg.Limits.NegativeTTL = time.Hour
	cfg.Breaker.Failures = 1
	e := enforcer(t, cfg)
	local := []string{"step guard", "step caller", "step binding", "step negative", "step replay"}
	passed := func(accessor string, more ...string) (want []string) {
		for _, step := range local {
			want = append(want, step+" "+accessor)
		}
		return append(want, more...)
	}
	expect := func(what string, want []string) {
		t.Helper()
		if diff := cmp.Diff(want, log.all); diff != "" {
			t.Errorf("%s (-want +got):\n%s", what, diff)
		}
		log.all = nil
	}
	read := func(d *pep.Declared) { _, _ = e.Authorize(as(service()), d) }

	read(token(t))
	expect("the first use", passed("api.token", "grant miss api.token", "question api.token", "decision api.token permit", "step grant api.token"))
	read(token(t))
	expect("the last", passed("api.token", "grant spent api.token", "grant hit api.token", "step grant api.token"))
	read(forbidden(t))
	expect("a denial", passed("other", "grant miss other", "question other", "decision other deny", "refusal grant other policy", "step grant other policy"))
	read(forbidden(t))
	expect("a denial that is remembered", append(passed("other")[:3], "refusal negative other policy", "step negative other policy"))
	e.AuthorizeAll(as(service()), []*pep.Declared{token(t), password(t)})
	expect("a batch", slices.Concat(passed("api.token", "grant miss api.token"), passed("db.password", "grant miss db.password"),
		[]string{"question api.token", "question db.password", "decision api.token permit", "decision db.password permit", "step grant api.token", "step grant db.password"}))
	revoke(t, e, pep.Revocation{Accessor: "api.token"})
	revoke(t, e, pep.Revocation{Issuer: "canary", Subject: "canary"})
	revoke(t, e, pep.Revocation{Subject: "canary", Accessor: "api.token"})
	revoke(t, e, pep.Revocation{})
	expect("revocations", []string{"revoke secret api.token", "revoke subject", "revoke subject_and_secret api.token", "revoke all"})
	pdp.fakePDP.becomes(unavailable(pep.ReasonTimeout))
	read(token(t))
	expect("an outage", passed("api.token", "grant miss api.token", "question api.token", "breaker closed open",
		"decision api.token timeout", "refusal grant api.token timeout", "step grant api.token timeout"))
}

func TestHooksHearOfStoresThatFail(t *testing.T) {
	t.Parallel()
	log := &hookLog{}
	cfg := config(permits(1))
	cfg.Hooks = []pep.Hook{log}
	cfg.Grants = brokenStore{errStore}
	e := enforcer(t, cfg)
	refused[*pep.PDPUnavailableError](t, e, as(service()), token(t))
	e.Preflight(as(service()), []*pep.Declared{token(t)})
	_ = e.Revoke(context.Background(), pep.Revocation{})
	cfg.Grants, cfg.Replay = unsureStore{pep.NewGrantStore(9)}, brokenStore{errStore}
	e = enforcer(t, cfg)
	refused[*pep.PDPUnavailableError](t, e, as(service()), token(t))
	withProof := bearer("")
	withProof.ProofID = "canary-proof"
	refused[*pep.ReplayError](t, e, as(withProof), token(t))
	refused[*pep.ReplayError](t, e, as(bearer("canary-token")), token(t))
	cfg.PDP, cfg.Grants, cfg.Replay = permits(2), fullStore{pep.NewGrantStore(9)}, nil
	granted(t, enforcer(t, cfg), as(service()), token(t))

	want := []string{
		"store grants spend", "store grants live", "store grants revoke", "store grants revoked",
		"store replays claim", "store replays claimed", "store grants add",
	}
	var got []string
	for _, line := range log.all {
		if strings.HasPrefix(line, "store ") {
			got = append(got, line)
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("store errors (-want +got):\n%s", diff)
	}
}

// fullStore takes no grant.
type fullStore struct{ pep.GrantStore }

func (fullStore) Add(context.Context, pep.Key, pep.Grant, time.Duration) (bool, error) {
	return false, errStore
}

// breakerOnly implements one hook.
type breakerOnly struct{ changes int }

func (h *breakerOnly) OnBreaker(string, string) { h.changes++ }

func TestAHookImplementsOnlyWhatItNeeds(t *testing.T) {
	t.Parallel()
	hook := &breakerOnly{}
	cfg := config(unavailable(pep.ReasonTimeout))
	cfg.Hooks = []pep.Hook{hook}
	cfg.Breaker.Failures = 1
	e := enforcer(t, cfg)
	refused[*pep.PDPUnavailableError](t, e, as(service()), token(t))
	if hook.changes != 1 {
		t.Errorf("told of %d changes, want 1", hook.changes)
	}
	cfg.Hooks = []pep.Hook{struct{}{}}
	if _, err := pep.New(cfg); err == nil {
		t.Error("a hook that implements nothing is accepted")
	}
}
