package observe

import "slices"

// The codes that are no error's.
const (
	Absent = "absent" // of a read that found nothing, where the declaration allows that
	Other  = "other"  // in the place of one that is not of the list, which somebody else's provider could make up
)

// codes are all codes that an outcome can have. Tests of package runtime hold the
// list against the errors of a read.
var codes = []string{
	"TENANT_MOUNT_MISMATCH",
	"caller_missing_subject", "caller_expired", "caller_audience", "caller_tenant", "caller_unknown_type", "caller_malformed",
	"binding_drift",
	"policy", "obligation",
	"replay_proof", "replay_token", "replay_store_full", "replay_store_unavailable", "replay_store_forgot",
	"pdp_unavailable", "pdp_timeout", "pdp_breaker_open", "pdp_overloaded", "pdp_throttled", "pdp_malformed",
	"pdp_bad_request", "pdp_pep_auth", "pdp_config", "pdp_redirect", "pdp_attributes", "pdp_grant_store", "pdp_no_batch",
	"not_found", "key_not_found", "version_deleted", "version_destroyed",
	"provider_denied", "provider_throttled", "provider_unavailable", "provider_misconfigured", "provider_malformed", "provider_wrap_invalid",
	"decode",
	Absent,
	"audit_full", "audit_unwritable", "audit_slow", "audit_closed",
	"canceled", "deadline", "closed", "internal",
	Other,
}

// Codes lists every code that an [Outcome] can have, so that a label with a code
// is known to be bounded and a counter can start at 0 for each. Codes of effect
// deny come first, those of error after them.
func Codes() []string { return slices.Clone(codes) }

// Known returns code if it is of the list or empty, and [Other] if not.
func Known(code string) string {
	if code == "" || slices.Contains(codes, code) {
		return code
	}
	return Other
}
