package audit

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/secretsgen/secretsgen/runtime/audit/internal/disk"
	"github.com/secretsgen/secretsgen/runtime/settings"
)

// FsyncAlways as [JSONLinesOptions].Fsync has every write synced before it counts
// as done.
const FsyncAlways time.Duration = -1

// JSONLinesOptions say how a file of events is written. The zero value leaves
// syncing to the operating system and rotates nothing.
type JSONLinesOptions struct {
	// Fsync is the longest time that a written event stays unsynced: 0 is as the
	// system likes, FsyncAlways none. Under fail_closed what counts as written
	// is always synced.
	Fsync time.Duration
	// Rotate opens the file, which is there, in the place of os.OpenFile. What it
	// returns may rotate before a write and never splits one.
	Rotate func(path string) (File, error)
}

// File is what events are appended to.
type File interface {
	Write(p []byte) (n int, err error)
	Sync() error
	Close() error
}

// JSONLinesFactory is the built-in factory of the sink jsonl, for a sink that
// rotates: open makes the function for the settings of rotation.
func JSONLinesFactory(open func(s settings.JSONLines) func(path string) (File, error)) Factory {
	return Factory{Name: "jsonl", Replaces: open != nil, Open: func(_ context.Context, in Instance, path string) (Sink, error) {
		r := settings.NewReader(in.Settings)
		s := settings.ReadJSONLines(r)
		o := JSONLinesOptions{Fsync: s.Fsync}
		switch {
		case s.MaxBytes == 0:
		case open == nil:
			r.Report(settings.JSONLinesMaxMB, "asks for rotation, which was not passed to runtime.New: pass rotate.JSONLines() of github.com/secretsgen/secretsgen/runtime/audit/rotate, or unset it")
		default:
			o.Rotate = open(s)
		}
		if err := r.Err(); err != nil {
			return nil, err
		}
		return JSONLines(path, o)
	}}
}

// JSONLines returns a sink that appends each event to the file at path, one
// JSON object a line. The file is made if it is not there, for this user alone.
// A line that was cut short, by a crash or a full disk, is ended before the next
// one begins. An error names the setting and not the path.
func JSONLines(path string, o JSONLinesOptions) (Sink, error) {
	if path == "" {
		return nil, problem("jsonl has no file: write jsonl:PATH")
	}
	file, err := os.OpenFile(path, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, problem("the file of jsonl can't be opened for appending: make its folder, or give this process the right to write there")
	}
	s := &jsonLines{file: file, every: o.Fsync}
	info, err := file.Stat()
	if err == nil && info.Mode().IsRegular() {
		s.synced = true
		s.torn = info.Size() > 0 && endsInside(path)
		_ = disk.SyncNames(filepath.Dir(path), (*os.File).Sync) // the name; where that can't be done, it is as safe as the system makes it
	}
	if !s.synced && (o.Fsync != 0 || o.Rotate != nil) {
		_ = file.Close()
		return nil, problem("jsonl names no regular file: it can't be synced nor rotated, so unset " + settings.JSONLinesFsync + " and " + settings.JSONLinesMaxMB)
	}
	if o.Rotate != nil {
		_ = file.Close()
		if s.file, err = o.Rotate(path); err != nil {
			return nil, problem("the file of jsonl can't be opened for rotation")
		}
	}
	return s, nil
}

// endsInside reports whether the last line of the file at path has no end.
func endsInside(path string) bool {
	file, err := os.Open(path)
	if err != nil {
		return true // a line break too many does no harm
	}
	defer file.Close()
	return disk.EndsInside(file)
}

// jsonLines is the sink. Its mutex is for the timer, which syncs beside the
// writer.
type jsonLines struct {
	every  time.Duration
	synced bool // the file can be synced

	mu     sync.Mutex
	file   File
	torn   bool // the last line has no end
	dirty  bool // something is written and not synced
	timer  *time.Timer
	failed bool // the timer could not sync
	closed bool
}

// Write implements [Sink].
func (s *jsonLines) Write(ctx context.Context, e *Event) error {
	return s.WriteBatch(ctx, []*Event{e})[0]
}

// WriteBatch implements [BatchSink]. Each event is one write, so that a rotation
// stands between lines.
func (s *jsonLines) WriteBatch(_ context.Context, events []*Event) []error {
	s.mu.Lock()
	defer s.mu.Unlock()
	errs := make([]error, len(events))
	for i, e := range events {
		errs[i] = s.append(e)
	}
	if s.every >= 0 {
		s.syncLater()
		return errs
	}
	if err := s.sync(); err != nil {
		for i := range errs {
			errs[i] = err
		}
	}
	return errs
}

// append writes a line, and ends an earlier one before it if need be.
func (s *jsonLines) append(e *Event) error {
	if s.closed {
		return os.ErrClosed
	}
	if s.torn { // a write of its own, so that the end stays in the file of its line
		n, err := s.file.Write([]byte{'\n'})
		s.torn = n == 0
		if err != nil {
			return err
		}
	}
	var line bytes.Buffer
	if err := json.NewEncoder(&line).Encode(e); err != nil {
		return errors.Join(ErrRejected, err)
	}
	n, err := s.file.Write(line.Bytes())
	if n > 0 {
		s.dirty = true
		s.torn = n < line.Len()
	}
	return err
}

func (s *jsonLines) syncLater() {
	if s.every == 0 || !s.dirty || s.timer != nil {
		return
	}
	s.timer = time.AfterFunc(s.every, func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.timer = nil
		if !s.closed && s.sync() != nil {
			s.failed = true
		}
	})
}

// sync makes sure of what is written.
func (s *jsonLines) sync() error {
	if !s.dirty || !s.synced {
		return nil
	}
	if err := s.file.Sync(); err != nil {
		return err
	}
	s.dirty = false
	return nil
}

// failure implements [behind]. A sync that succeeds after one that failed says
// nothing about what that one may have lost, so it is told all the same.
func (s *jsonLines) failure() (failed bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	failed, s.failed = s.failed, false
	return failed
}

// Flush implements [Flusher].
func (s *jsonLines) Flush(context.Context) error {
	if s.failure() {
		return errSink
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.sync()
}

// Close implements [Sink].
func (s *jsonLines) Close(context.Context) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return nil
	}
	s.closed = true
	if s.timer != nil {
		s.timer.Stop()
	}
	err := errors.Join(s.sync(), s.file.Close())
	if s.failed {
		err = errors.Join(errSink, err)
	}
	return err
}
