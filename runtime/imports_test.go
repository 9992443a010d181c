package runtime_test

import (
	"encoding/json"
	"errors"
	"io"
	"os/exec"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const (
	module    = "github.com/secretsgen/secretsgen/"
	freshness = "runtime/internal/freshness" // knows headers of HTTP and nothing of ours: caller and pep share it
)

// packages maps every package that the named ones link to what it imports
// itself, with tests left out.
func packages(t *testing.T, patterns ...string) map[string][]string {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "go", append([]string{"list", "-deps", "-json=ImportPath,Imports"}, patterns...)...)
	cmd.Dir = ".."
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	all := map[string][]string{}
	for decoder := json.NewDecoder(out); ; {
		var p struct {
			ImportPath string
			Imports    []string
		}
		if err := decoder.Decode(&p); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			t.Fatal(err)
		}
		all[p.ImportPath] = p.Imports
	}
	if err := cmd.Wait(); err != nil {
		t.Fatal(err)
	}
	return all
}

// ours returns the project's own packages among the links of the given ones.
func ours(t *testing.T, patterns ...string) []string {
	t.Helper()
	var all []string
	for path := range packages(t, patterns...) {
		if rest, ok := strings.CutPrefix(path, module); ok {
			all = append(all, rest)
		}
	}
	slices.Sort(all)
	return all
}

// TestPlaintextKeepsToItsCorridor holds DESIGN section 1: what decides, names
// and records can't even name a type that holds a value.
func TestPlaintextKeepsToItsCorridor(t *testing.T) {
	t.Parallel()
	for _, room := range []string{"./runtime/uri", "./runtime/caller/...", "./runtime/pep/...", "./runtime/audit/...", "./runtime/settings", "./runtime/extension", "./runtime/observe"} {
		for _, linked := range ours(t, room) {
			if linked == "runtime" || strings.HasPrefix(linked, "runtime/providers") || strings.HasPrefix(linked, "runtime/decode") || linked == "runtime/constraint" || strings.HasPrefix(linked, "runtime/secretstest") || strings.HasPrefix(linked, "runtime/internal") && linked != freshness {
				t.Errorf("%s links %s", room, linked)
			}
		}
	}
}

// TestImportsPointOneWay holds the arrows of DESIGN section 1.
func TestImportsPointOneWay(t *testing.T) {
	t.Parallel()
	for room, allowed := range map[string][]string{
		"./runtime/uri":           {"runtime/uri"},
		"./runtime/constraint":    {"runtime/constraint"},
		"./runtime/extension":     {"runtime/extension"},
		"./runtime/internal/fake": {"runtime/internal/fake"},
		"./" + freshness:          {freshness},
		"./runtime/observe":       {"runtime/observe"},
		"./runtime/settings":      {"runtime/settings"},
		"./runtime/caller":        {"runtime/caller", "runtime/uri"},
		"./runtime/caller/...":    {"runtime/caller", "runtime/settings", "runtime/uri", freshness},
		"./runtime/audit/...":     {"runtime/audit", "runtime/settings"},
		"./runtime/providers":     {"runtime/providers", "runtime/observe", "runtime/settings", "runtime/uri"},
		"./runtime/decode":        {"runtime/decode", "runtime/constraint", "runtime/observe", "runtime/providers", "runtime/settings", "runtime/uri"},
		"./runtime/pep":           {"runtime/pep", "runtime/caller", "runtime/observe", "runtime/settings", "runtime/uri"},
		"./runtime/pep/...":       {"runtime/pep", "runtime/caller", "runtime/observe", "runtime/settings", "runtime/uri", freshness},
		"./gen/...":               {"gen", "runtime/uri", "runtime/constraint", "internal"},
		"./runtime/providers/...": {"runtime/providers", "runtime/observe", "runtime/settings", "runtime/uri", "internal"},
	} {
		for _, linked := range ours(t, room) {
			if !slices.ContainsFunc(allowed, func(a string) bool { return linked == a || strings.HasPrefix(linked, a+"/") }) {
				t.Errorf("%s links %s", room, linked)
			}
		}
	}
}

// TestTheCoreStaysLight holds that a program links no SDK it did not ask for.
func TestTheCoreStaysLight(t *testing.T) {
	t.Parallel()
	heavy := []string{"hashicorp/", "openbao/", "kafka", "redis", "valkey", "google.golang.org/grpc", "go-jose", "jwx", "opentelemetry", "dave/jennifer", "x/tools", "spf13/", "timberjack", "klauspost/"}
	for room, allowed := range map[string][]string{
		"./runtime":                nil,
		"./runtime/providers/env":  nil,
		"./runtime/providers/file": nil,
		"./runtime/providers/yaml": nil,
		"./runtime/caller":         nil,
		"./runtime/pep/...":        nil,
		"./runtime/caller/verify":  {"go-jose"},
		"./runtime/audit/rotate":   {"timberjack", "klauspost/"},
		// vault/api brings the JOSE package and HashiCorp's own helpers.
		"./runtime/providers/kv2": {"hashicorp/", "go-jose"},
	} {
		linked := packages(t, room)
		if len(linked) == 0 {
			t.Errorf("%s links nothing: the list is wrong", room)
		}
		for path := range linked {
			for _, part := range heavy {
				if strings.Contains(path, part) && !slices.Contains(allowed, part) {
					t.Errorf("%s links %s", room, path)
				}
			}
		}
	}
}

// TestOnlyTestsPassTheirOwnValues holds that nothing which a service links can
// read a secret past its store: the way that fakes take has one entrance.
func TestOnlyTestsPassTheirOwnValues(t *testing.T) {
	t.Parallel()
	var importers []string
	for path, imports := range packages(t, "./...") {
		if slices.Contains(imports, module+"runtime/internal/fake") {
			importers = append(importers, strings.TrimPrefix(path, module))
		}
	}
	slices.Sort(importers)
	if diff := cmp.Diff([]string{"runtime", "runtime/secretstest"}, importers); diff != "" {
		t.Errorf("importers of runtime/internal/fake (-want +got):\n%s", diff)
	}
	for room := range packages(t, "./runtime", "./runtime/providers/...") {
		if strings.HasPrefix(room, module+"runtime/secretstest") {
			t.Errorf("a service links %s", room)
		}
	}
}

// TestFakesLinkNoTesting holds that who builds a client of fakes, and need not be
// a test, doesn't get the flags of package testing.
func TestFakesLinkNoTesting(t *testing.T) {
	t.Parallel()
	linked := packages(t, "./runtime/secretstest")
	if _, ok := linked[module+"runtime/secretstest"]; !ok {
		t.Error("the list is wrong")
	}
	if _, ok := linked["testing"]; ok {
		t.Error("runtime/secretstest links testing")
	}
}

// TestTheCommandLinksNoClient holds that the generator can't read a secret.
func TestTheCommandLinksNoClient(t *testing.T) {
	t.Parallel()
	for _, linked := range ours(t, "./cmd/secretsgen", "./gen/...") {
		if strings.HasPrefix(linked, "runtime") && linked != "runtime/uri" && linked != "runtime/constraint" {
			t.Errorf("the generator links %s", linked)
		}
	}
}
