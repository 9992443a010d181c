// Package rotate has the audit sink jsonl begin a new file when the old one has
// grown to SECRETS_AUDIT_JSONL_MAX_MB:
//
//	secrets, err := config.Open(ctx, cfg, rotate.JSONLines())
//
// The file of the settings is always the newest. One that is full is renamed
// beside it, with the time and the word size before its extension, and
// SECRETS_AUDIT_JSONL_KEEP says how many of those are kept; without it all are.
// New files are for this user alone. A file is synced before it is renamed,
// whatever SECRETS_AUDIT_JSONL_FSYNC says. One process writes to a file.
//
// The package is apart from the built-in sink because of what it links: its
// library compresses too, which nobody asks for here.
package rotate

import (
	"os"
	"path/filepath"

	"github.com/DeRuina/timberjack"

	"github.com/secretsgen/secretsgen/runtime/audit"
	"github.com/secretsgen/secretsgen/runtime/audit/internal/disk"
	"github.com/secretsgen/secretsgen/runtime/settings"
)

// JSONLines is the audit sink jsonl with rotation, an extension for runtime.New.
// It takes the place of the built-in one, and without a setting of rotation does
// the same.
func JSONLines() audit.Factory {
	return audit.JSONLinesFactory(func(s settings.JSONLines) func(string) (audit.File, error) {
		return func(path string) (audit.File, error) { return open(path, s) }
	})
}

// file is a file that rotates. The library would do it within a write; it is
// done before one, so that the sync comes before the rename.
type file struct {
	log  log
	dir  string
	max  int64
	size int64
}

// log is what a file needs of the library.
type log interface {
	audit.File
	RotateWithReason(reason string) error
}

func open(path string, s settings.JSONLines) (audit.File, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	return &file{
		log: &timberjack.Logger{
			Filename:    path,
			MaxSize:     int(s.MaxBytes>>20) + 1, // it never gets there
			MaxBackups:  s.Keep,
			Compression: "none",
			FileMode:    0o600,
		},
		dir:  filepath.Dir(path),
		max:  s.MaxBytes,
		size: info.Size(),
	}, nil
}

// Write implements [audit.File].
func (f *file) Write(p []byte) (int, error) {
	if f.size > 0 && f.size+int64(len(p)) > f.max {
		if err := f.rotate(); err != nil {
			return 0, err
		}
	}
	n, err := f.log.Write(p)
	f.size += int64(n)
	return n, err
}

func (f *file) rotate() error {
	if err := f.log.Sync(); err != nil {
		return err
	}
	if err := f.log.RotateWithReason("size"); err != nil {
		return err
	}
	f.size = 0
	_ = disk.SyncNames(f.dir, (*os.File).Sync) // where that can't be done, names are as safe as the system makes them
	return nil
}

// Sync implements [audit.File].
func (f *file) Sync() error { return f.log.Sync() }

// Close implements [audit.File].
func (f *file) Close() error { return f.log.Close() }
