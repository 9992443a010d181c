package yamltree_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/secretsgen/secretsgen/internal/yamltree"
)

// corpus has inputs that grow to a given size: what services write, and what
// would make a careless reader slow. The names say whether Parse accepts them.
var corpus = map[string]func(size int) string{
	"accepted/declarations": func(size int) string {
		var b strings.Builder
		for i := 0; b.Len() < size-40; i++ {
			fmt.Fprintf(&b, "s%06d: {uri: \"env://secret/S\"}\n", i)
		}
		return b.String()
	},
	"accepted/wide letters on a line": func(size int) string {
		return "[" + strings.Repeat("'äöüäöüäöüäöü',", size/28) + "]"
	},
	"accepted/comments":    func(size int) string { return strings.Repeat("# comment\n", size/10) },
	"accepted/blank lines": func(size int) string { return strings.Repeat("\n", size) },
	"accepted/a long text": func(size int) string { return "a: |\n" + strings.Repeat("  text\n", (size-5)/7) },
	"refused/brackets":     func(size int) string { return strings.Repeat("[", size) },
	"refused/items":        func(size int) string { return strings.Repeat("- ", size/2) },
	"refused/equal keys":   func(size int) string { return strings.Repeat("key: value\n", size/11) },
	"refused/anchors":      func(size int) string { return strings.Repeat("- &a b\n", size/7) },
	"refused/directives": func(size int) string {
		var b strings.Builder
		for i := 0; b.Len() < size-20; i++ {
			fmt.Fprintf(&b, "%%TAG !%06d! tag:\n", i)
		}
		return b.String()
	},
	"refused/an open quote": func(size int) string { return `a: "` + strings.Repeat("text ", (size-4)/5) },
	"refused/an open list":  func(size int) string { return "[" + strings.Repeat("'text', ", (size-1)/8) },
}

func TestCorpusIsAcceptedAndRefusedAsItSays(t *testing.T) {
	t.Parallel()
	for name, build := range corpus {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, problems := yamltree.Parse([]byte(build(1 << 12)))
			if accepted := strings.HasPrefix(name, "accepted/"); accepted != (len(problems) == 0) {
				t.Errorf("accepted: %v, want %v", !accepted, accepted)
			}
		})
	}
}

// The time and memory for a byte stay the same as inputs grow.
func BenchmarkParse(b *testing.B) {
	for name, build := range corpus {
		for _, size := range []int{1 << 10, 1 << 15, 1 << 20, yamltree.MaxBytes} {
			b.Run(fmt.Sprintf("%s/%dKiB", name, size>>10), func(b *testing.B) {
				input := []byte(build(size))
				b.SetBytes(int64(len(input)))
				b.ReportAllocs()
				for b.Loop() {
					yamltree.Parse(input)
				}
			})
		}
	}
}
