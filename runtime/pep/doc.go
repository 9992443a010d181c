// Package pep is the policy enforcement point: every read of a secret passes
// [Enforcer.Authorize] once, and none reaches a provider without a [Permit].
//
//	enforcer, err := pep.New(pep.Config{TenantID: "dev", Mounts: mounts, PDP: pdp})
//	...
//	token := pep.Declare(pep.Declaration{Ref: ref, Accessor: "api.token"}) // once
//	...
//	permit, err := enforcer.Authorize(ctx, token)
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
// # Attributes
//
// With [Config.Attributes] a question carries what the store of the secret tells
// about it, which is asked for where the PDP is about to be asked and nowhere else,
// once for all who wait, and remembered by document. Without it there is no
// question: [ReasonAttributes].
//
// # Revocation
//
// [Enforcer.Revoke] ends the grants of a subject, of a secret or of all. The
// store numbers its revocations; a grant carries the number there was when the
// PDP was asked for it, its generation, and is dead once a later one selects it.
// So nobody has to be called back, and an answer that was on its way when a
// revocation, or a denial, overtook it is worth nothing. There is room for 4,096
// revocations within the longest life of a grant; one more than that ends all
// grants.
//
// # Processes
//
// A [SharedStore] takes the place of the tables of this process, for grants and
// replays, and is told of denials: what one process was granted, denied or shown
// then holds for all. The first look of a read asks it once for all of them. Pins of
// bindings stay with the process.
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
// machine is suspended; only a token's expiry is compared with the time of day,
// with 60 s of skew, and a clock that jumps is noticed within a second. A grant ends
// up to a tenth of its life before that is over, so that grants which were given
// together are not asked for again together.
//
// Every table is sharded, bounded and swept; a full one keeps what it has: replay
// claims and binding pins are then refused, grants and denials are not remembered.
// One subject fills no more than a share of each ([Capacities]), so that its keys
// leave room for others.
//
// What depends on a caller and an enforcer alone is worked out on the first read
// under a context and noted there (note.go). A use of a live grant then takes no
// lock and allocates nothing.
//
// # Observing
//
// A [Hook] hears of each step, of what became of a look for a grant, of questions,
// decisions, revocations, the breaker and stores that fail, and of no value, path
// or id.
package pep
