package pep

import (
	"hash/maphash"
	"sync/atomic"
	"unique"

	"github.com/secretsgen/secretsgen/runtime/caller"
)

// subjectHash stands for one subject of one issuer where entries are counted.
type subjectHash uint32

// subjectOf hashes the part of an identity that nobody can vary at will: not
// the key or the certificate that a subject shows.
func subjectOf(seed maphash.Seed, identity unique.Handle[caller.Identity]) subjectHash {
	who := identity.Value()
	return subjectHash(maphash.Comparable(seed, [2]string{who.Issuer, who.Subject}) >> 32)
}

const (
	quotaCells = 1 << 12
	quotaFloor = 64 // entries that a subject may always have
)

// quota bounds the entries of one subject in a table, so that the keys of one
// can't fill it for all. It counts without remembering subjects, in two rows of
// counters: each subject has one in either, and the smaller of the two is what
// it has at the most. Subjects that share both counters share a quota, which
// takes a subject that is near its own and a chance in 16 million.
type quota struct {
	limit int32
	rows  [2][quotaCells]atomic.Int32
}

// newQuota returns the quota of a share of a table's capacity, or nil if that is
// all of it.
func newQuota(capacity int, share float64) *quota {
	limit := max(int(share*float64(capacity)), quotaFloor)
	if limit >= capacity {
		return nil
	}
	return &quota{limit: int32(min(limit, 1<<30))}
}

func (q *quota) counters(who subjectHash) (a, b *atomic.Int32) {
	return &q.rows[0][who%quotaCells], &q.rows[1][who/quotaCells%quotaCells]
}

// enter counts one more entry. It reports false if there may be no more.
func (q *quota) enter(who subjectHash) bool {
	if q == nil {
		return true
	}
	a, b := q.counters(who)
	if min(a.Add(1), b.Add(1)) <= q.limit {
		return true
	}
	q.leave(who)
	return false
}

// leave counts one less.
func (q *quota) leave(who subjectHash) {
	if q == nil {
		return
	}
	a, b := q.counters(who)
	a.Add(-1)
	b.Add(-1)
}
