package pep

import (
	"hash/maphash"
	"math"
	"slices"
	"sync/atomic"
	"time"
	"unique"

	"github.com/secretsgen/secretsgen/runtime/caller"
)

// note is what an enforcer works out about a caller once, on the first read
// under its context. It depends on the two alone, but for the last two, which
// repeat what the tables of pins and replays say for as long as they are bound to
// say it.
type note struct {
	fault    *caller.Error // why the caller is refused whatever the time; nil: it is not
	expires  int64         // when it is refused, in Unix nanoseconds
	identity unique.Handle[caller.Identity]
	unbound  unique.Handle[caller.Identity] // without its binding
	digest   caller.Digest                  // of identity
	hash     uint64                         // of digest, under the enforcer's seed
	have     Circumstances                  // but for the version of the policies

	pinned  atomic.Int64 // until then the token is pinned to the caller's own binding
	claimed atomic.Int64 // until then the proof is its own request's
}

// never is an expiry that does not come.
const never = math.MaxInt64

// about returns the note on a caller.
func (e *Enforcer) about(bound *caller.Bound) *note {
	if n, ok := bound.Noted(e).(*note); ok {
		return n
	}
	n, _ := bound.Note(e, e.newNote(bound)).(*note)
	return n
}

func (e *Enforcer) newNote(bound *caller.Bound) *note {
	n := &note{fault: e.fault(bound), expires: never}
	if n.fault != nil {
		return n
	}
	n.expires = expiryOf(bound.Caller())
	n.identity, n.unbound = bound.Identity(e.tenant), bound.Unbound(e.tenant)
	n.digest = n.identity.Value().Digest()
	n.hash = maphash.Comparable(e.seed, n.digest)
	n.have = Circumstances{Token: bound.Token(), WorkflowRun: bound.Caller().WorkflowRunID}
	return n
}

// fault is what is wrong with a caller whatever the time: by itself, or for this
// client.
func (e *Enforcer) fault(bound *caller.Bound) *caller.Error {
	c := bound.Caller()
	switch {
	case bound.Fault() != nil:
		return bound.Fault()
	case c.Credentialed() && !slices.Contains(c.Audience, e.audience):
		return &caller.Error{Code: caller.WrongAudience}
	case c.Tenant != "" && c.Tenant != e.tenant:
		return &caller.Error{Code: caller.WrongTenant}
	}
	return nil
}

// expiryOf is when a caller is refused because its credential has expired.
func expiryOf(c *caller.Caller) int64 {
	if c.ExpiresAt.IsZero() {
		return never
	}
	const latest = math.MaxInt64 / int64(time.Second)
	switch refused := c.ExpiresAt.Add(expirySkew); {
	case refused.Unix() >= latest:
		return never
	case refused.Unix() <= 0:
		return 0
	default:
		return refused.UnixNano()
	}
}
