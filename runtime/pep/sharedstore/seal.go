package sharedstore

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"sync/atomic"
	"time"

	"github.com/secretsgen/secretsgen/runtime/caller"
	"github.com/secretsgen/secretsgen/runtime/pep"
)

// errDetails is for a record that nobody who has the key has written there.
var errDetails = errors.New("sharedstore: the store holds what nobody gave it")

// sealer seals what the scripts need not know of a grant or a denial, with a key
// for one key of the store. Nothing that is sealed can be read, or moved to another
// key.
type sealer struct {
	aead cipher.AEAD
	last atomic.Pointer[opened]
}

// opened is a grant that was opened, which the next use of it need not do again.
type opened struct {
	sealed string
	grant  pep.Grant
}

func newSealer(secret []byte, name string) (*sealer, error) {
	key, err := hkdf.Expand(sha256.New, secret, name, 32)
	if err != nil {
		return nil, err
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, err
	}
	aead, err := cipher.NewGCMWithRandomNonce(block)
	if err != nil {
		return nil, err
	}
	return &sealer{aead: aead}, nil
}

// What is sealed: grants and denials can't pass for each other.
const (
	grantDetails  = 'g'
	denialDetails = 'd'
)

func (s *sealer) grant(g *pep.Grant) []byte {
	conditions := byte(conditionBits(g.Conditions))
	text := make([]byte, 0, 128+len(g.DecisionID)+len(g.PolicyVersion))
	text = append(text, grantDetails, conditions)
	text = binary.AppendVarint(text, int64(g.ResponseWrap))
	text = binary.AppendVarint(text, int64(g.Lifetime))
	text = append(text, g.Issued.Token[:]...)
	text = appendText(text, g.ID, g.DecisionID, g.PolicyVersion, g.Issued.WorkflowRun, g.Issued.PolicyVersion)
	return s.aead.Seal(nil, nil, text, nil) //nolint:gosec // it draws the nonce itself
}

// openGrant returns a grant as far as its details go.
func (s *sealer) openGrant(sealed string) (g pep.Grant, err error) {
	if last := s.last.Load(); last != nil && last.sealed == sealed {
		return last.grant, nil
	}
	text, err := s.open(sealed, grantDetails)
	if err != nil || len(text) < 1 {
		return g, errDetails
	}
	g.Conditions = conditionsOf(text[0])
	text = text[1:]
	for _, d := range []*time.Duration{&g.ResponseWrap, &g.Lifetime} {
		value, n := binary.Varint(text)
		if n <= 0 {
			return g, errDetails
		}
		*d, text = time.Duration(value), text[n:]
	}
	if len(text) < len(caller.Digest{}) {
		return g, errDetails
	}
	g.Issued.Token = caller.Digest(text[:len(caller.Digest{})])
	text = text[len(caller.Digest{}):]
	if !cutTexts(text, &g.ID, &g.DecisionID, &g.PolicyVersion, &g.Issued.WorkflowRun, &g.Issued.PolicyVersion) {
		return pep.Grant{}, errDetails
	}
	s.last.Store(&opened{sealed, g})
	return g, nil
}

func (s *sealer) denial(d *pep.Denial) []byte {
	text := appendText([]byte{denialDetails}, d.DecisionID, d.PolicyVersion)
	return s.aead.Seal(nil, nil, text, nil) //nolint:gosec // it draws the nonce itself
}

func (s *sealer) openDenial(sealed string) (d pep.Denial, err error) {
	text, err := s.open(sealed, denialDetails)
	if err != nil || !cutTexts(text, &d.DecisionID, &d.PolicyVersion) {
		return pep.Denial{}, errDetails
	}
	return d, nil
}

func (s *sealer) open(sealed string, kind byte) ([]byte, error) {
	text, err := s.aead.Open(nil, nil, []byte(sealed), nil)
	if err != nil || len(text) < 1 || text[0] != kind {
		return nil, errDetails
	}
	return text[1:], nil
}

func appendText(to []byte, texts ...string) []byte {
	for _, text := range texts {
		to = binary.AppendUvarint(to, uint64(len(text)))
		to = append(to, text...)
	}
	return to
}

// cutTexts reads back what appendText wrote, all of it.
func cutTexts(from []byte, texts ...*string) bool {
	for _, text := range texts {
		size, n := binary.Uvarint(from)
		if n <= 0 || size > uint64(len(from)-n) {
			return false
		}
		*text, from = string(from[n:n+int(size)]), from[n+int(size):]
	}
	return len(from) == 0
}

// conditionBits is how scripts know conditions: the first bit is the token's.
func conditionBits(c pep.Conditions) (bits int) {
	for i, set := range []bool{c.Token, c.WorkflowRun, c.PolicyVersion} {
		if set {
			bits |= 1 << i
		}
	}
	return bits
}

func conditionsOf(bits byte) pep.Conditions {
	return pep.Conditions{Token: bits&1 != 0, WorkflowRun: bits&2 != 0, PolicyVersion: bits&4 != 0}
}
