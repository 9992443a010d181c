package audit

import (
	"bytes"
	"errors"
	"fmt"
	"os"

	"github.com/secretsgen/secretsgen/runtime/audit/internal/spool"
	"github.com/secretsgen/secretsgen/runtime/settings"
)

const (
	spoolSetting     = "SECRETS_AUDIT_SPOOL"
	defaultSpoolSize = 1 << 30
)

// SpoolConfig says where the spool of fail_closed is.
type SpoolConfig struct {
	Dir      string // made for this user alone if it is not there; one client uses it at a time
	MaxBytes int64  // on disk; 0: 1 GiB

	sync func(*os.File) error // nil: fsync; for tests
}

// Spool is a folder in which events wait until every sink has them. A trail
// takes it over and closes it.
type Spool struct {
	disk  *spool.Spool
	found spool.Found
	max   int64
}

// OpenSpool opens the spool in a folder. It looks through what an earlier run
// has left there; the trail hands that to the sinks again. The error is a
// [*settings.Error] that says what was tried, without the path: the folder can't
// be made or written, another client uses it, or it holds events of a version
// that is not known here. In the last case the folder is left as it is.
func OpenSpool(cfg SpoolConfig) (*Spool, error) {
	size := cfg.MaxBytes
	if size == 0 {
		size = defaultSpoolSize
	}
	disk, found, err := spool.Open(spool.Config{Dir: cfg.Dir, MaxBytes: size, Known: known, Sync: cfg.sync})
	if err != nil {
		return nil, settings.NewError([]settings.Problem{{Name: spoolSetting, Detail: unusable(err)}})
	}
	return &Spool{disk: disk, found: found, max: size}, nil
}

// Close gives back a spool that no trail has taken over.
func (s *Spool) Close() error { return s.disk.Close() }

// versionMark is how the JSON form of an event of this version begins.
var versionMark = fmt.Appendf(nil, `{"v":%d,`, EventVersion)

func known(record []byte) bool { return bytes.HasPrefix(record, versionMark) }

// unusable says what is wrong with the folder and what helps.
func unusable(err error) string {
	switch {
	case errors.Is(err, spool.ErrInUse):
		return "can't be used: " + err.Error() + ": give each its own folder"
	case errors.Is(err, spool.ErrUnknown):
		return "can't be used: " + err.Error() + ": start the version that wrote them once, so that it hands them on, or use another folder; this one is left as it is"
	}
	return "can't be used: " + err.Error() + ": it must be a folder on a local disk that this process may write"
}
