package audit

import "errors"

// ErrorCode says why an event could not be recorded.
type ErrorCode string

// The codes of a [RecordError].
const (
	SpoolFull       ErrorCode = "full"       // the spool has reached SECRETS_AUDIT_SPOOL_MAX_MB
	SpoolUnwritable ErrorCode = "unwritable" // its disk is full, gone or broken
	SpoolSlow       ErrorCode = "slow"       // its disk took longer than SECRETS_AUDIT_TIMEOUT, or than the caller's context
	TrailClosed     ErrorCode = "closed"     // the client was closed meanwhile
)

// RecordError says that an event could not be recorded under fail_closed, and
// that nothing was returned that it would have told of. It holds no path.
type RecordError struct {
	Accessor string
	Code     ErrorCode

	cause error // of the caller's context, or nil
}

// Error says which accessor was not read, and why.
func (e *RecordError) Error() string {
	text := "secretsgen: "
	if e.Accessor != "" {
		text += e.Accessor + ": "
	}
	text += "refused, since it can't be recorded: "
	switch e.Code {
	case SpoolFull:
		return text + "the audit spool is full"
	case SpoolUnwritable:
		return text + "the audit spool can't be written"
	case SpoolSlow:
		return text + "the audit spool is too slow"
	case TrailClosed:
		return text + "the audit trail is closed"
	}
	return text + string(e.Code)
}

// Unwrap returns the error of the caller's context, where that ended first.
func (e *RecordError) Unwrap() error { return e.cause }

// Is reports whether target is a RecordError of the same code, or without one.
func (e *RecordError) Is(target error) bool {
	t, ok := target.(*RecordError)
	return ok && (t.Code == "" || t.Code == e.Code)
}

var (
	errSink    = errors.New("the sink failed") // in the place of what a panic said
	errUntried = errors.New("the sink was not asked")
)
