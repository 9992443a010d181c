package pep

import (
	"context"
	"time"
)

// Decision is a PDP's answer as data. The zero Decision is a denial.
type Decision struct {
	Permit        bool
	ID            string   // the PDP's own id of the decision; one is made up if it has none
	PolicyVersion string   // empty if the PDP does not tell
	Reasons       []string // ids of the policies that decided; never shown to the caller
	Obligations   Obligations
}

// Obligations limit a permit (DESIGN section 5, step 8). The zero value limits
// nothing beyond the defaults.
type Obligations struct {
	TTL              time.Duration // 0: the configured default
	MaxUses          int           // 0: the configured default
	ResponseWrap     time.Duration // 0: none
	MustRevalidateOn []Revalidate

	// Refused names the first obligation that was unknown or malformed. A
	// permit that carries it is a denial.
	Refused string
}

// Revalidate names what must not change while a grant is used.
type Revalidate string

// The conditions a grant can be tied to.
const (
	RevalidateToken         Revalidate = "token"
	RevalidateBinding       Revalidate = "binding"
	RevalidateWorkflowRun   Revalidate = "workflow_run"
	RevalidatePolicyVersion Revalidate = "policy_version"
	RevalidateSecretVersion Revalidate = "secret_version"
)

// PDP is a policy decision point. A denial is a Decision, never an error; an
// error says that no decision could be had and should be, or wrap, a
// [*PDPUnavailableError]. Any other error counts as reason "unavailable" and is
// not shown, since it may hold an address.
//
// Decide is called from many goroutines, with a deadline on ctx.
type PDP interface {
	Decide(ctx context.Context, req Request) (Decision, error)
}

// BatchPDP is a PDP that answers many requests at once. The answer has exactly
// one decision a request, in order, or an error. A client whose server turns out
// to answer one question at a time returns a [*PDPUnavailableError] of
// [ReasonNoBatch]: the same questions are then asked one by one, a bounded number
// side by side. It says nothing about the PDP's health, and a PDP that remembers
// it answers at once.
type BatchPDP interface {
	PDP
	DecideAll(ctx context.Context, reqs []Request) ([]Decision, error)
}

// Versioned is a PDP that knows which version of the policies is in force.
// Without it an obligation to revalidate on policy_version cannot be met.
type Versioned interface {
	PolicyVersion() string
}
