package pep

import "time"

// Hook observes the enforcement point. Implement whichever of [BreakerHook],
// [DecisionHook] and [RefusalHook] is needed; a hook that implements none is
// refused by [New]. Hooks see accessors, codes and durations, and never a value,
// a path or an id. They are called from many goroutines, must not block for
// long and must not panic.
type Hook any

// BreakerHook hears of every change of the circuit breaker around the PDP, in
// order. The states are "closed", "open" and "half-open".
type BreakerHook interface {
	OnBreaker(from, to string)
}

// DecisionHook hears of every question to the PDP. The outcome is "permit",
// "deny" or a [Reason]. The items of a batch are reported one by one, each with
// the time of the whole.
type DecisionHook interface {
	OnDecision(accessor, outcome string, took time.Duration)
}

// RefusalHook hears of every refusal. The code is that of the typed error.
type RefusalHook interface {
	OnRefusal(step Step, accessor, code string)
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

// hooks are the configured hooks by what they implement.
type hooks struct {
	breaker  []BreakerHook
	decision []DecisionHook
	refusal  []RefusalHook
}

// add reports whether the hook implements anything.
func (h *hooks) add(hook Hook) bool {
	breaker, onBreaker := hook.(BreakerHook)
	if onBreaker {
		h.breaker = append(h.breaker, breaker)
	}
	decision, onDecision := hook.(DecisionHook)
	if onDecision {
		h.decision = append(h.decision, decision)
	}
	refusal, onRefusal := hook.(RefusalHook)
	if onRefusal {
		h.refusal = append(h.refusal, refusal)
	}
	return onBreaker || onDecision || onRefusal
}

func (h *hooks) decided(accessor string, dec Decision, reason Reason, took time.Duration) {
	outcome := "deny"
	switch {
	case reason != "":
		outcome = string(reason)
	case dec.Permit:
		outcome = "permit"
	}
	for _, hook := range h.decision {
		hook.OnDecision(accessor, outcome, took)
	}
}

// refused tells the hooks and returns err.
func (h *hooks) refused(step Step, accessor string, err error) error {
	if len(h.refusal) == 0 || err == nil {
		return err
	}
	code := codeOf(err)
	for _, hook := range h.refusal {
		hook.OnRefusal(step, accessor, code)
	}
	return err
}
