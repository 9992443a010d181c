package bench

import (
	"debug/buildinfo"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// BenchmarkBinary tells how large the programs below programs are, stripped, in
// bytes, and how many modules beside their own they link. "x-base" is a
// program's size over that of the smallest one that could do the same without
// secretsgen.
func BenchmarkBinary(b *testing.B) {
	sizes := map[string]float64{}
	for _, bb := range []struct{ name, base string }{
		{"empty", ""},
		{"nethttp", "empty"},
		{"vaultapi", "empty"},
		{"env", "nethttp"},
		{"kv2", "vaultapi"},
	} {
		b.Run(bb.name, func(b *testing.B) {
			path := filepath.Join(b.TempDir(), bb.name)
			for b.Loop() {
				build(b, ".", "./programs/"+bb.name, path)
			}
			info, err := os.Stat(path)
			if err != nil {
				b.Fatal(err)
			}
			linked, err := buildinfo.ReadFile(path)
			if err != nil {
				b.Fatal(err)
			}
			sizes[bb.name] = float64(info.Size())
			b.ReportMetric(0, "ns/op") // says how warm the build cache is
			b.ReportMetric(sizes[bb.name], "bytes")
			b.ReportMetric(float64(len(linked.Deps)), "modules")
			if base := sizes[bb.base]; base > 0 {
				b.ReportMetric(sizes[bb.name]/base, "x-base")
			}
		})
	}
}

// build builds a program of the module in dir.
func build(b *testing.B, dir, program, path string) {
	b.Helper()
	cmd := exec.CommandContext(b.Context(), "go", "build", "-trimpath", "-buildvcs=false", "-ldflags", "-s -w", "-o", path, program)
	cmd.Dir = dir
	cmd.Stderr = os.Stderr
	if err := cmd.Run(); err != nil {
		b.Fatalf("%s does not build: %v", program, err)
	}
}
