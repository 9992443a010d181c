package pep

import (
	"slices"
	"time"
)

// Hook observes the enforcement point. Implement whichever of the hook
// interfaces of this file is needed; a hook that implements none is refused by
// [New]. Hooks see accessors, codes and durations, and never a value, a path or
// an id. They are called from many goroutines, must not block for long and must
// not panic.
type Hook any

// StepHook hears of every step that a read took, in order, the one at which it
// was refused last. The code is empty for a step that was passed, and otherwise
// that of the typed error.
type StepHook interface {
	OnStep(step Step, accessor, code string)
}

// RefusalHook hears of every refusal. The code is that of the typed error.
type RefusalHook interface {
	OnRefusal(step Step, accessor, code string)
}

// GrantHook hears what became of looks for a live grant.
type GrantHook interface {
	OnGrant(event GrantEvent, accessor string)
}

// QuestionHook hears of every question to the PDP before it is asked, and the
// items of a batch one by one.
type QuestionHook interface {
	OnQuestion(accessor string)
}

// DecisionHook hears of every question to the PDP, one that could not be asked
// included. The outcome is "permit", "deny" or a [Reason]. The items of a batch are
// reported one by one, each with the time of the whole. Items of a batch that the
// PDP did not take are not reported: each is then a question of its own.
type DecisionHook interface {
	OnDecision(accessor, outcome string, took time.Duration)
}

// BreakerHook hears of every change of the circuit breaker around the PDP, in
// order. The states are "closed", "open" and "half-open".
type BreakerHook interface {
	OnBreaker(from, to string)
}

// RevokeHook hears of every revocation that the store of grants has taken. The
// accessor is empty for one that names none.
type RevokeHook interface {
	OnRevoke(scope RevokeScope, accessor string)
}

// StoreHook hears of every error of a store but for those of callers that went.
// The operation is the name of the method, in lower case.
type StoreHook interface {
	OnStoreError(store Store, operation string)
}

// Step names a step of DESIGN section 5.
type Step string

// The steps, in their order. Outage and obligations end in StepGrant, which is
// where the PDP is asked.
const (
	StepGuard    Step = "guard"
	StepCaller   Step = "caller"
	StepBinding  Step = "binding"
	StepNegative Step = "negative"
	StepReplay   Step = "replay"
	StepGrant    Step = "grant"
)

// GrantEvent says what became of a look for a live grant.
type GrantEvent string

// A read hits or misses once, however often it looks. Spent, which comes on top,
// is a hit or another look that took the last use.
const (
	GrantHit   GrantEvent = "hit"
	GrantMiss  GrantEvent = "miss"
	GrantSpent GrantEvent = "spent"
)

// RevokeScope says what a revocation selects grants by.
type RevokeScope string

// The scopes, from the widest. One that names a subject and a secret is of
// RevokeSubjectAndSecret.
const (
	RevokeAll              RevokeScope = "all"
	RevokeSubject          RevokeScope = "subject"
	RevokeSecret           RevokeScope = "secret"
	RevokeSubjectAndSecret RevokeScope = "subject_and_secret"
)

// Store names a store.
type Store string

// The stores. That of metadata is whatever keeps the secret, asked for attributes.
const (
	StoreGrants   Store = "grants"
	StoreReplays  Store = "replays"
	StoreDenials  Store = "denials" // of a shared store: the denials of this process can't fail
	StoreMetadata Store = "metadata"
)

// hooks are the configured hooks by what they implement.
type hooks struct {
	steps     []StepHook
	refusals  []RefusalHook
	grants    []GrantHook
	questions []QuestionHook
	decision  []DecisionHook
	breaker   []BreakerHook
	revokes   []RevokeHook
	stores    []StoreHook
}

// add reports whether the hook implements anything.
func (h *hooks) add(hook Hook) bool {
	added := []bool{
		addHook(&h.steps, hook),
		addHook(&h.refusals, hook),
		addHook(&h.grants, hook),
		addHook(&h.questions, hook),
		addHook(&h.decision, hook),
		addHook(&h.breaker, hook),
		addHook(&h.revokes, hook),
		addHook(&h.stores, hook),
	}
	return slices.Contains(added, true)
}

func addHook[H any](to *[]H, hook Hook) bool {
	h, ok := hook.(H)
	if ok {
		*to = append(*to, h)
	}
	return ok
}

// step tells the hooks how a step ended, and returns err.
func (h *hooks) step(step Step, a *attempt, err error) error {
	if err == nil && len(h.steps) == 0 {
		return nil
	}
	code := ""
	if err != nil {
		code = codeOf(err)
		for _, hook := range h.refusals {
			hook.OnRefusal(step, a.accessor(), code)
		}
	}
	for _, hook := range h.steps {
		hook.OnStep(step, a.accessor(), code)
	}
	return err
}

func (h *hooks) grant(a *attempt, event GrantEvent) {
	for _, hook := range h.grants {
		hook.OnGrant(event, a.accessor())
	}
}

func (h *hooks) asking(a *attempt) {
	for _, hook := range h.questions {
		hook.OnQuestion(a.accessor())
	}
}

func (h *hooks) decided(a *attempt, dec Decision, reason Reason, took time.Duration) {
	outcome := "deny"
	switch {
	case reason != "":
		outcome = string(reason)
	case dec.Permit:
		outcome = "permit"
	}
	for _, hook := range h.decision {
		hook.OnDecision(a.accessor(), outcome, took)
	}
}

func (h *hooks) revoked(r Revocation) {
	for _, hook := range h.revokes {
		hook.OnRevoke(r.Scope(), r.Accessor)
	}
}

func (h *hooks) storeFailed(store Store, operation string) {
	for _, hook := range h.stores {
		hook.OnStoreError(store, operation)
	}
}
