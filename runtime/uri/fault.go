package uri

import (
	"fmt"
	"strconv"
)

// maxToken bounds the part of a token that an Error shows, in bytes.
const maxToken = 40

// A fault is one problem at one place of a reference.
type fault struct {
	problem problem
	offset  int    // in bytes
	token   string // at most maxToken bytes, or ""
}

// newFault keeps at most maxToken bytes of token, which may be "".
func newFault(p problem, offset int, token string) fault {
	return fault{p, offset, token[:min(len(token), maxToken)]}
}

func (f fault) code() Code { return problems[f.problem].code }

// reason makes a sentence: the subject, the token in quotes, what is wrong with
// it and what to do. It names the tenant where that helps, if it is not empty.
func (f fault) reason(tenant string) string {
	words := problems[f.problem]
	subject := words.subject
	if f.token != "" {
		subject += " " + strconv.Quote(f.token)
	}
	if f.problem == mountNotAllowed && tenant != "" {
		subject += fmt.Sprintf(" (tenant %q)", tenant)
	}
	return subject + " " + words.advice
}

// A problem is one way in which a reference can be wrong. Several share a code.
type problem int

const (
	tooLong problem = iota
	noSeparator
	emptyScheme
	nothingNamed
	unknownScheme
	emptySegment
	segmentCharacter
	segmentDots
	mountWithoutPath
	wildcard
	mountNotAllowed
	emptyKey
	keyCharacter
	secondKey
	secondQuery
	repeatedParameter
	mountParameter
	unknownParameter
	badVersion
)

// problems are the words of this package: an Error's sentence is the subject, the
// token and the advice. Nothing may change it.
var problems = [...]struct {
	code            Code
	subject, advice string
}{
	tooLong:           {IllegalSegment, "reference", "is longer than 2,048 bytes: shorten it"},
	noSeparator:       {IllegalSegment, "reference", `has no "://": write provider[+engine]://mount/path[#key][?version=N]`},
	emptyScheme:       {IllegalSegment, "scheme", "is empty: start with one, such as openbao+kv2://"},
	nothingNamed:      {IllegalSegment, "reference", `ends after "://": name a mount and a path`},
	unknownScheme:     {UnsupportedEngine, "scheme", "is not known: use openbao+kv2, hashicorp+kv2, file, env or yaml, or declare it as an instance or a third-party scheme"},
	emptySegment:      {IllegalSegment, "segment", "is empty: name a mount first, and keep one / between segments"},
	segmentCharacter:  {IllegalSegment, "segment", "has a character that is not allowed: use A-Z a-z 0-9 . _ - only"},
	segmentDots:       {IllegalSegment, "segment", "has two dots in a row or ends in a dot: remove the dots"},
	mountWithoutPath:  {IllegalSegment, "mount", "has no path: name one below it, as in secret/myapp"},
	wildcard:          {InvalidWildcard, "segment", "has a wildcard: name one secret (an allow-list pattern may end in /*, a reference may not)"},
	mountNotAllowed:   {TenantMountMismatch, "mount", "is not allowed: use a mount of the tenant, or add this one to the tenant's mounts (tenant.mounts, TENANT_ALLOWED_MOUNTS)"},
	emptyKey:          {IllegalSegment, "key", "is empty: name one after #, or remove the #"},
	keyCharacter:      {IllegalSegment, "key", "has a character that is not allowed: use A-Z a-z 0-9 . _ ~ @ : + = , - only"},
	secondKey:         {IllegalSegment, "separator", "comes twice: name one key"},
	secondQuery:       {AmbiguousQuery, "separator", "comes twice: put all parameters after one ?"},
	repeatedParameter: {AmbiguousQuery, "parameter", "comes twice: keep one"},
	mountParameter:    {DoubleMountSource, "parameter", "names a second mount: remove it, the mount is the first segment after ://"},
	unknownParameter:  {UnknownParameter, "parameter", "is not known here: remove it (a kv2 reference takes version, any other takes none)"},
	badVersion:        {InvalidVersion, "version", "is not a version: write a number from 1 to 2147483647 without leading zeros, or remove the parameter to read the latest"},
}
