// Package sharedstore keeps the grants of a fleet in Redis or Valkey, so that what
// one process was granted, denied or shown holds for all.
//
// A program passes it, and SECRETS_STORE_URL says where it is:
//
//	client, err := runtime.New(ctx, cfg, kv2.Provider(), sharedstore.Store())
//
// What flows through here are grants with their uses left, denials, revocations
// and claims of one-time ids (proofs, and tokens good for one grant). docs/protocol.md
// writes the protocol down on a page, and a model of it is checked by "make model".
//
// # Operations
//
// Each operation is one script, which the server runs at once and by itself; a read
// of a live grant is one round trip. Scripts take the time from the server, so
// nobody's clock matters but its. Nothing is tried twice: an answer that was lost
// may have been a use that was taken.
//
// # Memory lost
//
// A store that was restarted, failed over to a copy, or was flushed may have
// forgotten what it was told, or remember what is no longer so. Each connection
// asks, before anything else, who the server is, and each script finds out that a
// memory is gone. Then another epoch begins: no grant from before it is served, and
// one-time ids are refused until all that may have been forgotten has expired, for
// ANTI_REPLAY_TTL_S. So it is on the first start with an empty store.
//
// # Failure
//
// Without the store nothing is decided from memory. A read whose proof or token
// can't be checked fails with pep.ReplayError of code store_unavailable, store_full
// or store_forgot, any other with pep.PDPUnavailableError of reason grant_store.
//
// # Secrecy
//
// Keys are keyed hashes, under a key that is derived from SECRET_TENANT_SALT, and
// details of a grant are sealed with another, each for its own key: who reads the
// store learns no path, no subject and no jti, and who writes to it can't make a
// grant or move one to somebody else. He can count uses up again, and flush the
// store, so it has to be guarded all the same.
//
// # Clusters
//
// All keys of a subject have one hash tag, one of 64 of a tenant. A server that is
// a node of a cluster says so, and the package then asks the others too.
package sharedstore
