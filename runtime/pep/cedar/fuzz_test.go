package cedar_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/secretsgen/secretsgen/runtime/pep/cedar"
)

// FuzzOpen loads anything: it never panics, and what it refuses has a place
// inside the file.
func FuzzOpen(f *testing.F) {
	for _, seed := range []string{
		permitAll, forbidAll + "\n/* c */ // d", `@id("a") @max_uses("5") ` + permitAll, "permit (principal",
		`permit (principal, action, resource) when { context.x = "\u{1F600}" };`, "\xef\xbb\xbf" + permitAll, "@", `"`, "/*", "when { (1",
	} {
		f.Add(seed)
	}
	path := f.TempDir() + "/" + fileName
	f.Fuzz(func(t *testing.T, text string) {
		write(t, path, text)
		pdp, err := cedar.Open(path)
		if err == nil {
			if pdp.PolicyVersion() == "" {
				t.Error("policies without a version")
			}
			return
		}
		e, ok := errors.AsType[*cedar.Error](err)
		if !ok || len(e.Problems) == 0 {
			t.Fatalf("Open = %v, want a *cedar.Error with problems", err)
		}
		lines := strings.Split(text, "\n")
		for _, p := range e.Problems {
			if p.Line < 0 || p.Line > len(lines) || p.Line > 0 && (p.Column < 1 || p.Column > len(lines[p.Line-1])+1) {
				t.Errorf("problem outside the file: %+v", p)
			}
		}
	})
}
