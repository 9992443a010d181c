package bench

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/secretsgen/secretsgen/bench/internal/paired"
)

// BenchmarkCommand is the command as whole processes, beside gofmt -l on
// everything that it generated, and beside itself. The targets are those of the
// issue on the compiler:
//
//	generate    nothing is generated yet: a ratio of 4, and peak-MB of 400
//	unchanged   generate where everything is in its place: none
//	check       beside generate where everything is in its place: a ratio of 1
//	growth      generate of 20,000 declarations beside 10,000: a ratio of 2.2
//
// "cpu-ratio" compares the processor time of the two instead, of all rounds
// together, which other programs on the machine change less. Peaks are the
// highest of all rounds. Allocations are those of the benchmark, and say nothing.
func BenchmarkCommand(b *testing.B) {
	tools := newTools(b)
	small, large := newTree(b, tools, 10_000), newTree(b, tools, 20_000)
	for _, t := range []*tree{small, large} {
		b.Run(fmt.Sprintf("generate/declarations=%d", t.declarations), func(b *testing.B) {
			compare(b, t.fresh(), t.gofmt())
			t.generated.report(b, t.declarations)
		})
	}
	b.Run("unchanged/declarations=10000", func(b *testing.B) { compare(b, small.run("generate"), small.gofmt()) })
	b.Run("check/declarations=10000", func(b *testing.B) { compare(b, small.run("check"), small.run("generate")) })
	b.Run("growth/declarations=20000", func(b *testing.B) { compare(b, large.fresh(), small.fresh()) })
}

// compare takes few rounds, as each is seconds long; -benchtime asks for more.
func compare(b *testing.B, subject, baseline *process) {
	b.Helper()
	paired.Bench(b, paired.Sides{Subject: subject.runs, Baseline: baseline.runs, Rounds: 3})
	b.ReportMetric(subject.peak/1e6, "peak-MB")
	b.ReportMetric(baseline.peak/1e6, "base-peak-MB")
	b.ReportMetric(subject.cpu/baseline.cpu, "cpu-ratio") // both ran as often
}

// tools are the programs that are run.
type tools struct {
	secretsgen string // built as users build it
	gofmt      string // that of the Go distribution
	peak       string
}

func newTools(b *testing.B) tools {
	b.Helper()
	dir := b.TempDir()
	root, err := exec.CommandContext(b.Context(), "go", "env", "GOROOT").Output()
	if err != nil {
		b.Fatalf("the Go distribution can't be found: %v", err)
	}
	t := tools{
		secretsgen: filepath.Join(dir, "secretsgen"),
		gofmt:      filepath.Join(strings.TrimSpace(string(root)), "bin", "gofmt"),
		peak:       filepath.Join(dir, "peak"),
	}
	build(b, "..", "./cmd/secretsgen", t.secretsgen)
	build(b, ".", "./programs/peak", t.peak)
	return t
}

// tree is a module with one secrets.yaml and everything that is generated from
// it.
type tree struct {
	tools

	b            *testing.B
	dir          string
	declarations int
	generated    generated
}

func newTree(b *testing.B, tools tools, declarations int) *tree {
	b.Helper()
	t := &tree{tools: tools, b: b, dir: b.TempDir(), declarations: declarations}
	write(b, filepath.Join(t.dir, "go.mod"), "module bench.test\n\ngo 1.26.0\n")
	write(b, filepath.Join(t.dir, "secrets.yaml"), secretsYAML(declarations))
	if err := t.run("generate").runs(1); err != nil {
		b.Fatal(err)
	}
	t.generated = generatedIn(b, t.dir)
	return t
}

// run is the command with a verb.
func (t *tree) run(verb string) *process {
	return &process{tree: t, program: t.secretsgen, args: []string{verb}}
}

// fresh is the verb generate where nothing is generated yet.
func (t *tree) fresh() *process {
	p := t.run("generate")
	p.prepare = func() error {
		var errs []error
		for _, path := range t.generated.paths {
			errs = append(errs, os.Remove(filepath.Join(t.dir, path)))
		}
		return errors.Join(errs...)
	}
	return p
}

// gofmt is gofmt -l on everything that was generated.
func (t *tree) gofmt() *process {
	return &process{tree: t, program: t.tools.gofmt, args: append([]string{"-l"}, t.generated.paths...)}
}

// process is a program that is run in a tree, and what that takes.
type process struct {
	tree    *tree
	program string
	args    []string
	prepare func() error // before each run, if anything

	peak float64 // the most memory that any run held at a time, in bytes
	cpu  float64 // nanoseconds of processor time, of all runs
}

// runs runs the program n times.
func (p *process) runs(n int) error {
	for range n {
		if p.prepare != nil {
			if err := p.prepare(); err != nil {
				return err
			}
		}
		cmd := exec.CommandContext(p.tree.b.Context(), p.tree.peak, append([]string{p.program}, p.args...)...)
		cmd.Dir = p.tree.dir
		cmd.Stderr = os.Stderr
		printed, err := cmd.Output()
		if err != nil {
			return fmt.Errorf("%s %s: %w", filepath.Base(p.program), p.args[0], err)
		}
		var peak, cpu float64
		if _, err := fmt.Sscan(string(printed), &peak, &cpu); err != nil {
			return err
		}
		p.peak = max(p.peak, peak)
		p.cpu += cpu
	}
	return nil
}
