// Package pep is the policy enforcement point: every read of a secret passes
// [Enforcer.Authorize] once, and none reaches a provider without a [Permit].
//
//	enforcer, err := pep.New(pep.Config{TenantID: "dev", Mounts: mounts, PDP: pdp})
//	...
//	permit, err := enforcer.Authorize(ctx, pep.Declaration{Ref: ref, Accessor: "api.token"})
//
// What flows through here are questions and answers about secrets: who asks
// (package caller), for which canonical URI, and what a [PDP] says. No value
// does; the package imports neither the client nor a provider.
//
// # Order
//
// The steps of DESIGN section 5 are functions of their names, called in their
// order by admit and Authorize and nowhere else: guard, caller, binding,
// negative, replay, grant. The first five are local and run on every use,
// whether a grant is live or not. A change to what is refused belongs into the
// file of its step.
//
// # Grants
//
// A permit of the PDP becomes a grant of as many uses as it says. A use is taken
// before the provider is called and is never given back for a read that failed.
// Callers that find no live grant wait for one question together (flight.go);
// the uses of its answer go to them in the order they came, what is left goes
// to the store. A grant of k uses gives exactly k.
//
// # Failure
//
// A denial is data and a typed error that matches [ErrDenied]. That no decision
// could be had is [PDPUnavailableError] and never a denial; nothing caches it.
// What is left of a live grant stays good through an outage, until its own
// expiry, because spending it asks nobody. With one use a grant, which is the
// default, nothing is left to honor.
//
// # Time and memory
//
// Lifetimes run on the monotonic clock, which on Linux stands still while a
// machine is suspended; only a token's expiry is compared with the wall clock,
// with 60 s of skew. Every table is sharded, bounded and swept; a full one keeps
// what it has: replay claims and binding pins are then refused, grants and
// denials are not remembered.
package pep
