package pep

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"github.com/secretsgen/secretsgen/runtime/caller"
	"github.com/secretsgen/secretsgen/runtime/settings"
)

// ErrStoreForgot is what a store returns, possibly wrapped, that has lost its
// memory of late and can't tell whether a one-time id was used before: after a
// restart, or a failover to a copy that lags behind. Whatever can be replayed is
// then refused until all that may have been forgotten has expired.
var ErrStoreForgot = errors.New("secretsgen: store has lost its memory")

// SharedStore is a store of grants, claims and denials that processes share. Its
// answers hold for all of them: what [GrantStore] and [ReplayStore] ask for, they
// ask for across processes. It has a clock of its own, and takes no time from
// those who ask.
//
// There is no local copy of it to fall back on: an error refuses the read.
type SharedStore interface {
	GrantStore
	ReplayStore
	DenialStore
	// Use does in one round trip, and at once, what a read of a live grant asks: is
	// it denied, is its proof its own, is there a use to take. What comes first and
	// refuses leaves what comes after it as it was.
	Use(ctx context.Context, u Use) (Used, error)
	// Check reaches the store and reports why it can't be used, as a
	// [*settings.Error] that says what was tried. ctx bounds it.
	Check(ctx context.Context) error
	// Close gives back what the store holds. Nothing is asked of it after that.
	Close(ctx context.Context) error
}

// DenialStore remembers denials by policy, for all processes that share it.
type DenialStore interface {
	// Deny remembers a denial of a key, in the place of an earlier one.
	Deny(ctx context.Context, key Key, d Denial) error
}

// Denial is a denial by policy, as processes tell each other of it.
type Denial struct {
	DecisionID    string
	PolicyVersion string
	TTL           time.Duration // how long it refuses from now on; 0: not at all
	// Known is how long, from now on, no grant is added that was asked for before
	// the denial: for as long as such a question may be under way.
	Known time.Duration
}

// Use is a read as a [SharedStore] sees it.
type Use struct {
	Attempt
	Spend bool // false: it looks for a grant, and takes no use of it

	Proof Claim // to be claimed for the read; without an ID there is none to claim
	Token Claim // to look for where there is no live grant; without an ID there is none
}

// Used is what became of a [Use].
type Used struct {
	Denied bool // Denial refuses the read, and nothing else was done
	Denial Denial

	// Owned is how long the proof is Owner's from now on. 0, where there is a
	// proof: another's it is, and nothing else was done.
	Owned time.Duration

	// As [GrantStore] Spend and Live return them, but that TTL and Lifetime may both
	// be missing: that of a read of a live grant is only told, as its age.
	Live  bool
	Grant Grant

	TokenClaimed bool // there is no live grant, and the token has had the only one it is good for
}

// StoreFactory makes the shared store. The package of a store returns it from a
// function named Store, and runtime.New takes it as an extension; it is opened
// where SECRETS_STORE_URL is set.
type StoreFactory struct {
	// Package is the import path of the package.
	Package string
	// Open checks settings and makes the store. It opens no connection. It reports
	// every missing or malformed setting at once, as a [*settings.Error].
	Open func(ctx context.Context, in StoreInstance) (SharedStore, error)
}

// ExtensionName implements extension.Extension.
func (f StoreFactory) ExtensionName() string { return "shared store " + f.Package }

// StoreInstance is what a factory may know when it makes a store. It redacts
// itself when printed.
type StoreInstance struct {
	URL      string // SECRETS_STORE_URL
	TenantID string
	// Key is 32 bytes, the same for all processes of the tenant and for nothing
	// else: what keys and values in the store are hidden with.
	Key         []byte
	Settings    settings.Source
	Development bool         // ENVIRONMENT is dev or test
	Logger      *slog.Logger // for warnings to the operator; never nil
}

const redactedInstance = "pep.StoreInstance{[REDACTED]}"

// String hides every field.
func (StoreInstance) String() string { return redactedInstance }

// GoString hides every field.
func (StoreInstance) GoString() string { return redactedInstance }

// LogValue hides every field from package log/slog.
func (StoreInstance) LogValue() slog.Value { return slog.StringValue(redactedInstance) }

// visit is what a shared store said to the first look of a read, which asks it
// all that the steps from the negative cache on want to know. Each of them then
// takes its part.
type visit struct {
	Used
	err   error
	spent bool // the grant has been taken out of it
}

// visits asks the shared store.
func (e *Enforcer) visits(ctx context.Context, a *attempt) {
	now := time.Duration(a.now)
	u := Use{Attempt: Attempt{Key: a.key, Have: a.have, Now: now}, Spend: a.spends}
	if proof := a.bound.Proof(); !proof.IsZero() && a.now >= a.note.claimed.Load() {
		u.Proof = e.newClaim(a, proof, a.bound.Request())
	}
	if !a.bound.Token().IsZero() {
		u.Token = e.newClaim(a, a.tokenClaim(), caller.RequestID{})
	}
	a.visit = &visit{}
	a.visit.Used, a.visit.err = e.shared.Use(ctx, u)
}

// taken returns what the visit says about a live grant, once.
func (a *attempt) taken() (v *visit, ok bool) {
	if a.visit == nil || a.visit.spent {
		return nil, false
	}
	a.visit.spent = true
	return a.visit, true
}
