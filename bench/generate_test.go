package bench

import (
	"context"
	"errors"
	"fmt"
	"go/format"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/secretsgen/secretsgen/bench/internal/paired"
	"github.com/secretsgen/secretsgen/gen"
	"github.com/secretsgen/secretsgen/gen/diag"
)

// BenchmarkGenerate is what the verb generate does with a secrets.yaml whose
// output is in place, in process: read, check, emit, compare. Beside it, go/format
// formats that output, which is the least that any generator of it has to do.
// Bytes and lines for a declaration tell whether the output is bloated.
func BenchmarkGenerate(b *testing.B) {
	for _, bb := range []struct{ declarations, rounds int }{{100, 50}, {1_000, 20}, {10_000, 7}} {
		b.Run(fmt.Sprintf("declarations=%d", bb.declarations), func(b *testing.B) {
			p := newProject(b, bb.declarations)
			r := paired.Bench(b, paired.Sides{Subject: p.generate, Baseline: p.format, Rounds: bb.rounds})
			b.ReportMetric(r.Subject.Nanoseconds/float64(bb.declarations), "ns/declaration")
			p.generated.report(b, bb.declarations)
		})
	}
}

// BenchmarkGenerateGrowth is one run over 10,000 declarations beside ten runs
// over 1,000: the ratio is 1 where time grows as the input does.
func BenchmarkGenerateGrowth(b *testing.B) {
	small, large := newProject(b, 1_000), newProject(b, 10_000)
	paired.Bench(b, paired.Sides{
		Subject:  large.generate,
		Baseline: func(n int) error { return small.generate(10 * n) },
		Rounds:   5,
	})
}

// project is a module with one secrets.yaml and the output in its place.
type project struct {
	ctx       context.Context
	source    gen.Source
	generated generated
}

func newProject(b *testing.B, declarations int) *project {
	b.Helper()
	dir := b.TempDir()
	write(b, filepath.Join(dir, "go.mod"), "module bench.test\n\ngo 1.26.0\n")
	write(b, filepath.Join(dir, "secrets.yaml"), secretsYAML(declarations))
	return projectIn(b, gen.Source{Dir: dir, Patterns: []string{"."}})
}

// projectIn generates what a source gives.
func projectIn(b *testing.B, source gen.Source) *project {
	b.Helper()
	p := &project{ctx: b.Context(), source: source}
	all, err := p.outputs()
	if err != nil {
		b.Fatal(err)
	}
	var diags diag.List
	if err := gen.Write(b.Context(), all, &diags); err != nil || !diags.Empty() {
		b.Fatalf("the output can't be written: %v", err)
	}
	p.generated = generatedIn(b, source.Dir)
	return p
}

// generate runs the generator n times. It writes nothing.
func (p *project) generate(n int) error {
	for range n {
		if _, err := p.outputs(); err != nil {
			return err
		}
	}
	return nil
}

// format formats the output n times.
func (p *project) format(n int) error {
	for range n {
		for _, content := range p.generated.contents {
			if _, err := format.Source(content); err != nil {
				return err
			}
		}
	}
	return nil
}

// read reads and checks the declarations n times.
func (p *project) read(n int) error {
	for range n {
		if _, err := p.load(); err != nil {
			return err
		}
	}
	return nil
}

func (p *project) load() (*gen.Project, error) {
	var diags diag.List
	loaded, err := gen.Load(p.ctx, p.source, &diags)
	if err != nil {
		return nil, err
	}
	if !diags.Empty() {
		return nil, fmt.Errorf("the declarations are refused: %s", diags.Sorted()[0].Message)
	}
	return loaded, nil
}

func (p *project) outputs() ([]gen.Output, error) {
	loaded, err := p.load()
	if err != nil {
		return nil, err
	}
	var diags diag.List
	all := loaded.Outputs(&diags)
	if !diags.Empty() || len(all) == 0 {
		return nil, errors.New("the declarations give no output")
	}
	return all, nil
}

// secretsYAML declares so many secrets as a large estate would: groups of ten,
// each tenth secret a document with two fields.
func secretsYAML(declarations int) string {
	types := []string{"string", "bytes", "int", "bool", "duration", "json", "string", "string", "string"}
	var y strings.Builder
	y.WriteString("version: 1\npackage: bench\ntenant: {id: bench, mounts: [secret]}\nsecrets:\n")
	for i := range declarations {
		group, member := i/10, i%10
		if member == 0 {
			fmt.Fprintf(&y, "  service_%d:\n", group)
		}
		fmt.Fprintf(&y, "    key_%d:\n      uri: openbao+kv2://secret/service/%d", member, group)
		if member == 9 {
			y.WriteString("\n      fields: {username: string, password: string}\n")
		} else {
			fmt.Fprintf(&y, "#key_%d\n      type: %s\n", member, types[member])
		}
		y.WriteString("      description: Credential that one service needs of another.\n")
	}
	return y.String()
}

func write(b *testing.B, path, text string) {
	b.Helper()
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		b.Fatal(err)
	}
}
