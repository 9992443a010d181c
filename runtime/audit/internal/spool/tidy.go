package spool

import (
	"os"
	"path/filepath"
	"slices"
	"time"
)

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
