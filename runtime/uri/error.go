package uri

import (
	"fmt"
	"slices"
	"strings"
)

// A Code is one reason to refuse a reference. It is an error, so that
// errors.Is(err, uri.InvalidVersion) asks whether an [Error] carries it.
type Code string

// The codes of DESIGN section 2.
const (
	AmbiguousQuery      Code = "AMBIGUOUS_QUERY"
	DoubleMountSource   Code = "DOUBLE_MOUNT_SOURCE"
	IllegalSegment      Code = "ILLEGAL_SEGMENT"
	InvalidVersion      Code = "INVALID_VERSION"
	InvalidWildcard     Code = "INVALID_WILDCARD"
	TenantMountMismatch Code = "TENANT_MOUNT_MISMATCH"
	UnknownParameter    Code = "UNKNOWN_PARAMETER"
	UnsupportedEngine   Code = "UNSUPPORTED_ENGINE"
)

// Error returns the code itself.
func (c Code) Error() string { return string(c) }

// An Error says why a reference was refused. Of the reference itself it holds
// the offending token and nothing more.
type Error struct {
	// Codes are all the codes that apply, sorted, without repetition.
	Codes []Code

	// Offset is the position of the first fault in the reference, in bytes: of the
	// character that is not allowed, the segment that is missing, the parameter
	// that is not known.
	Offset int

	// Token is the offending token at the first fault, at most 40 bytes of it: a
	// segment or key up to and with its first illegal character, the name of a
	// parameter, a version, a scheme. It is "" where the fault is an absence or
	// the whole reference. It may hold any bytes: quote it before printing.
	Token string

	// Reason is one sentence about the first fault that says what to do. Any token
	// in it is quoted.
	Reason string
}

// Error returns the position, the reason and the codes.
func (e *Error) Error() string {
	codes := make([]string, len(e.Codes))
	for i, code := range e.Codes {
		codes[i] = string(code)
	}
	return fmt.Sprintf("uri: byte %d: %s [%s]", e.Offset, e.Reason, strings.Join(codes, ", "))
}

// Is reports whether target is one of the codes that e carries.
func (e *Error) Is(target error) bool {
	code, ok := target.(Code)
	return ok && slices.Contains(e.Codes, code)
}

// newError takes over codes. The tenant is named where it helps, if not empty.
func newError(codes []Code, first fault, tenant string) *Error {
	slices.Sort(codes)
	return &Error{
		Codes:  codes,
		Offset: first.offset,
		Token:  first.token,
		Reason: first.reason(tenant),
	}
}
