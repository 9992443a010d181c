package diag

// Code is the stable name of a kind of finding. The codes of the URI grammar
// (runtime/uri.Code) are used as they are. [Catalogue] says of each what causes
// it and what mends it.
type Code string

// The codes beside those of the URI grammar.
const (
	Unreadable        Code = "UNREADABLE"       // a file or folder can't be read
	Syntax            Code = "SYNTAX"           // not YAML, or Go that does not parse
	Limit             Code = "LIMIT"            // larger or deeper than allowed
	Unsupported       Code = "UNSUPPORTED_YAML" // anchor, alias, merge key, tag, second document, not UTF-8
	UnknownKey        Code = "UNKNOWN_KEY"
	DuplicateKey      Code = "DUPLICATE_KEY"  // one key twice in a mapping
	DuplicateName     Code = "DUPLICATE_NAME" // two declarations of one name
	NameCollision     Code = "NAME_COLLISION" // two names that are one in Go, or one that Go or we give a meaning
	InvalidName       Code = "INVALID_NAME"
	InvalidValue      Code = "INVALID_VALUE" // a known key with a value of the wrong kind
	MissingVersion    Code = "MISSING_VERSION"
	MissingURI        Code = "MISSING_URI"
	UnknownType       Code = "UNKNOWN_TYPE"
	UnknownGoType     Code = "UNKNOWN_GO_TYPE"    // a Go type that can't be found
	NotDecodable      Code = "NOT_DECODABLE"      // a Go type without a method that decodes
	WrongType         Code = "WRONG_TYPE"         // a type that does not fit the reference
	InvalidConstraint Code = "INVALID_CONSTRAINT" // does not fit the type, contradicts another, or is no value of it
	InvalidPattern    Code = "INVALID_PATTERN"    // no RE2 expression
	InvalidDefault    Code = "INVALID_DEFAULT"    // no value of the type, or one that breaks a constraint
	InsecureDefault   Code = "INSECURE_DEFAULT"   // a default for a credential
	InvalidProfile    Code = "INVALID_PROFILE"    // a profile's name or form
	InvalidCache      Code = "INVALID_CACHE"      // no time for which a document may be kept
	InvalidWrap       Code = "INVALID_WRAP"       // no time for which a value may wait in its wrapping
	NotWrappable      Code = "NOT_WRAPPABLE"      // nothing that could be wrapped
	MissingKey        Code = "MISSING_KEY"        // a scalar type on a whole document
	MissingTenant     Code = "MISSING_TENANT"
	MissingMounts     Code = "MISSING_MOUNTS"
	InvalidScheme     Code = "INVALID_SCHEME"   // of an instance or third-party provider
	InvalidVariable   Code = "INVALID_VARIABLE" // of an env reference
	BuildConstraint   Code = "BUILD_CONSTRAINT" // declaring files that generated code can't follow
	NoDeclarations    Code = "NO_DECLARATIONS"
	NoModule          Code = "NO_MODULE"     // a declaring folder outside of any module
	NotGenerated      Code = "NOT_GENERATED" // a file in our place that lacks our header
	Unwritable        Code = "UNWRITABLE"    // a file can't be written
	Stale             Code = "STALE"         // the generated file is not what would be written
	Missing           Code = "MISSING"       // there is no generated file yet
	Orphaned          Code = "ORPHANED"      // a generated file without declarations
	NotCanonical      Code = "NOT_CANONICAL" // a reference that fmt would rewrite
	Internal          Code = "INTERNAL"      // a fault of secretsgen itself
)

// Invalid reports whether a finding of this code is about what was put in, so
// that nothing can be generated from it. The others are about files that want
// an update, which tells the exit statuses of the command apart (DESIGN section
// 4).
func (c Code) Invalid() bool {
	switch c {
	case Stale, Missing, Orphaned, NotCanonical:
		return false
	}
	return true
}
