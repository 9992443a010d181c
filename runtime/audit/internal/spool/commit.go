package spool

import (
	"os"
	"path/filepath"
)

// run is the one goroutine that writes segments. While it writes a batch, the
// next one fills.
func (s *Spool) run() {
	defer close(s.stopped)
	for {
		select {
		case <-s.wake:
			s.commit()
		case <-s.closing:
			s.commit()
			s.seal()
			return
		}
	}
}

// commit writes what is pending, as one batch.
func (s *Spool) commit() {
	s.mu.Lock()
	batch, frames := s.batch, s.pending
	if batch.records == 0 {
		s.mu.Unlock()
		return
	}
	s.batch, s.pending = newBatch(), s.spare[:0]
	s.mu.Unlock()

	err := s.write(frames)

	s.mu.Lock()
	s.spare = frames
	if err != nil {
		s.used -= batch.size
	} else {
		active := s.segments[len(s.segments)-1]
		active.size += batch.size
		active.records += batch.records
		s.total += batch.records
	}
	full := err == nil && s.segments[len(s.segments)-1].size >= s.segment
	s.tell()
	s.mu.Unlock()
	if batch.err = err; err != nil {
		for _, failed := range batch.failed {
			failed()
		}
	}
	close(batch.done)
	if full {
		s.seal()
	}
}

// write appends frames to the active segment and syncs it. After a failure the
// segment is given up at its last committed record: what the system kept of the
// rest can't be known.
func (s *Spool) write(frames []byte) error {
	if s.file == nil {
		if err := s.begin(); err != nil {
			return pathless(err)
		}
	}
	_, err := s.file.Write(frames)
	if err == nil {
		err = s.sync(s.file)
	}
	if err != nil {
		s.giveUp()
		return pathless(err)
	}
	return nil
}

// giveUp ends the active segment at its last committed record, and removes it if
// there is none: a disk that fails for long is not filled with files.
func (s *Spool) giveUp() {
	s.mu.Lock()
	active := s.segments[len(s.segments)-1]
	if active.records == 0 {
		s.segments = s.segments[:len(s.segments)-1]
		s.used -= active.size
	}
	s.mu.Unlock()
	if active.records > 0 {
		_ = s.file.Truncate(active.size)
		s.seal()
		return
	}
	_ = s.file.Close()
	_ = os.Remove(s.file.Name())
	s.file = nil
}

// begin makes the next segment.
func (s *Spool) begin() error {
	s.mu.Lock()
	id := s.next
	s.next++
	s.mu.Unlock()
	path := filepath.Join(s.dir, segmentName(id))
	file, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	_, err = file.WriteString(header)
	if err == nil {
		err = s.syncDir(s.dir)
	}
	if err != nil {
		_ = file.Close()
		_ = os.Remove(path)
		return err
	}
	s.file = file
	s.mu.Lock()
	defer s.mu.Unlock()
	s.segments = append(s.segments, &segment{id: id, size: int64(len(header))})
	s.used += int64(len(header))
	return nil
}

// seal ends the active segment, if there is one.
func (s *Spool) seal() {
	if s.file == nil {
		return
	}
	_ = s.file.Close() // what counts is synced
	s.file = nil
	s.mu.Lock()
	s.segments[len(s.segments)-1].sealed = true
	s.tell()
	s.mu.Unlock()
	_ = s.tidy(false) // readers may have had all of it
}
