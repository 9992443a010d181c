package audit

import (
	"crypto/rand"
	"encoding/binary"
	"encoding/hex"
	"sync/atomic"
)

// idSource makes event ids: random per trail, counted within it, so that ids
// are unique across processes and restarts without randomness per event.
type idSource struct {
	prefix [10]byte
	count  atomic.Uint64
}

func newIDSource() *idSource {
	s := &idSource{}
	_, _ = rand.Read(s.prefix[:]) // never fails, see crypto/rand
	return s
}

// next is the number of the next event.
func (s *idSource) next() uint64 { return s.count.Add(1) }

// id is the id of the event of that number.
func (s *idSource) id(number uint64) string {
	var id [16]byte
	var count [8]byte
	binary.BigEndian.PutUint64(count[:], number)
	copy(id[copy(id[:], s.prefix[:]):], count[2:])
	return hex.EncodeToString(id[:])
}
