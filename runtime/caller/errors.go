package caller

import "cmp"

// Error says why a context's caller is not one that can be decided on. It holds
// no token id, no subject and no other text of the caller's.
type Error struct {
	Accessor string // empty where no secret was asked for yet
	Code     ErrorCode
	Field    string // the field or header at fault, if it is one
}

// ErrorCode says what is wrong with a caller.
type ErrorCode string

// The codes of an [Error].
const (
	MissingSubject ErrorCode = "missing_subject" // nobody to decide about
	Expired        ErrorCode = "expired"         // past ExpiresAt and the allowed skew
	WrongAudience  ErrorCode = "audience"        // a token for somebody else, or for nobody
	WrongTenant    ErrorCode = "tenant"          // a caller of another tenant than the client's
	UnknownType    ErrorCode = "unknown_type"    // neither workload nor user
	Malformed      ErrorCode = "malformed"       // too long, not UTF-8, not base64url, repeated
)

// Error says what is wrong and what to do about it.
func (e *Error) Error() string {
	text := "secretsgen: " + cmp.Or(e.Accessor, "caller") + ": "
	switch e.Code {
	case MissingSubject:
		return text + "no subject to decide about: put a caller into the context, or set SECRETS_SUBJECT"
	case Expired:
		return text + "the caller's credential has expired: get a fresh one"
	case WrongAudience:
		return text + "the caller's token is not meant for this client: it needs SECRETS_AUDIENCE in its audience"
	case WrongTenant:
		return text + "the caller is of another tenant: one client serves one tenant"
	case UnknownType:
		return text + "the caller's type is neither workload nor user"
	case Malformed:
		return text + "the caller's " + cmp.Or(e.Field, "data") + " is malformed: it must be given once, short, and in its own alphabet"
	}
	return text + "the caller is refused: " + string(e.Code)
}
