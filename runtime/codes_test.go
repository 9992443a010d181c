package runtime_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/secretsgen/secretsgen/runtime/observe"
)

// constants are the values of the constants of one type in a room.
func constants(t *testing.T, room, typeName string) (values []string) {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(room, "*.go"))
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range files {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		file, err := parser.ParseFile(token.NewFileSet(), name, text, 0)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(file, func(n ast.Node) bool {
			spec, ok := n.(*ast.ValueSpec)
			if !ok {
				return true
			}
			if of, ok := spec.Type.(*ast.Ident); ok && of.Name == typeName {
				for _, value := range spec.Values {
					text, err := strconv.Unquote(value.(*ast.BasicLit).Value)
					if err != nil {
						t.Fatal(err)
					}
					values = append(values, text)
				}
			}
			return true
		})
	}
	if len(values) == 0 {
		t.Fatalf("%s has no constant of type %s: the list is wrong", room, typeName)
	}
	return values
}

// TestCodesAreThoseOfTheErrors holds the list of codes, which labels of metrics are
// made of, against the constants that they come from.
func TestCodesAreThoseOfTheErrors(t *testing.T) {
	t.Parallel()
	want := []string{
		"TENANT_MOUNT_MISMATCH", "binding_drift", "not_found", "key_not_found", "version_deleted", "version_destroyed",
		"decode", "absent", "canceled", "deadline", "closed", "internal", "other",
	}
	for _, from := range []struct{ room, typeName, prefix string }{
		{"caller", "ErrorCode", "caller_"},
		{"pep", "DenyCode", ""},
		{"pep", "ReplayCode", "replay_"},
		{"pep", "Reason", "pdp_"},
		{"providers", "Code", "provider_"},
		{"audit", "ErrorCode", "audit_"},
	} {
		for _, code := range constants(t, from.room, from.typeName) {
			want = append(want, from.prefix+code)
		}
	}
	got := observe.Codes()
	slices.Sort(want)
	slices.Sort(got)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("codes (-want +got):\n%s", diff)
	}
}
