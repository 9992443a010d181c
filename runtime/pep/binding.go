package pep

import (
	"hash/maphash"
	"maps"
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

// holding is the live bound grants of one identity. Held is guarded by the lock
// of its shard.
type holding struct {
	binding caller.Binding
	held    map[string]held // by grant id
}

type held struct {
	until       int64
	declaration unique.Handle[Declaration]
}

func newPins(seed maphash.Seed, capacity int, share float64) *pins {
	return &pins{
		seed:       seed,
		tokens:     newTable[caller.Digest, caller.Binding](capacity, share),
		identities: newTable[unique.Handle[caller.Identity], *holding](capacity, share),
	}
}

// binding is step 3: another binding than the pinned one, or none, is drift.
func (e *Enforcer) binding(a *attempt) error {
	if a.now < a.note.pinned.Load() {
		return nil
	}
	if !a.bound.Token().IsZero() {
		return e.tokenBinding(a)
	}
	if !e.pins.agree(a.note.unbound, a.binding(), a.now) {
		return a.drift(DriftedBinding)
	}
	return nil
}

// tokenBinding pins a token to the first binding it carries, for as long as
// the token can be used.
func (e *Enforcer) tokenBinding(a *attempt) error {
	token, have := a.bound.Token(), a.binding()
	hash := maphash.Comparable(e.pins.seed, token)
	pin := e.pins.tokens.find(hash, token, a.now)
	if pin == nil {
		if have.IsZero() {
			return nil
		}
		lifetime := e.limits.TTLMax
		if a.note.expires != never {
			lifetime = time.Duration(a.note.expires - e.clock.day(a.now))
		}
		pin = newEntry[caller.Digest, caller.Binding](hash, token, subjectOf(e.seed, a.note.identity), after(a.now, lifetime))
		pin.value = have
		if pin = e.pins.tokens.findOrAdd(pin, a.now); pin == nil {
			return a.drift(DriftTableFull)
		}
	}
	if pin.value != have {
		return a.drift(DriftedBinding)
	}
	a.note.pinned.Store(pin.until.Load())
	return nil
}

// agree reports whether the identity holds no live grant of another binding.
func (p *pins) agree(unbound unique.Handle[caller.Identity], have caller.Binding, now int64) bool {
	if p.identities.size.Load() == 0 {
		return true
	}
	n := p.identities.find(maphash.Comparable(p.seed, unbound), unbound, now)
	return n == nil || n.value.binding == have
}

// hold pins an identity to the binding of a grant that is about to live. It
// returns the code of the refusal if that binding is not to be had, or "".
func (p *pins) hold(unbound unique.Handle[caller.Identity], have caller.Binding, grantID string, h held, now int64) DriftCode {
	hash := maphash.Comparable(p.seed, unbound)
	s := p.identities.shard(hash)
	s.mu.Lock()
	defer s.mu.Unlock()
	n := s.find(hash, unbound, now)
	if n == nil {
		n = newEntry[unique.Handle[caller.Identity], *holding](hash, unbound, subjectOf(p.seed, unbound), h.until)
		n.value = &holding{have, map[string]held{grantID: h}}
		if !p.identities.add(s, n, now) {
			return DriftTableFull
		}
		return ""
	}
	if n.value.binding != have {
		return DriftedBinding
	}
	maps.DeleteFunc(n.value.held, func(_ string, old held) bool { return old.until <= now })
	n.value.held[grantID] = h
	n.until.Store(max(n.until.Load(), h.until))
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
	if n := s.find(hash, unbound, now); n != nil {
		delete(n.value.held, grantID)
		p.settle(s, n)
	}
}

// revoke takes off the grants that r selects, which live no more.
func (p *pins) revoke(r Revocation) {
	for i := range p.identities.shards {
		s := &p.identities.shards[i]
		s.mu.Lock()
		for n := range s.all() {
			if n == p.identities.gone {
				continue
			}
			who, before := n.key.Value(), len(n.value.held)
			maps.DeleteFunc(n.value.held, func(_ string, h held) bool { return r.selects(who, h.declaration.Value()) })
			if len(n.value.held) < before {
				p.settle(s, n)
			}
		}
		s.mu.Unlock()
	}
}

// settle ends a pin with the last of the grants that hold it. The shard is
// locked.
func (p *pins) settle(s *shard[unique.Handle[caller.Identity], *holding], n *entry[unique.Handle[caller.Identity], *holding]) {
	if len(n.value.held) == 0 {
		p.identities.remove(s, n)
		return
	}
	until := int64(0)
	for _, h := range n.value.held {
		until = max(until, h.until)
	}
	n.until.Store(until)
}

func (p *pins) sweep(now int64) {
	p.tokens.sweep(now)
	p.identities.sweep(now)
}
