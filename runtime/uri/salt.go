package uri

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"hash"
	"io"
	"log/slog"
	"sync"
)

const (
	// minSalt bounds a salt, in bytes (DESIGN section 2).
	minSalt = 32

	// refDigest is the part of the digest that a reference shows, in bytes: 24
	// characters of base64.
	refDigest = 18

	subjectDomain = "secretsgen audit subject 1" // no canonical form, which has a "://"
	hashedMark    = "hashed:"

	redacted = "[REDACTED]"
)

// A Salt is a tenant's key for references to secrets in an audit trail. Whoever
// has it can confirm a guess of a secret's name, so it shows itself nowhere: all
// verbs of fmt, slog and the text encodings print "[REDACTED]". The zero Salt is
// unset and makes no references.
type Salt struct {
	// The key stays behind a func value, which reflection can't look into. Printed
	// from an unexported field, where methods don't count, it is an address.
	ref func(canonical string) string
	// subject is keyed otherwise, so that no subject has the hash of a reference.
	subject func(issuer, subject string) string
}

// NewSalt makes a Salt of the value of SECRET_TENANT_SALT, which it copies. It
// refuses with a [*SaltError] a value that is shorter than 32 bytes, white space
// around it not counted, or that contains a known placeholder.
func NewSalt(secret []byte) (Salt, error) {
	if err := checkSalt(secret); err != nil {
		return Salt{}, err
	}
	return makeSalt(secret), nil
}

// NewDevelopmentSalt is [NewSalt] for development, where a weak value is good
// enough: beside the [*SaltError], which is then a warning, it returns a Salt
// that works. Only an empty value it refuses; then the Salt is zero.
func NewDevelopmentSalt(secret []byte) (Salt, error) {
	var salt Salt
	if len(secret) > 0 {
		salt = makeSalt(secret)
	}
	if err := checkSalt(secret); err != nil {
		return salt, err
	}
	return salt, nil
}

// IsZero reports whether s is unset.
func (s Salt) IsZero() bool { return s.ref == nil }

// Ref returns the resource_ref of u: the first 24 characters of the unpadded
// base64url(HMAC-SHA256(salt, canonical form)) (DESIGN section 2). The same
// secret has the same reference under the same salt, which tells whether two
// events concern one secret without naming it. Ref returns "" if s or u is zero.
func (s Salt) Ref(u URI) string {
	if s.IsZero() || u.IsZero() {
		return ""
	}
	return s.ref(u.canonical)
}

// Subject returns what stands for a subject where subjects are hashed:
// "hashed:" and the first 24 characters of the unpadded
// base64url(HMAC-SHA256(key, 4 bytes of the issuer's length, big-endian, issuer,
// subject)), with the key HMAC-SHA256(salt, "secretsgen audit subject 1"). It
// returns "" if s is zero.
func (s Salt) Subject(issuer, subject string) string {
	if s.IsZero() {
		return ""
	}
	return hashedMark + s.subject(issuer, subject)
}

// Format prints "[REDACTED]" for every verb.
func (Salt) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, redacted) }

// String returns "[REDACTED]".
func (Salt) String() string { return redacted }

// LogValue returns "[REDACTED]".
func (Salt) LogValue() slog.Value { return slog.StringValue(redacted) }

// MarshalText returns "[REDACTED]".
func (Salt) MarshalText() ([]byte, error) { return []byte(redacted), nil }

// makeSalt keeps keyed hashes for reuse: to key one costs more than to hash a
// reference.
func makeSalt(secret []byte) Salt {
	key := bytes.Clone(secret)
	derived := hmac.New(sha256.New, key)
	derived.Write([]byte(subjectDomain))
	refs, subjects := newKeyedPool(key), newKeyedPool(derived.Sum(nil))
	return Salt{
		ref: func(canonical string) string {
			k := refs.Get().(*keyed)
			defer refs.Put(k)
			k.input = append(k.input[:0], canonical...)
			return k.digest()
		},
		subject: func(issuer, subject string) string {
			k := subjects.Get().(*keyed)
			defer subjects.Put(k)
			k.input = binary.BigEndian.AppendUint32(k.input[:0], uint32(len(issuer)))
			k.input = append(append(k.input, issuer...), subject...)
			return k.digest()
		},
	}
}

// keyed is a keyed hash with the buffers that it reads from and writes to. One
// goroutine at a time uses it.
type keyed struct {
	mac   hash.Hash
	input []byte
	sum   []byte
}

func newKeyedPool(key []byte) *sync.Pool {
	return &sync.Pool{New: func() any { return &keyed{mac: hmac.New(sha256.New, key)} }}
}

// digest hashes the input.
func (k *keyed) digest() string {
	k.mac.Reset()
	k.mac.Write(k.input) // a hash.Hash never returns an error
	k.sum = k.mac.Sum(k.sum[:0])
	return base64.RawURLEncoding.EncodeToString(k.sum[:refDigest])
}
