package check

import (
	"fmt"
	"strings"
	"testing"

	"github.com/secretsgen/secretsgen/gen/diag"
	"github.com/secretsgen/secretsgen/gen/model"
	"github.com/secretsgen/secretsgen/gen/readyaml"
)

// corpus has declarations for an index. The names say whether they are accepted.
var corpus = map[string]func(i int) string{
	"accepted/secrets":   func(i int) string { return fmt.Sprintf("  s%d: {uri: \"env://m/V%d\"}\n", i, i) },
	"accepted/documents": func(i int) string { return fmt.Sprintf("  d%d: {uri: \"file://m/d\", fields: {a: int}}\n", i) },
	"accepted/groups":    func(i int) string { return fmt.Sprintf("  g%d: {a: {b: {uri: \"env://m/V\"}}}\n", i) },
	"refused/references": func(i int) string { return fmt.Sprintf("  s%d: {uri: \"env://other/V W\"}\n", i) },
	"refused/keys":       func(i int) string { return fmt.Sprintf("  s%d: {uri: \"env://m/V\", k%d: v}\n", i, i) },
	"refused/names":      func(i int) string { return fmt.Sprintf("  s!%d: {uri: \"env://m/V\"}\n", i) },
	"refused/equal names": func(i int) string {
		return fmt.Sprintf("  a%s: {uri: \"env://m/V\"}\n", strings.Repeat("-", i%20)+strings.Repeat("_", i/20%40))
	},
	"refused/equal types": func(i int) string {
		return fmt.Sprintf("  a%d: {b: {c: {uri: \"env://m/V\"}}}\n  a%d_b: {c: {uri: \"env://m/V\"}}\n", i, i)
	},
}

// build makes a file of about a size, most of it descriptions where it would
// have too many nodes.
func build(declaration func(i int) string, size int) []byte {
	var b strings.Builder
	b.WriteString("version: 1\ntenant: {id: dev, mounts: [m]}\nsecrets:\n")
	for i := 0; b.Len() < size-200; i++ {
		b.WriteString(declaration(i))
		b.WriteString("  # " + strings.Repeat("comment ", 8) + "\n")
	}
	return []byte(b.String())
}

func judged(data []byte) *diag.List {
	p := &model.Package{Name: "config"}
	var diags diag.List
	readyaml.Read(p, []readyaml.File{{Name: "a.yaml", Base: "a.yaml", Data: data}}, &diags)
	Check(p, &diags)
	return &diags
}

func TestCorpusIsAcceptedAndRefusedAsItSays(t *testing.T) {
	t.Parallel()
	for name, declaration := range corpus {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			found := judged(build(declaration, 1<<12)).Sorted()
			if accepted := strings.HasPrefix(name, "accepted/"); accepted != (len(found) == 0) {
				t.Errorf("accepted: %v, want %v; found %v", !accepted, accepted, found)
			}
		})
	}
}

// The time and memory for a byte stay the same as files grow.
func BenchmarkReadAndCheck(b *testing.B) {
	for name, declaration := range corpus {
		for _, size := range []int{1 << 10, 1 << 15, 1 << 20, 8 << 20} {
			b.Run(fmt.Sprintf("%s/%dKiB", name, size>>10), func(b *testing.B) {
				data := build(declaration, size)
				b.SetBytes(int64(len(data)))
				b.ReportAllocs()
				for b.Loop() {
					judged(data)
				}
			})
		}
	}
}
