package pep

import (
	"cmp"
	"errors"

	"github.com/secretsgen/secretsgen/runtime/caller"
	"github.com/secretsgen/secretsgen/runtime/uri"
)

// ErrDenied is matched by every error that means "refused", as against "could
// not be decided": [AuthzDeniedError], [BindingDriftError], [ReplayError].
var ErrDenied = errors.New("secretsgen: access denied")

// AuthzDeniedError is a denial by policy.
type AuthzDeniedError struct {
	Accessor      string
	Code          DenyCode
	DecisionID    string
	PolicyVersion string
	Cached        bool // from the negative cache
	// Obligation names the obligation that could not be met, for
	// [DeniedObligation].
	Obligation string
}

// DenyCode says which rule denied.
type DenyCode string

// The reasons for a denial.
const (
	DeniedByPolicy   DenyCode = "policy"
	DeniedObligation DenyCode = "obligation" // unknown, malformed or not satisfiable
)

func (e *AuthzDeniedError) Error() string {
	text := about(e.Accessor) + "access denied by " + string(e.Code)
	if e.Obligation != "" {
		text += " " + e.Obligation
	}
	return text
}

// Is matches [ErrDenied].
func (e *AuthzDeniedError) Is(target error) bool { return target == ErrDenied }

// BindingDriftError is a use of a token or identity with another sender
// binding than the one it is pinned to, or with none (DESIGN section 5, step 3).
type BindingDriftError struct {
	Accessor string
	Code     DriftCode
}

// DriftCode says what kept a binding from being accepted.
type DriftCode string

// A binding differs, or there is no room to pin it: what can't be held to its
// binding is not let in.
const (
	DriftedBinding DriftCode = "binding"
	DriftTableFull DriftCode = "table_full"
)

func (e *BindingDriftError) Error() string {
	if e.Code == DriftTableFull {
		return about(e.Accessor) + "binding table is full, refusing what it cannot pin"
	}
	return about(e.Accessor) + "sender binding differs from the one the credential is pinned to"
}

// Is matches [ErrDenied].
func (e *BindingDriftError) Is(target error) bool { return target == ErrDenied }

// ReplayError is a second use of a proof or token that may be used once
// (DESIGN section 5, step 5).
type ReplayError struct {
	Accessor string
	Code     ReplayCode
}

// ReplayCode says what was replayed.
type ReplayCode string

// What can be replayed, and the cases of a store that can't tell.
const (
	ReplayedProof          ReplayCode = "proof"
	ReplayedToken          ReplayCode = "token"
	ReplayStoreFull        ReplayCode = "store_full"
	ReplayStoreUnavailable ReplayCode = "store_unavailable"
	ReplayStoreForgot      ReplayCode = "store_forgot"
)

func (e *ReplayError) Error() string {
	switch e.Code {
	case ReplayStoreFull:
		return about(e.Accessor) + "replay store is full, refusing what it cannot remember"
	case ReplayStoreUnavailable:
		return about(e.Accessor) + "replay store is unavailable, refusing what it cannot check"
	case ReplayStoreForgot:
		return about(e.Accessor) + "replay store has lost its memory, refusing until what it forgot has expired"
	}
	return about(e.Accessor) + string(e.Code) + " was used before"
}

// Is matches [ErrDenied].
func (e *ReplayError) Is(target error) bool { return target == ErrDenied }

// PDPUnavailableError says that no decision could be had. It is never a
// denial, and nothing caches it.
type PDPUnavailableError struct {
	Accessor string
	Reason   Reason
}

// Reason says why there was no decision.
type Reason string

// The reasons, after the AuthZEN API 1.0, section 10.1, one for each kind of outcome.
const (
	ReasonUnavailable Reason = "unavailable"  // cannot be reached, 5xx
	ReasonTimeout     Reason = "timeout"      // no answer within the budget
	ReasonBreakerOpen Reason = "breaker_open" // not asked: recent calls failed
	ReasonOverloaded  Reason = "overloaded"   // not asked: too many calls in flight
	ReasonThrottled   Reason = "throttled"    // 429
	ReasonMalformed   Reason = "malformed"    // an answer that is no decision
	ReasonBadRequest  Reason = "bad_request"  // 400
	ReasonPEPAuth     Reason = "pep_auth"     // 401 or 403: the PEP's own credential
	ReasonConfig      Reason = "config"       // 404, 405, 415
	ReasonRedirect    Reason = "redirect"     // 3xx, never followed
	ReasonAttributes  Reason = "attributes"   // not asked: what the secret's store tells about it could not be had
	ReasonGrantStore  Reason = "grant_store"  // not asked: the store of grants cannot tell what is live
	ReasonNoBatch     Reason = "no_batch"     // of a [BatchPDP]: it has to be asked one by one after all
)

func (e *PDPUnavailableError) Error() string {
	return about(e.Accessor) + "no policy decision: " + string(e.Reason)
}

func about(accessor string) string {
	return "secretsgen: " + cmp.Or(accessor, "secret") + ": "
}

// codeOf is the code of a refusal, for hooks: one of the closed sets above,
// never a text.
func codeOf(err error) string {
	switch e := err.(type) { //nolint:errorlint // the errors of this room, bare
	case *caller.Error:
		return string(e.Code)
	case *uri.Error:
		return string(uri.TenantMountMismatch)
	case *AuthzDeniedError:
		return string(e.Code)
	case *BindingDriftError:
		return string(e.Code)
	case *ReplayError:
		return string(e.Code)
	case *PDPUnavailableError:
		return string(e.Reason)
	}
	return "canceled"
}
