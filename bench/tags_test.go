package bench

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/tools/go/packages"

	"github.com/secretsgen/secretsgen/bench/internal/paired"
	"github.com/secretsgen/secretsgen/gen"
)

// BenchmarkTags is what the verb generate does with a tagged struct of 200
// secrets whose output is in place, in process; "read" stops where the
// declarations are read and checked. Beside it, packages.Load loads the same
// package as gen/readtags has it loaded, names and files alone, which is the
// least that any tool on a Go package has to do: it waits for the go command. The
// target of the issue on the compiler is a ratio of 1.25.
func BenchmarkTags(b *testing.B) {
	dir := b.TempDir()
	write(b, filepath.Join(dir, "go.mod"), "module bench.test\n\ngo 1.26.0\n")
	write(b, filepath.Join(dir, "secrets.yaml"), "version: 1\ntenant: {id: bench, mounts: [secret]}\n")
	write(b, filepath.Join(dir, "config.go"), taggedStruct(20))
	p := projectIn(b, gen.Source{Dir: dir, Patterns: []string{"."}})
	for _, bb := range []struct {
		name    string
		subject func(n int) error
	}{{"read", p.read}, {"generate", p.generate}} {
		b.Run(bb.name, func(b *testing.B) {
			paired.Bench(b, paired.Sides{Subject: bb.subject, Baseline: minimalLoad(b.Context(), dir), Rounds: 30})
			p.generated.report(b, 200)
		})
	}
}

// minimalLoad loads the package in dir n times.
func minimalLoad(ctx context.Context, dir string) func(n int) error {
	return func(n int) error {
		for range n {
			loaded, err := packages.Load(&packages.Config{
				Context: ctx,
				Dir:     dir,
				Mode:    packages.NeedName | packages.NeedFiles,
			}, ".")
			if err != nil {
				return err
			}
			if len(loaded) != 1 || len(loaded[0].Errors) > 0 {
				return errors.New("the package was not loaded")
			}
		}
		return nil
	}
}

// taggedStruct declares ten secrets a group, each tenth one a document.
func taggedStruct(groups int) string {
	types := []string{"string", "[]byte", "int", "bool", "time.Duration", "json.RawMessage", "string", "string", "string"}
	var source, documents strings.Builder
	source.WriteString("package bench\n\nimport (\n\t\"encoding/json\"\n\t\"time\"\n)\n\ntype secrets struct {\n")
	for group := range groups {
		fmt.Fprintf(&source, "\tService%d struct {\n", group)
		for member, typ := range types {
			source.WriteString("\t\t// Credential that one service needs of another.\n")
			fmt.Fprintf(&source, "\t\tKey%d %s `secret:\"openbao+kv2://secret/service/%d#key_%d\"`\n", member, typ, group, member)
		}
		fmt.Fprintf(&source, "\t\tLogin login%d `secret:\"openbao+kv2://secret/service/%d/login\"`\n\t}\n", group, group)
		fmt.Fprintf(&documents, "\ntype login%d struct {\n\tUsername string\n\tPassword string\n}\n", group)
	}
	return source.String() + "}\n" + documents.String()
}
