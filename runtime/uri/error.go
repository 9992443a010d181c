package uri

import (
	"cmp"
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

	// Faults are what is wrong, from left to right, the leftmost under each code.
	// There is at least one.
	Faults []Fault
}

// A Fault is one thing that is wrong with a reference.
type Fault struct {
	Code Code

	// Offset is its position in the reference, in bytes: of the character that is
	// not allowed, the segment that is missing, the parameter that is not known.
	Offset int

	// Token is the offending token, at most 40 bytes of it: a segment or key up to
	// and with its first illegal character, the name of a parameter, a version, a
	// scheme. It is "" where the fault is an absence or the whole reference. It may
	// hold any bytes: quote it before printing.
	Token string

	// Reason is one sentence that says what to do. Any token in it is quoted.
	Reason string
}

// Error returns the position and reason of the first fault, and all codes.
func (e *Error) Error() string {
	codes := make([]string, len(e.Codes))
	for i, code := range e.Codes {
		codes[i] = string(code)
	}
	first := e.Faults[0]
	return fmt.Sprintf("uri: byte %d: %s [%s]", first.Offset, first.Reason, strings.Join(codes, ", "))
}

// Is reports whether target is one of the codes that e carries.
func (e *Error) Is(target error) bool {
	code, ok := target.(Code)
	return ok && slices.Contains(e.Codes, code)
}

// newError takes over faults. The tenant is named where it helps, if not empty.
func newError(faults []fault, tenant string) *Error {
	slices.SortStableFunc(faults, func(a, b fault) int { return cmp.Compare(a.offset, b.offset) })
	e := &Error{}
	for _, f := range faults {
		e.Codes = append(e.Codes, f.code())
		e.Faults = append(e.Faults, Fault{Code: f.code(), Offset: f.offset, Token: f.token, Reason: f.reason(tenant)})
	}
	slices.Sort(e.Codes)
	return e
}
