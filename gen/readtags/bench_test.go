package readtags_test

import (
	"fmt"
	"strings"
	"testing"

	"golang.org/x/tools/go/packages"

	"github.com/secretsgen/secretsgen/gen/diag"
	"github.com/secretsgen/secretsgen/gen/readtags"
)

// structOf is a package with a tagged struct of n secrets.
func structOf(n int) string {
	var b strings.Builder
	b.WriteString("package config\n\nimport \"time\"\n\ntype secrets struct {\n\tWait time.Duration `secret:\"file://m/wait\"`\n")
	for i := range n {
		fmt.Fprintf(&b, "\t// Token %d.\n\tToken%d string `secret:\"openbao+kv2://secret/myapp/api#token%d?version=3\"`\n", i, i, i)
	}
	b.WriteString("}\n")
	return b.String()
}

// BenchmarkRead compares Read with what any tool on syntax needs at the least, a
// packages.Load of the same package (the target is a ratio of 1.25), and with a
// Load that lists the files and parses none.
func BenchmarkRead(b *testing.B) {
	for _, n := range []int{10, 1_000, 10_000} {
		dir := module(b, map[string]string{"config.go": structOf(n)})
		b.Run(fmt.Sprintf("secrets=%d/read", n), func(b *testing.B) {
			for b.Loop() {
				var diags diag.List
				read, err := readtags.Read(b.Context(), readtags.Config{Dir: dir, Patterns: []string{"."}}, &diags)
				if err != nil || !diags.Empty() || len(read) != 1 || len(read[0].Secrets) != n+1 {
					b.Fatalf("read %d packages, findings %v, error %v", len(read), diags.Sorted(), err)
				}
			}
		})
		modes := map[string]packages.LoadMode{
			"list":   packages.NeedName | packages.NeedFiles,
			"syntax": packages.NeedName | packages.NeedFiles | packages.NeedCompiledGoFiles | packages.NeedSyntax,
		}
		for name, mode := range modes {
			b.Run(fmt.Sprintf("secrets=%d/load-%s", n, name), func(b *testing.B) {
				for b.Loop() {
					loaded, err := packages.Load(&packages.Config{Context: b.Context(), Dir: dir, Mode: mode}, ".")
					if err != nil || len(loaded) != 1 || len(loaded[0].Errors) > 0 {
						b.Fatalf("loaded %d packages, error %v", len(loaded), err)
					}
				}
			})
		}
	}
}
