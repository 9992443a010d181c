package verify

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"time"
)

// Nonces are the nonces that proofs must carry (RFC 9449 sections 8 and 9). It
// takes the choice of when a proof was made away from the client. It is used by
// many goroutines at once.
type Nonces interface {
	// Issue returns a nonce for a client to use, of characters that a header and
	// a quoted string can carry.
	Issue() string
	// Good reports whether nonce was issued and may still be used.
	Good(nonce string) bool
}

// NewNonces returns nonces that keep no state: each holds the time it was issued
// and a MAC of it by the key, and is good for a lifetime, of whole seconds. All
// replicas of a service need the same key; with an empty one it is random, and
// nonces of one process are good in no other.
func NewNonces(key []byte, lifetime time.Duration) Nonces {
	if len(key) == 0 {
		key = make([]byte, sha256.Size)
		_, _ = rand.Read(key) // never fails: crypto/rand ends the program instead
	}
	return &timedNonces{append([]byte(nil), key...), lifetime, time.Now}
}

type timedNonces struct {
	key      []byte
	lifetime time.Duration
	now      func() time.Time
}

const (
	nonceTime = 8
	nonceMAC  = 16
)

// Issue implements [Nonces].
func (n *timedNonces) Issue() string {
	return base64.RawURLEncoding.EncodeToString(n.seal(uint64(n.now().Unix())))
}

// Good implements [Nonces].
func (n *timedNonces) Good(nonce string) bool {
	raw, err := strictBase64.DecodeString(nonce)
	// By its length too: the decoder passes over line breaks.
	if err != nil || len(raw) != nonceTime+nonceMAC || len(nonce) != base64.RawURLEncoding.EncodedLen(len(raw)) {
		return false
	}
	issued := binary.BigEndian.Uint64(raw)
	if !hmac.Equal(raw, n.seal(issued)) {
		return false
	}
	age := n.now().Sub(time.Unix(int64(issued), 0))
	return -defaultProofSkew <= age && age <= n.lifetime
}

// seal returns a time with its MAC behind it.
func (n *timedNonces) seal(issued uint64) []byte {
	raw := binary.BigEndian.AppendUint64(nil, issued)
	mac := hmac.New(sha256.New, n.key)
	mac.Write([]byte("secretsgen dpop nonce"))
	mac.Write(raw)
	return append(raw, mac.Sum(nil)[:nonceMAC]...)
}
