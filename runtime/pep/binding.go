package pep

import (
	"hash/maphash"
	"time"
	"unique"

	"github.com/secretsgen/secretsgen/runtime/caller"
)

// pins hold credentials to the sender binding they first came with (DESIGN
// section 5, step 3): a token, or, where there is no token id, an identity while
// it holds a live bound grant. Drift changes nothing here.
type pins struct {
	seed       maphash.Seed
	tokens     *table[caller.Digest, caller.Binding]
	identities *table[unique.Handle[caller.Identity], *holding]
}

// holding is the live bound grants of one identity. It is guarded by the lock
// of its shard.
type holding struct {
	binding caller.Binding
	until   map[string]int64 // by grant id
}

func newPins(seed maphash.Seed, capacity int) *pins {
	return &pins{
		seed:       seed,
		tokens:     newTable[caller.Digest, caller.Binding](capacity),
		identities: newTable[unique.Handle[caller.Identity], *holding](capacity),
	}
}

// binding is step 3: another binding than the pinned one, or none, is drift.
func (e *Enforcer) binding(a *attempt, wall time.Time) error {
	if token := a.bound.Token(); !token.IsZero() {
		return e.tokenBinding(a, token, wall)
	}
	unbound := a.bound.Unbound(e.tenant)
	if !e.pins.agree(unbound, a.binding(), a.now) {
		return a.drift(DriftedBinding)
	}
	return nil
}

// tokenBinding pins a token to the first binding it carries, for as long as
// the token can be used.
func (e *Enforcer) tokenBinding(a *attempt, token caller.Digest, wall time.Time) error {
	hash, have := maphash.Comparable(e.pins.seed, token), a.binding()
	pinned, ok := e.pins.tokens.get(hash, token, a.now)
	if !ok && !have.IsZero() {
		lifetime := e.limits.TTLMax
		if expires := a.bound.Caller().ExpiresAt; !expires.IsZero() {
			lifetime = expires.Add(expirySkew).Sub(wall)
		}
		if pinned, ok = e.pins.tokens.getOrAdd(hash, token, have, after(a.now, lifetime), a.now); !ok {
			return a.drift(DriftTableFull)
		}
	}
	if ok && pinned != have {
		return a.drift(DriftedBinding)
	}
	return nil
}

// agree reports whether the identity holds no live grant of another binding.
func (p *pins) agree(unbound unique.Handle[caller.Identity], have caller.Binding, now int64) bool {
	if p.identities.size.Load() == 0 {
		return true
	}
	hash := maphash.Comparable(p.seed, unbound)
	s := p.identities.shard(hash)
	s.mu.Lock()
	defer s.mu.Unlock()
	n := s.find(hash, unbound, now)
	return n == nil || n.value.binding == have
}

// hold pins an identity to the binding of a grant that is about to live. It
// returns the code of the refusal if that binding is not to be had, or "".
func (p *pins) hold(unbound unique.Handle[caller.Identity], have caller.Binding, grantID string, until, now int64) DriftCode {
	hash := maphash.Comparable(p.seed, unbound)
	s := p.identities.shard(hash)
	s.mu.Lock()
	defer s.mu.Unlock()
	n := s.find(hash, unbound, now)
	if n == nil {
		h := &holding{binding: have, until: map[string]int64{grantID: until}}
		if !p.identities.add(s, hash, unbound, h, until, now) {
			return DriftTableFull
		}
		return ""
	}
	if n.value.binding != have {
		return DriftedBinding
	}
	for id, expires := range n.value.until {
		if expires <= now {
			delete(n.value.until, id)
		}
	}
	n.value.until[grantID] = until
	n.until = max(n.until, until)
	return ""
}

// release takes off a grant whose last use is spent.
func (p *pins) release(unbound unique.Handle[caller.Identity], grantID string, now int64) {
	if p.identities.size.Load() == 0 {
		return
	}
	hash := maphash.Comparable(p.seed, unbound)
	s := p.identities.shard(hash)
	s.mu.Lock()
	defer s.mu.Unlock()
	n := s.find(hash, unbound, now)
	if n == nil {
		return
	}
	delete(n.value.until, grantID)
	n.until = 0
	for _, expires := range n.value.until {
		n.until = max(n.until, expires)
	}
	p.identities.prune(s, hash, now)
}

func (p *pins) sweep(now int64) {
	p.tokens.sweep(now)
	p.identities.sweep(now)
}
