package spool

import (
	"os"
	"path/filepath"
	"strings"
)

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
