package main

import (
	"os"
	"strings"
	"testing"

	"github.com/spf13/pflag"

	"github.com/secretsgen/secretsgen/gen/diag"
)

// reference is docs/command.md.
func reference(t *testing.T) string {
	t.Helper()
	text, err := os.ReadFile("../../docs/command.md")
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// TestTheReferenceNamesEveryVerbAndFlag compares it with the command itself.
func TestTheReferenceNamesEveryVerbAndFlag(t *testing.T) {
	t.Parallel()
	text := reference(t)
	overview, _, _ := strings.Cut(text, "\n\n`")
	for _, verb := range newRoot().Commands() {
		if verb.Name() != "help" && !strings.Contains(overview+"\n", "\n    secretsgen "+verb.Use+"\n") {
			t.Errorf("the overview lacks %q", verb.Use)
		}
		verb.Flags().VisitAll(func(f *pflag.Flag) {
			if !strings.Contains(text, "`--"+f.Name+"`") {
				t.Errorf("it lacks --%s of %s", f.Name, verb.Name())
			}
		})
	}
	for _, format := range diag.Formats() {
		if !strings.Contains(text, "\n- `"+string(format)+"`: ") {
			t.Errorf("it lacks the format %s", format)
		}
	}
}
