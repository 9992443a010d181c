package bench

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"testing"
	"time"

	"github.com/secretsgen/secretsgen/bench/internal/corpus"
	"github.com/secretsgen/secretsgen/bench/internal/cputime"
	"github.com/secretsgen/secretsgen/gen"
	"github.com/secretsgen/secretsgen/gen/diag"
)

// smallSize is what larger sizes are compared with: that of a large file which
// somebody has written by hand.
const smallSize = 32 << 10

// BenchmarkCost is what it costs to read and check a file, in nanoseconds of
// processor time and in allocated bytes for each of its own. "x-small" is the
// time for a byte over that for a byte of a file of 32 KiB, which is read beside
// it: about 1 where time is linear, 256 where it is quadratic and the file has 8
// MiB. Caches and the collector take it up to 2.
//
// Files that are refused are most of the corpus. "findings" tells whether what
// the shape is about was reached, or whether a limit came before that. What the
// go command takes, which lists the package of a Go file, is not counted.
func BenchmarkCost(b *testing.B) {
	for _, shape := range corpus.YAML() {
		cost(b, shape, "secrets.yaml")
	}
	for _, shape := range corpus.Tags() {
		cost(b, shape, "tags.go")
	}
}

func cost(b *testing.B, shape corpus.Shape, name string) {
	b.Helper()
	for _, size := range []int{1 << 10, smallSize, 1 << 20, corpus.MaxBytes} {
		size = min(size, cmp.Or(shape.Most, size))
		b.Run(fmt.Sprintf("%s/%dKiB", shape.Name, size>>10), func(b *testing.B) {
			large := newFile(b, name, shape.Make(size))
			var small *file
			if size > smallSize {
				small = newFile(b, name, shape.Make(smallSize))
			}
			m := perByte(b, large, small, (*file).load)
			b.ReportMetric(float64(len(large.found)), "findings")
			if shape.Outcome != corpus.Limited && slices.ContainsFunc(large.found, isLimit) {
				b.Fatal("a limit stops this shape, which is about something else")
			}
			m.report(b)
		})
		if size == shape.Most {
			break
		}
	}
}

func isLimit(d diag.Diagnostic) bool { return d.Code == diag.Limit }

// BenchmarkReport is what it costs to write down what was found, in the same
// terms: of many lines, of one long line, and such that show two places.
func BenchmarkReport(b *testing.B) {
	for _, shape := range corpus.YAML() {
		if !slices.Contains([]string{"wrong references", "wrong references on one line", "fields that are one in Go"}, shape.Name) {
			continue
		}
		for _, format := range diag.Formats() {
			b.Run(fmt.Sprintf("%s/%s/1024KiB", shape.Name, format), func(b *testing.B) {
				large, small := newFile(b, "secrets.yaml", shape.Make(1<<20)), newFile(b, "secrets.yaml", shape.Make(smallSize))
				for _, f := range []*file{large, small} {
					if err := f.load(b.Context()); err != nil {
						b.Fatal(err)
					}
				}
				m := perByte(b, large, small, func(f *file, _ context.Context) error { return f.write(format) })
				b.ReportMetric(float64(large.written)/float64(len(large.found)), "bytes/finding")
				b.ReportMetric(float64(len(large.found)), "findings")
				m.report(b)
			})
		}
	}
}

// file is one file of declarations in a module of its own.
type file struct {
	dir     string
	size    int
	content []byte
	found   []diag.Diagnostic
	written int // bytes, for all that was found
}

func newFile(b *testing.B, name string, content []byte) *file {
	b.Helper()
	dir := filepath.Join(b.TempDir(), "config")
	if err := os.Mkdir(dir, 0o700); err != nil {
		b.Fatal(err)
	}
	write(b, filepath.Join(dir, "go.mod"), "module bench.test\n\ngo 1.26.0\n")
	write(b, filepath.Join(dir, "secrets.yaml"), corpus.SecretsYAML)
	write(b, filepath.Join(dir, name), string(content))
	return &file{dir: dir, size: len(content), content: content}
}

// load reads and checks the file.
func (f *file) load(ctx context.Context) error {
	var diags diag.List
	if _, err := gen.Load(ctx, gen.Source{Dir: f.dir, Patterns: []string{"."}}, &diags); err != nil {
		return err
	}
	f.found = diags.Sorted()
	return nil
}

// write writes down what was found.
func (f *file) write(format diag.Format) error {
	var out bytes.Buffer
	err := format.Write(&out, f.found, func(string) ([]byte, error) { return f.content, nil })
	f.written = out.Len()
	return err
}

// measured is what an operation on a file takes for each of its bytes.
type measured struct {
	nanoseconds, allocated float64
	growth                 float64 // 0: not compared
}

// perByte measures an operation on large. Beside each it takes as many on small,
// if there is one, as read an eighth as much.
func perByte(b *testing.B, large, small *file, do func(*file, context.Context) error) measured {
	b.Helper()
	run := func(f *file, n int) time.Duration {
		start := cputime.Now()
		for range n {
			if err := do(f, b.Context()); err != nil {
				b.Fatal(err)
			}
		}
		return cputime.Now() - start
	}
	var spent, beside time.Duration
	var allocated uint64
	blocks, runs := 0, 0
	if small != nil {
		blocks = max(large.size/small.size/8, 1)
		run(small, 1)
	}
	for b.Loop() {
		b.StopTimer()
		if small != nil {
			beside += run(small, blocks)
		}
		runtime.GC()
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		b.StartTimer()
		spent += run(large, 1)
		b.StopTimer()
		runtime.ReadMemStats(&after)
		allocated += after.TotalAlloc - before.TotalAlloc
		runs++
		b.StartTimer()
	}
	m := measured{
		nanoseconds: float64(spent.Nanoseconds()) / float64(runs*large.size),
		allocated:   float64(allocated) / float64(runs*large.size),
	}
	if small != nil {
		m.growth = m.nanoseconds / (float64(beside.Nanoseconds()) / float64(runs*blocks*small.size))
	}
	return m
}

func (m measured) report(b *testing.B) {
	b.Helper()
	b.ReportMetric(m.nanoseconds, "cpu-ns/byte")
	b.ReportMetric(m.allocated, "B/byte")
	if m.growth > 0 {
		b.ReportMetric(m.growth, "x-small")
	}
}
