package spool

import (
	"bytes"
	"fmt"
	"os"
	"sync"
	"time"
)

const (
	minSegment    = 64 << 10
	maxSegment    = 8 << 20
	segmentShare  = 16      // of the spool's size in one segment
	reservedShare = 8       // of it, for records of rank
	maxPending    = 4 << 20 // bytes that wait for the disk
	keepInterval  = 100 * time.Millisecond
)

// Config says where a spool is.
type Config struct {
	Dir      string // made for this user alone if it is not there
	MaxBytes int64  // on disk
	// Known tells, for each record that is there, whether its version is known.
	// A spool with others is not opened.
	Known func(record []byte) bool
	Sync  func(*os.File) error // nil: fsync
}

// Found is what was there when a spool was opened.
type Found struct {
	Records int64 // from earlier
	Torn    int   // segments whose last record was cut short
	Damaged int   // unreadable records that have readable ones after them
	Exposed bool  // others than this user can write to the folder
}

// Spool takes records from many goroutines. Make it with [Open], then say who
// reads with [Spool.Attach], once, and [Spool.Close] it.
type Spool struct {
	dir      string
	max      int64
	segment  int64 // size from which on a segment is sealed
	sync     func(*os.File) error
	lock     *os.File
	wake     chan struct{}
	closing  chan struct{}
	stopped  chan struct{}
	stopping sync.Once

	mu       sync.Mutex
	pending  []byte // frames of the batch that is being filled
	spare    []byte
	batch    *Batch
	newest   *Batch     // the last that has a record
	segments []*segment // by number
	next     uint64     // number of the next segment
	used     int64      // bytes of all segments, of what was set aside and of what is pending
	total    int64      // records that are or were committed, those found among them
	shut     bool
	readers  []*Reader
	known    map[string]position // of the readers of an earlier run
	changed  chan struct{}       // closed and replaced when something was committed or acknowledged

	file *os.File // the segment that is appended to; the committer's own

	tidying sync.Mutex // taken before mu
	kept    time.Time  // when progress was; guarded by tidying
}

// Batch is what is committed together.
type Batch struct {
	done    chan struct{}
	records int64
	size    int64
	failed  []func() // called if it can't be put on disk
	err     error
}

// Done is closed when the batch is on disk, or can't be put there.
func (b *Batch) Done() <-chan struct{} { return b.done }

// Err says why the batch is not on disk. It may be called once it is done.
func (b *Batch) Err() error { return b.err }

func newBatch() *Batch { return &Batch{done: make(chan struct{})} }

// Append hands a record over, which holds no line break. It is safe on disk once
// the batch is done without an error; otherwise failed is called, unless it is
// nil, which must not wait. Of the last eighth of the spool a record may use what
// its rank says. The error is [ErrFull], [ErrBusy], [ErrClosed] or
// [ErrTooLarge]; then the record is not taken.
func (s *Spool) Append(record []byte, rank Rank, failed func()) (*Batch, error) {
	if len(record) > maxRecord || bytes.IndexByte(record, '\n') >= 0 {
		return nil, ErrTooLarge
	}
	reserved := s.max / reservedShare
	limit := s.max - reserved + rank.Of(reserved)
	size := int64(len(record) + overhead)
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case s.shut:
		return nil, ErrClosed
	case s.used+size > limit:
		return nil, ErrFull
	case len(s.pending)+len(record) > maxPending:
		return nil, ErrBusy
	}
	s.used += size
	s.pending = appendFrame(s.pending, record)
	s.batch.records++
	s.batch.size += size
	s.newest = s.batch
	if failed != nil {
		s.batch.failed = append(s.batch.failed, failed)
	}
	select {
	case s.wake <- struct{}{}:
	default:
	}
	return s.batch, nil
}

// Newest is the batch of the record that was taken last, or nil. Once it is done,
// all before it are.
func (s *Spool) Newest() *Batch {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.newest
}

// Shut lets no more records in, and returns when those that were are committed.
func (s *Spool) Shut() {
	s.mu.Lock()
	s.shut = true
	s.mu.Unlock()
	s.stopping.Do(func() { close(s.closing) })
	<-s.stopped
}

// Close shuts the spool, keeps the readers' progress and gives the folder back.
// Readers may not be used any more.
func (s *Spool) Close() error {
	s.Shut()
	for _, r := range s.readers {
		r.release()
	}
	err := s.tidy(true)
	if closed := unlock(s.lock); err == nil {
		err = closed
	}
	if err != nil {
		return fmt.Errorf("the spool: %w", pathless(err))
	}
	return nil
}

// Used is the number of bytes that count against the spool's size.
func (s *Spool) Used() int64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.used
}

// Total is the number of records that are committed, those that were found
// among them. [Reader.Done] counts on the same scale.
func (s *Spool) Total() int64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.total
}

// Changed is closed when the next records are committed or acknowledged.
func (s *Spool) Changed() <-chan struct{} {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.changed
}

func (s *Spool) tell() {
	close(s.changed)
	s.changed = make(chan struct{})
}
