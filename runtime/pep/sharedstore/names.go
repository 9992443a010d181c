package sharedstore

import (
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"hash"
	"strconv"
	"sync"
	"unique"

	"github.com/secretsgen/secretsgen/runtime/caller"
	"github.com/secretsgen/secretsgen/runtime/pep"
)

const (
	// buckets is how many hash tags a tenant has. A revocation that names no subject
	// visits all of them, and a cluster of more primaries than that leaves some idle.
	buckets = 64

	keyPrefix  = "secretsgen:{"
	nameDigest = 16 // bytes, 22 characters
	partDigest = 12 // bytes
	absent     = "\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00"
)

// names makes the names under which things are in the store. Each is a keyed hash,
// of a domain of its own, over parts that have their lengths before them.
type names struct {
	macs    sync.Pool // of *keyed
	sealing []byte    // key of the keys that details are sealed with
	buckets [buckets]bucket
	places  places
}

// bucket is what is kept together, of one hash tag.
type bucket struct{ prefix, memory, revocations string }

func newNames(key []byte) (*names, error) {
	naming, err := hkdf.Expand(sha256.New, key, "names", sha256.Size)
	if err != nil {
		return nil, err
	}
	sealing, err := hkdf.Expand(sha256.New, key, "details", sha256.Size)
	if err != nil {
		return nil, err
	}
	n := &names{sealing: sealing}
	n.macs.New = func() any { return &keyed{mac: hmac.New(sha256.New, naming)} }
	for i := range n.buckets {
		prefix := keyPrefix + n.name(6, "bucket", strconv.Itoa(i)) + "}"
		n.buckets[i] = bucket{prefix, prefix + "m", prefix + "r"}
	}
	return n, nil
}

// keyed is a keyed hash with its buffers. One goroutine at a time uses it.
type keyed struct {
	mac        hash.Hash
	input, sum []byte
}

// sum appends so many bytes of the keyed hash over parts.
func (n *names) sum(to []byte, size int, parts ...string) []byte {
	k, _ := n.macs.Get().(*keyed)
	defer n.macs.Put(k)
	k.input = k.input[:0]
	for _, part := range parts {
		k.input = binary.BigEndian.AppendUint32(k.input, uint32(len(part)))
		k.input = append(k.input, part...)
	}
	k.mac.Reset()
	k.mac.Write(k.input)
	k.sum = k.mac.Sum(k.sum[:0])
	return append(to, k.sum[:size]...)
}

// name is a hash that is part of a key in the store, in base64.
func (n *names) name(size int, parts ...string) string {
	return base64.RawURLEncoding.EncodeToString(n.sum(nil, size, parts...))
}

// part is a hash that is part of a value.
func (n *names) part(parts ...string) string { return string(n.sum(nil, partDigest, parts...)) }

// bucket is where everything of a subject is, whatever its binding or its actor.
func (n *names) bucket(issuer, subject string) *bucket {
	return &n.buckets[n.sum(nil, 1, "home", issuer, subject)[0]%buckets]
}

// claim is the key of a one-time id.
func (n *names) claim(b *bucket, id caller.Digest) string {
	return b.prefix + "c" + n.name(nameDigest, "claim", string(id[:]))
}

// The parts of a key that a revocation can select it by.

func (n *names) subjectPart(issuer, subject string) string {
	return n.part("subject", issuer, subject)
}
func (n *names) accessorPart(accessor string) string { return n.part("accessor", accessor) }
func (n *names) refPart(ref string) string           { return n.part("ref", ref) }

// selector is what a revocation is remembered under, empty for one of all.
func (n *names) selector(r pep.Revocation) string {
	if r == (pep.Revocation{}) {
		return ""
	}
	s, a, ref := absent, absent, absent
	if r.Subject != "" {
		s = n.subjectPart(r.Issuer, r.Subject)
	}
	if r.Accessor != "" {
		a = n.accessorPart(r.Accessor)
	}
	if !r.Ref.IsZero() {
		ref = n.refPart(r.Ref.String())
	}
	return s + a + ref
}

// circumstances are the parts that conditions compare.
func (n *names) circumstances(have pep.Circumstances) (parts [3]string) {
	parts = [3]string{absent, absent, absent}
	if !have.Token.IsZero() {
		parts[0] = n.part("token", string(have.Token[:]))
	}
	if have.WorkflowRun != "" {
		parts[1] = n.part("run", have.WorkflowRun)
	}
	if have.PolicyVersion != "" {
		parts[2] = n.part("policy", have.PolicyVersion)
	}
	return parts
}

// joined are the parts together, or nothing where all are absent.
func (n *names) joined(have pep.Circumstances) string {
	if have == (pep.Circumstances{}) {
		return ""
	}
	parts := n.circumstances(have)
	return parts[0] + parts[1] + parts[2]
}

// place is where the grants of one key are.
type place struct {
	*bucket
	keys   []string // those of the bucket, and that of the grants
	parts  string   // of the pep.Key, for revocations
	sealer *sealer
	plain  []any // the command of a use of which nothing more is asked
}

// place works out where the grants of a key are, or remembers it.
func (n *names) place(key *pep.Key) (*place, error) {
	at := placeKey{key.Identity, key.Declaration}
	if p := n.places.get(at); p != nil {
		return p, nil
	}
	who, what := key.Identity.Value(), key.Declaration.Value()
	identity, ref := who.Digest(), what.Ref.String()
	b := n.bucket(who.Issuer, who.Subject)
	name := n.name(nameDigest, "grants", string(identity[:]), ref, what.Accessor, strconv.FormatBool(what.CanWrap))
	p := &place{
		bucket: b,
		keys:   []string{b.memory, b.revocations, b.prefix + "g" + name},
		parts:  n.subjectPart(who.Issuer, who.Subject) + n.accessorPart(what.Accessor) + n.refPart(ref),
	}
	var err error
	if p.sealer, err = newSealer(n.sealing, p.keys[2]); err != nil {
		return nil, err
	}
	f := flags{spend: true, heed: true}
	p.plain = []any{"evalsha", useScript.Hash(), len(p.keys), p.keys[0], p.keys[1], p.keys[2], f.String(), p.parts}
	n.places.put(at, p)
	return p, nil
}

// places remembers places, of which working one out takes some microseconds.
type places struct {
	mu      sync.RWMutex
	current map[placeKey]*place
	last    map[placeKey]*place // what was current before
}

// maxPlaces is how many are in one of the two maps; each takes about a kilobyte.
const maxPlaces = 4096

type placeKey struct {
	identity    unique.Handle[caller.Identity]
	declaration unique.Handle[pep.Declaration]
}

func (ps *places) get(at placeKey) *place {
	ps.mu.RLock()
	p, ok := ps.current[at]
	if !ok {
		p = ps.last[at]
	}
	ps.mu.RUnlock()
	if p != nil && !ok {
		ps.put(at, p)
	}
	return p
}

func (ps *places) put(at placeKey, p *place) {
	ps.mu.Lock()
	defer ps.mu.Unlock()
	if ps.current == nil || len(ps.current) >= maxPlaces {
		ps.current, ps.last = make(map[placeKey]*place), ps.current
	}
	ps.current[at] = p
}
