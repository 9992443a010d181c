package pdp

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/secretsgen/secretsgen/runtime"
)

// What docs/pdp.md tells readers to write is what these tests run.
func TestTheFilesOfTheDocumentationAreThoseOfTheTests(t *testing.T) {
	t.Parallel()
	page, err := os.ReadFile("../../docs/pdp.md")
	if err != nil {
		t.Fatal(err)
	}
	// Some blocks stand in a list, three columns in.
	text := strings.ReplaceAll("\n"+string(page), "\n   ", "\n") + "\n" + string(page)
	files, err := filepath.Glob("testdata/*")
	if err != nil || len(files) != 5 {
		t.Fatalf("%d files: %v; want 5", len(files), err)
	}
	for _, path := range files {
		file, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		kind := strings.TrimPrefix(filepath.Ext(path), ".")
		if !strings.Contains(text, "```"+kind+"\n"+string(file)+"```\n") {
			t.Errorf("docs/pdp.md does not have %s as it is", path)
		}
	}
}

func TestTheCedarPoliciesOfTheDocumentation(t *testing.T) {
	t.Parallel()
	s := serving(t, &server{address: "no PDP"}, func(cfg *runtime.Config) {
		cfg.PDP = runtime.PDPConfig{PolicyFile: "testdata/secret.cedar"}
	})
	for range 4 {
		s.gets(t.Context(), "api.token")
	}
	if n := len(s.questions()); n != 2 {
		t.Errorf("%d questions for 4 reads, want 2: a grant has 3 uses", n)
	}
	s.gets(alice(t.Context()), "db.password")
	s.denied(alice(t.Context()), "api.token", "")
	s.denied(t.Context(), "other", "")
}
