// Package login gets the client token that requests to a KV server carry, and
// keeps it good for as long as the provider is open.
//
// Credentials flow through, and no secret value does. It asks the server through
// package exchange and knows nothing of the engine. Tokens and what they are got
// with sit behind functions, where no printer finds them.
//
// A [Session] has one of three sources: a token that is given, a file that
// somebody else keeps a token in, or a [Method] of logging in. What follows is
// about the third.
//
// # Logins
//
// The first [Session.Token] logs in; making a session asks nobody. Callers that
// want a token at the same time share one login, which has a deadline of its own
// and outlives the caller that began it. After a failure the next login waits
// for a random part of a time that doubles from 1 s to 30 s (full jitter), for
// all callers together. Until then they get the error of the last one at once:
// to wait would pile up a service's requests behind a server that is down, each
// with a goroutine and a deadline, and a caller that has the time can try again
// itself. Nobody gives up: whenever a token is wanted and the time has come, there
// is another try, until Close.
//
// # Renewal
//
// While a token with an end is held, one goroutine looks after it. It renews at
// two thirds of the lease, give or take a fifteenth of it, and after a failure
// with full jitter as above. What can't be renewed is replaced by a login at the
// same point of its lease, so that the last third is what an outage may last:
// batch tokens, those that say so, and those that a renewal gave less than their
// first lease, since they meet their maximum. So is a token whose renewal the
// server refuses, at once, and one that nine tenths of the lease could not renew.
// The old token serves until there is a new one or its lease has really ended, by
// the monotonic clock from before the request that gave it.
//
// # Refusals
//
// A token that a read is refused with may have been revoked, may have policies
// of yesterday, or may simply lack the right. Only a login tells, so there is one
// for all who were refused with that token. If it did not help, the next one
// waits for 5 s after it, then for 10 s, and so on to 15 min; after half an hour
// without such a login that starts anew. A read without the right thus costs
// about four logins an hour, and a token that is revoked is replaced at once
// unless another was, moments ago.
package login
