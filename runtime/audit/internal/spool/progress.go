package spool

import (
	"encoding/json"
	"os"
	"path/filepath"
)

const progressFile = "progress"

// position is a place in the spool: before the record that begins there.
type position struct {
	Segment uint64 `json:"segment"`
	Offset  int64  `json:"offset"`
}

func (p position) before(q position) bool {
	return p.Segment < q.Segment || p.Segment == q.Segment && p.Offset < q.Offset
}

// progress is what the file of that name holds.
type progress struct {
	Version int                 `json:"v"`
	Next    uint64              `json:"next"` // no segment had this number yet
	Readers map[string]position `json:"readers"`
}

// loadProgress returns what was kept. A file that is missing or makes no sense
// is no progress: everything is handed out again.
func loadProgress(dir string) progress {
	text, err := os.ReadFile(filepath.Join(dir, progressFile))
	if err != nil {
		return progress{}
	}
	var p progress
	if json.Unmarshal(text, &p) != nil || p.Version != 1 {
		return progress{}
	}
	return p
}

// keep writes the file anew. It is not synced: what is lost of it makes records
// be handed out again.
func (p progress) keep(dir string) error {
	text, err := json.Marshal(p)
	if err != nil {
		return err
	}
	next := filepath.Join(dir, progressFile+".new")
	if err := os.WriteFile(next, text, 0o600); err != nil {
		return err
	}
	return os.Rename(next, filepath.Join(dir, progressFile))
}
