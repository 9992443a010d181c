package corpus_test

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/secretsgen/secretsgen/bench/internal/corpus"
	"github.com/secretsgen/secretsgen/gen"
	"github.com/secretsgen/secretsgen/gen/diag"
)

func TestShapesAreAcceptedAndRefusedAsTheySay(t *testing.T) {
	t.Parallel()
	for _, s := range corpus.YAML() {
		judge(t, s, func(content []byte) map[string][]byte { return map[string][]byte{"secrets.yaml": content} })
	}
	for _, s := range corpus.Tags() {
		judge(t, s, func(content []byte) map[string][]byte {
			return map[string][]byte{
				"go.mod":       []byte("module bench.test\n\ngo 1.26.0\n"),
				"secrets.yaml": []byte(corpus.SecretsYAML),
				"tags.go":      content,
			}
		})
	}
}

// judge holds that a shape has the outcome it says.
func judge(t *testing.T, s corpus.Shape, files func(content []byte) map[string][]byte) {
	t.Helper()
	for _, size := range []int{1 << 10, 1 << 15} {
		t.Run(fmt.Sprintf("%s/%d", s.Name, size), func(t *testing.T) {
			t.Parallel()
			dir := filepath.Join(t.TempDir(), "config")
			if err := os.Mkdir(dir, 0o700); err != nil {
				t.Fatal(err)
			}
			for name, content := range files(s.Make(size)) {
				if err := os.WriteFile(filepath.Join(dir, name), content, 0o600); err != nil {
					t.Fatal(err)
				}
			}
			var diags diag.List
			if _, err := gen.Load(t.Context(), gen.Source{Dir: dir, Patterns: []string{"."}}, &diags); err != nil {
				t.Fatal(err)
			}
			if accepted := s.Outcome == corpus.Accepted; accepted != diags.Empty() {
				found := diags.Sorted()
				t.Errorf("accepted: %v, want %v; found %v", !accepted, accepted, found[:min(3, len(found))])
			}
		})
	}
}

func TestMakeKeepsToTheSize(t *testing.T) {
	t.Parallel()
	names := map[string]bool{}
	for _, s := range slices.Concat(corpus.YAML(), corpus.Tags()) {
		if names[s.Name] {
			t.Errorf("%s: two shapes have this name", s.Name)
		}
		names[s.Name] = true
		for _, size := range []int{1 << 15, 1 << 20} {
			data := s.Make(size)
			if len(data) > size || len(data) < size-size/16 {
				t.Errorf("%s: %d bytes, want %d or a little less", s.Name, len(data), size)
			}
			if !bytes.Equal(data, s.Make(size)) {
				t.Errorf("%s: a second file is another one", s.Name)
			}
		}
	}
}
