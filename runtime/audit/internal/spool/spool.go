package spool

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
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

// Open opens the spool in a folder, and looks through what is there. The error
// is an [*OpenError].
func Open(cfg Config) (*Spool, Found, error) {
	s := &Spool{
		dir:     cfg.Dir,
		max:     cfg.MaxBytes,
		segment: min(max(cfg.MaxBytes/segmentShare, minSegment), maxSegment),
		sync:    cfg.Sync,
		wake:    make(chan struct{}, 1),
		closing: make(chan struct{}),
		stopped: make(chan struct{}),
		batch:   newBatch(),
		changed: make(chan struct{}),
	}
	if s.sync == nil {
		s.sync = (*os.File).Sync
	}
	found, err := s.open(cfg.Known)
	if err != nil {
		if s.lock != nil {
			_ = unlock(s.lock)
		}
		return nil, Found{}, err
	}
	go s.run()
	return s, found, nil
}

func (s *Spool) open(known func([]byte) bool) (Found, error) {
	if err := s.makeFolder(); err != nil {
		return Found{}, openError("making the folder", err)
	}
	info, err := os.Stat(s.dir)
	if err != nil {
		return Found{}, openError("looking at the folder", err)
	}
	if s.lock, err = lock(filepath.Join(s.dir, "lock")); err != nil {
		return Found{}, openError("locking the folder", err)
	}
	if err := s.try(); err != nil {
		return Found{}, openError("writing a file in the folder and syncing it", err)
	}
	kept := loadProgress(s.dir)
	s.known, s.next = kept.Readers, max(kept.Next, 1)
	found, err := s.inspect(known)
	found.Exposed = info.Mode().Perm()&0o022 != 0
	return found, err
}

// inspect looks through the segments and what was set aside. A position that is
// no longer between two records is given up: its segment is handed out again.
func (s *Spool) inspect(known func([]byte) bool) (Found, error) {
	entries, err := os.ReadDir(s.dir)
	if err != nil {
		return Found{}, openError("listing the folder", err)
	}
	var found Found
	for _, entry := range entries { // sorted by name, and thereby by number
		name, isDamaged := strings.CutSuffix(entry.Name(), damaged)
		id, ok := segmentID(name)
		if ok {
			s.next = max(s.next, id+1)
		}
		if isDamaged && ok || isAside(entry.Name()) {
			if info, err := entry.Info(); err == nil {
				s.used += info.Size()
			}
			continue
		}
		if !ok {
			continue
		}
		sound := map[string]bool{}
		c, err := look(filepath.Join(s.dir, entry.Name()), func(record []byte, end int64) bool {
			for name, at := range s.known {
				if at == (position{id, end}) {
					sound[name] = true
				}
			}
			return known(record)
		})
		if err != nil {
			return Found{}, openError("reading a segment", err)
		}
		if !c.known {
			return Found{}, openError("reading "+entry.Name(), ErrUnknown)
		}
		for name, at := range s.known {
			if at.Segment == id && at.Offset > int64(len(header)) && !sound[name] {
				s.known[name] = position{Segment: id}
			}
		}
		if c.torn {
			found.Torn++
		}
		found.Damaged += c.damaged
		found.Records += c.records
		s.segments = append(s.segments, &segment{id: id, size: c.end, records: c.records, sealed: true, damaged: c.damaged > 0})
		s.used += c.end
	}
	s.total = found.Records
	return found, nil
}

// Attach names the readers. What is there for readers of other names is theirs no
// more, and a reader of a new name gets all that is there.
func (s *Spool) Attach(names []string) []*Reader {
	s.mu.Lock()
	for _, name := range names {
		r := &Reader{spool: s, name: name, at: s.known[name]}
		r.acked = r.at
		for _, seg := range s.segments {
			if seg.id < r.at.Segment {
				r.done += seg.records
			} else if seg.id == r.at.Segment {
				r.done += s.recordsBefore(seg, r.at.Offset)
			}
		}
		s.readers = append(s.readers, r)
	}
	s.mu.Unlock()
	_ = s.tidy(false) // what isn't kept is handed out again
	return s.readers
}

// recordsBefore counts the records of a segment before an offset.
func (s *Spool) recordsBefore(seg *segment, offset int64) int64 {
	n := int64(0)
	_, _ = look(filepath.Join(s.dir, segmentName(seg.id)), func(_ []byte, end int64) bool {
		if end <= offset {
			n++
		}
		return true
	})
	return n
}

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

// normal moves a position at the end of a sealed segment to the next.
func (s *Spool) normal(p position) position {
	for _, seg := range s.segments {
		if seg.id == p.Segment && seg.sealed && max(p.Offset, int64(len(header))) >= seg.size {
			p = position{Segment: seg.id + 1}
		}
	}
	return p
}

// tidy removes the segments that every reader has acknowledged, and keeps how far
// the readers are, if it removed any or force says so. Nobody who appends waits
// for it.
func (s *Spool) tidy(force bool) error {
	s.tidying.Lock()
	defer s.tidying.Unlock()
	s.mu.Lock()
	gone := s.reclaim()
	p := progress{Version: 1, Next: s.next, Readers: map[string]position{}}
	for _, r := range s.readers {
		p.Readers[r.name] = r.acked
	}
	s.mu.Unlock()
	if len(p.Readers) == 0 {
		return nil
	}
	for _, seg := range gone {
		path := filepath.Join(s.dir, segmentName(seg.id))
		if seg.damaged {
			_ = os.Rename(path, path+damaged)
		} else {
			_ = os.Remove(path) // what can't be removed is looked at by the next to open the spool
		}
	}
	if len(gone) == 0 && !force && time.Since(s.kept) < keepInterval {
		return nil
	}
	s.kept = time.Now()
	return p.keep(s.dir)
}

// reclaim takes the segments that every reader has acknowledged off the list.
func (s *Spool) reclaim() (gone []*segment) {
	if len(s.readers) == 0 {
		return nil
	}
	oldest := position{Segment: s.next}
	for _, r := range s.readers {
		r.acked = s.normal(r.acked)
		if r.acked.before(oldest) {
			oldest = r.acked
		}
	}
	s.segments = slices.DeleteFunc(s.segments, func(seg *segment) bool {
		if !seg.sealed || seg.id >= oldest.Segment {
			return false
		}
		if !seg.damaged { // that is kept
			s.used -= seg.size
		}
		gone = append(gone, seg)
		return true
	})
	return gone
}
