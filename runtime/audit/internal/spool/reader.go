package spool

import (
	"bytes"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/secretsgen/secretsgen/runtime/audit/internal/disk"
)

const (
	chunk     = 64 << 10
	asideName = "rejected-"
	asideEnd  = ".jsonl"
)

// Reader gets every record once, in order, and again after a restart until it
// has acknowledged it. One goroutine at a time uses it.
type Reader struct {
	spool *Spool
	name  string
	at    position // of the next record to be read
	file  *os.File
	open  uint64 // number of the segment that file is
	buf   []byte

	// Guarded by the spool.
	acked position
	done  int64 // records before acked
}

// Record is one that was read.
type Record struct {
	Data []byte
	end  position
}

// Read appends up to limit of the records that are committed. It never waits.
func (r *Reader) Read(to []Record, limit int) ([]Record, error) {
	for limit > 0 {
		seg, ok := r.locate()
		if !ok {
			if !r.spool.growing(r.open) {
				r.release() // a file that is open keeps its room when it is removed
			}
			return to, nil
		}
		before := len(to)
		var err error
		if to, err = r.scan(to, limit, seg); err != nil {
			return to, pathless(err)
		}
		limit -= len(to) - before
	}
	return to, nil
}

// locate finds the segment that the next record is in, or says that there is
// none.
func (r *Reader) locate() (segment, bool) {
	r.spool.mu.Lock()
	defer r.spool.mu.Unlock()
	for _, seg := range r.spool.segments {
		if seg.id < r.at.Segment {
			continue
		}
		if seg.id > r.at.Segment {
			r.at = position{Segment: seg.id}
		}
		r.at.Offset = max(r.at.Offset, int64(len(header)))
		if r.at.Offset < seg.size {
			return *seg, true
		}
		if !seg.sealed {
			return segment{}, false
		}
		r.at = position{Segment: seg.id + 1}
	}
	return segment{}, false
}

// growing tells whether a segment is the one that is appended to.
func (s *Spool) growing(id uint64) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.ContainsFunc(s.segments, func(seg *segment) bool { return seg.id == id && !seg.sealed })
}

// scan reads a piece of a segment and moves past the lines in it.
func (r *Reader) scan(to []Record, limit int, seg segment) ([]Record, error) {
	if r.file == nil || r.open != seg.id {
		r.release()
		file, err := os.Open(filepath.Join(r.spool.dir, segmentName(seg.id)))
		if err != nil {
			return to, err
		}
		r.file, r.open = file, seg.id
	}
	piece, err := r.piece(seg.size - r.at.Offset)
	if err != nil {
		return to, err
	}
	for limit > 0 {
		n := bytes.IndexByte(piece, '\n')
		if n < 0 {
			break
		}
		record, ok := unframe(piece[:n])
		piece = piece[n+1:]
		r.at.Offset += int64(n + 1)
		if ok {
			to = append(to, Record{Data: bytes.Clone(record), end: r.at})
			limit--
		}
	}
	return to, nil
}

// piece reads what follows, so much that it holds a line at the least. Without
// one to the segment's end, all of it is passed over.
func (r *Reader) piece(left int64) ([]byte, error) {
	for size := min(chunk, left); ; size = min(2*size, left) {
		if int64(len(r.buf)) < size {
			r.buf = make([]byte, size)
		}
		piece := r.buf[:size]
		if _, err := r.file.ReadAt(piece, r.at.Offset); err != nil {
			return nil, err
		}
		if bytes.IndexByte(piece, '\n') >= 0 {
			return piece, nil
		}
		if size == left {
			r.at.Offset += left
			return nil, nil
		}
	}
}

// Ack says that the reader has got everything up to the last of these records,
// which stand in the order in which they were read.
func (r *Reader) Ack(records []Record) {
	if len(records) == 0 {
		return
	}
	s := r.spool
	s.mu.Lock()
	r.acked = records[len(records)-1].end
	r.done += int64(len(records))
	s.tell()
	s.mu.Unlock()
	_ = s.tidy(false) // what isn't kept is handed out again
}

// Done counts the records that were acknowledged, in this run or before.
func (r *Reader) Done() int64 {
	r.spool.mu.Lock()
	defer r.spool.mu.Unlock()
	return r.done
}

// SetAside keeps a record that the reader can do nothing with in a file of its
// own, as one line. The record still has to be acknowledged.
func (r *Reader) SetAside(record Record) error {
	s := r.spool
	path := filepath.Join(s.dir, asideName+url.PathEscape(r.name)+asideEnd)
	file, err := os.OpenFile(path, os.O_CREATE|os.O_APPEND|os.O_RDWR, 0o600)
	if err != nil {
		return pathless(err)
	}
	defer file.Close()
	var line []byte
	if disk.EndsInside(file) { // a line that a crash or a full disk cut short
		line = append(line, '\n')
	}
	line = append(append(line, record.Data...), '\n')
	if _, err := file.Write(line); err != nil {
		return pathless(err)
	}
	if err := s.sync(file); err != nil {
		return pathless(err)
	}
	if err := s.syncDir(s.dir); err != nil {
		return pathless(err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.used += int64(len(line))
	return nil
}

func isAside(name string) bool {
	return strings.HasPrefix(name, asideName) && strings.HasSuffix(name, asideEnd)
}

func (r *Reader) release() {
	if r.file != nil {
		_ = r.file.Close()
		r.file = nil
	}
}
