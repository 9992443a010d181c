package main

import (
	"bufio"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/secretsgen/secretsgen/runtime"
	"github.com/secretsgen/secretsgen/runtime/audit"
)

// trail is the audit trail of this run, in a file outside the tree.
type trail struct{ dir string }

// auditTo has the trail written as JSON lines.
func auditTo(cfg *runtime.Config) (trail, error) {
	dir, err := os.MkdirTemp("", "quickstart-audit-")
	if err != nil {
		return trail{}, err
	}
	cfg.Audit.Sinks = []string{"jsonl:" + filepath.Join(dir, "audit.jsonl")}
	return trail{dir}, nil
}

// print shows the trail, a row an event and the last event as it stands, and
// takes it away.
func (t trail) print() {
	defer os.RemoveAll(t.dir)
	file, err := os.Open(filepath.Join(t.dir, "audit.jsonl"))
	if errors.Is(err, fs.ErrNotExist) {
		return // nothing was opened that could have left one
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "quickstart: the trail can't be shown:", err)
		return
	}
	defer file.Close()
	scene("The audit trail of all of the above: no value, no path")
	var last string
	for lines := bufio.NewScanner(file); lines.Scan(); {
		var e audit.Event
		if err := json.Unmarshal(lines.Bytes(), &e); err != nil {
			fmt.Fprintln(os.Stderr, "quickstart: a line of the trail is not JSON:", err)
			return
		}
		last = lines.Text()
		fmt.Printf("%-8s  %-5s  %-10s  %-16s  %-24s  %s\n", e.Type, e.Effect, cmp.Or(e.Subject, "-"), cmp.Or(e.Accessor, "-"), cmp.Or(e.ResourceRef, "-"), note(e))
	}
	fmt.Printf("\nthe last of them, whole:\n%s\n", last)
}

// note is what is worth saying of an event beside its columns.
func note(e audit.Event) string {
	switch {
	case e.Code != "":
		return e.Code
	case e.Type == audit.Read && e.GrantCached:
		return fmt.Sprintf("version %d, under a live grant", e.KVVersion)
	case e.Type == audit.Read:
		return fmt.Sprintf("version %d", e.KVVersion)
	}
	return "-"
}
