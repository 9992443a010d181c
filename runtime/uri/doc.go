// Package uri reads the references that name secrets.
//
// A reference that builds is a reference that resolves: the generator and the
// running service parse with this one package, and the tenant guard, the grant,
// the policy resource, the audit reference and the provider's path are all made
// from the one value that it returns. Nothing parses twice.
//
// Most programs need two calls. [Parse] turns text into a [URI], and
// [URI.String] gives its one canonical spelling back:
//
//	scope := uri.Scope{Tenant: "dev", Mounts: []string{"secret"}}
//	u, err := uri.Parse("OpenBao+KV2://secret/myapp/api/?version=3#token", scope)
//	if err != nil {
//		return err // a *uri.Error: every code that applies, and where
//	}
//	fmt.Println(u) // openbao+kv2://secret/myapp/api#token?version=3
//
// # Grammar
//
//	reference = scheme "://" mount 1*( "/" segment ) [ "#" key ] [ "?" "version=" number ]
//	scheme    = provider [ "+" engine ]
//	mount     = segment
//	segment   = 1*( A-Z a-z 0-9 . _ - ), without "..", not ending in "."
//	key       = 1*( A-Z a-z 0-9 . _ ~ @ : + = , - )
//	number    = 1 to 2147483647, without leading zeros
//
// This is the canonical form, at most 2,048 bytes long. The key stands before
// the query, which is not the order of RFC 3986: net/url takes the version for a
// part of the key. On input both orders are read, the scheme is read in any
// case, and one trailing slash and empty pairs of the query are dropped. Each of
// these only shortens, reorders or lowercases what was written, so the canonical
// form is never longer than its input and always parses again, to an equal URI.
//
// # Outcomes
//
// The first two rows stop the scan. Past them it reads on to the end, and an
// [Error] carries every code that applies (DESIGN section 2).
//
//	longer than 2,048 bytes, no "://", no scheme, nothing after "://"  ILLEGAL_SEGMENT
//	a scheme that is neither built in nor in the Scope                 UNSUPPORTED_ENGINE
//	an illegal or empty segment, a mount without a path                ILLEGAL_SEGMENT
//	an illegal or empty key, a second "#"                              ILLEGAL_SEGMENT
//	"*" in a segment                                                   INVALID_WILDCARD
//	a legal mount that the Scope does not allow                        TENANT_MOUNT_MISMATCH
//	a second "?", a repeated parameter                                 AMBIGUOUS_QUERY
//	the parameter mount                                                DOUBLE_MOUNT_SOURCE
//	any parameter but version, or any where the engine is not kv2      UNKNOWN_PARAMETER
//	a version that is not a number as above                            INVALID_VERSION
//
// A "#" or "?" always starts a new part, so in "?version=1?mount=kv" the second
// "?" is one fault and the parameter behind it another.
//
// # Names and values
//
// A reference names a secret and holds no value, so a URI prints itself. Where
// even the name says too much, as in an audit trail, [Salt.Ref] gives a keyed
// hash of it. An Error shows no more of a refused reference than its offending
// token, because what was refused may be a value pasted in the wrong place.
//
// # Concurrency
//
// All types here are values that nothing changes once made; any number of
// goroutines may share them.
package uri
