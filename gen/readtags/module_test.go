package readtags_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/secretsgen/secretsgen/gen/diag"
	"github.com/secretsgen/secretsgen/gen/readtags"
)

// offline is an environment of the go command that no network helps.
func offline(more ...string) []string {
	return append(append(os.Environ(), "GOPROXY=off", "GOFLAGS=", "GOWORK="), more...)
}

// declaring is a package by its name and its one secret.
func declaring(pkg, secret string) string {
	return strings.NewReplacer("config", pkg, "Token", secret).Replace(declaration)
}

func TestFoldersOfSeveralModules(t *testing.T) {
	t.Parallel()
	files := map[string]string{
		"go.mod":            "module example.com/m\n\ngo 1.26\n",
		"config/c.go":       declaring("config", "M"),
		"a/go.mod":          "module example.com/a\n\ngo 1.26\n",
		"a/a.go":            declaring("a", "A"),
		"a/inner/i.go":      declaring("inner", "Inner"),
		"b/go.mod":          "module example.com/b\n\ngo 1.26\n\nrequire example.com/a v0.0.0\n",
		"b/sub/b.go":        strings.Replace(declaring("sub", "B"), "\n\n", "\n\nimport \"example.com/a\"\n\nvar _ = a.Secrets{}\n\n", 1),
		"outside/go.mod":    "module example.com/outside\n\ngo 1.26\n",
		"outside/o.go":      declaring("outside", "O"),
		"a/inner/not_go.md": "",
	}
	dir := module(t, files)
	work := module(t, files)
	write(t, work, "go.work", "go 1.26\n\nuse (\n\t.\n\t./a\n\t./b\n)\n")
	tests := []struct {
		name     string
		dir      string
		patterns []string
		env      []string
		want     []string
	}{
		{"without a go.work", dir, []string{"./config", "./a", "./b/sub", "./a/inner"}, nil, []string{"a: A", "a/inner: Inner", "b/sub: B", "config: M"}},
		{"with a go.work", work, []string{"./config", "./a", "./b/sub", "./a/inner"}, nil, []string{"a: A", "a/inner: Inner", "b/sub: B", "config: M"}},
		{"everything below, a module each", dir, []string{"./...", "./a/...", "./b/..."}, nil, []string{"a: A", "a/inner: Inner", "b/sub: B", "config: M"}},
		{"a file of another module", dir, []string{"b/sub/b.go"}, nil, []string{"b/sub: B"}},
		{"an absolute folder, and an import path of the module", dir, []string{filepath.Join(dir, "a"), "example.com/m/config", "./config"}, nil, []string{"a: A", "config: M"}},
		{"a folder above, from within another module", filepath.Join(dir, "a", "inner"), []string{"../../b/sub", ".", ".."}, nil, []string{".: Inner", "..: A", "../../b/sub: B"}},
		{"a module that the go.work leaves out, without it", work, []string{"./outside", "./a"}, []string{"GOWORK=off"}, []string{"a: A", "outside: O"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			packages, found := read(t, readtags.Config{Dir: test.dir, Patterns: test.patterns, Env: offline(test.env...)})
			if diff := cmp.Diff(test.want, summary(packages)); diff != "" || len(found) > 0 {
				t.Errorf("findings %+v, packages (-want +got):\n%s", found, diff)
			}
		})
	}

	t.Run("a module that the go.work leaves out", func(t *testing.T) {
		t.Parallel()
		packages, found := read(t, readtags.Config{Dir: work, Patterns: []string{"./outside", "./a"}, Env: offline()})
		want := []diag.Diagnostic{{
			Pos:     diag.Pos{File: "./outside"},
			Code:    diag.Unreadable,
			Message: "the module of this folder is not listed in the go.work above it",
			Hint:    `run "go work use ." in the module, or set GOWORK=off`,
		}}
		if diff := cmp.Diff(want, found); diff != "" {
			t.Errorf("findings (-want +got):\n%s", diff)
		}
		if diff := cmp.Diff([]string{"a: A"}, summary(packages)); diff != "" {
			t.Errorf("packages (-want +got):\n%s", diff)
		}
	})

	t.Run("a go.mod of another module that does not parse", func(t *testing.T) {
		t.Parallel()
		broken := module(t, files)
		write(t, broken, "a/go.mod", "module example.com/a\n\ngarbage\n")
		packages, found := read(t, readtags.Config{Dir: filepath.Join(broken, "config"), Patterns: []string{"../a", "."}, Env: offline()})
		if diff := cmp.Diff([]string{".: M"}, summary(packages)); diff != "" {
			t.Errorf("packages (-want +got):\n%s", diff)
		}
		if len(found) != 1 || found[0].Pos != (diag.Pos{File: "../a/go.mod", Line: 3, Col: 1}) || found[0].Code != diag.Unreadable {
			t.Errorf("findings are %+v, want that of ../a/go.mod:3:1", found)
		}
	})
}

func TestVendoredModules(t *testing.T) {
	t.Parallel()
	vendored := map[string]string{
		"config/c.go":                   strings.Replace(declaring("config", "V"), "Token string", "Token dep.Level", 1),
		"go.mod":                        "module example.com/m\n\ngo 1.26\n\nrequire example.com/dep v1.2.3\n",
		"vendor/example.com/dep/dep.go": "package dep\n\ntype Level int\n",
		"vendor/modules.txt":            "# example.com/dep v1.2.3\n## explicit; go 1.26\nexample.com/dep\n",
	}
	vendored["config/c.go"] = "package config\n\nimport \"example.com/dep\"\n\ntype secrets struct {\n\tV dep.Level `secret:\"file://m/v\"`\n}\n"
	dir := module(t, vendored)
	workspace := module(t, map[string]string{
		"go.mod":                        vendored["go.mod"],
		"config/c.go":                   vendored["config/c.go"],
		"go.work":                       "go 1.26\n\nuse (\n\t.\n\t./a\n)\n",
		"a/go.mod":                      "module example.com/a\n\ngo 1.26\n",
		"a/a.go":                        declaring("a", "A"),
		"vendor/example.com/dep/dep.go": "package dep\n\ntype Level int\n",
		"vendor/modules.txt":            "## workspace\n# example.com/dep v1.2.3\n## explicit; go 1.26\nexample.com/dep\n",
	})
	tests := []struct {
		name string
		cfg  readtags.Config
		want []string
	}{
		{"by itself", readtags.Config{Dir: dir, Env: offline()}, []string{"config: V"}},
		{"by a flag", readtags.Config{Dir: dir, Env: offline("GOFLAGS=-mod=vendor")}, []string{"config: V"}},
		{"not even by what is vendored", readtags.Config{Dir: dir, Patterns: []string{"./config"}, Env: offline("GOFLAGS=-mod=readonly")}, []string{"config: V"}},
		{"a workspace", readtags.Config{Dir: workspace, Patterns: []string{"./config", "./a"}, Env: offline("GOFLAGS=-mod=vendor")}, []string{"a: A", "config: V"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			packages, found := read(t, test.cfg)
			if diff := cmp.Diff(test.want, summary(packages)); diff != "" || len(found) > 0 {
				t.Errorf("findings %+v, packages (-want +got):\n%s", found, diff)
			}
		})
	}

	t.Run("a vendor folder that go.mod has left behind", func(t *testing.T) {
		t.Parallel()
		stale := module(t, vendored)
		write(t, stale, "vendor/modules.txt", "")
		_, found := read(t, readtags.Config{Dir: stale, Env: offline()})
		want := []diag.Diagnostic{{
			Pos:     diag.Pos{File: "go.mod"},
			Code:    diag.Unreadable,
			Message: "the vendor folder is not what go.mod requires",
			Hint:    `run "go mod vendor", or "go work vendor" where a go.work is`,
		}}
		if diff := cmp.Diff(want, found); diff != "" {
			t.Errorf("findings (-want +got):\n%s", diff)
		}
	})
}

// TestOneModuleIsListedOnce counts the runs of a go command that notes them.
func TestOneModuleIsListedOnce(t *testing.T) {
	command, err := exec.LookPath("go")
	if err != nil {
		t.Fatal(err)
	}
	bin := t.TempDir()
	notes := filepath.Join(bin, "notes")
	script := "#!/bin/sh\ncase \"$*\" in *-json*) echo run >> '" + notes + "' ;; esac\nexec '" + command + "' \"$@\"\n"
	if err := os.WriteFile(filepath.Join(bin, "go"), []byte(script), 0o755); err != nil {
		t.Fatal(err)
	}
	t.Setenv("PATH", bin+string(os.PathListSeparator)+os.Getenv("PATH"))
	dir := module(t, map[string]string{
		"a/a.go": declaring("a", "A"), "b/b.go": declaring("b", "B"), "b/c/c.go": declaring("c", "C"),
		"d/go.mod": "module example.com/d\n\ngo 1.26\n", "d/d.go": declaring("d", "D"),
	})
	for _, test := range []struct {
		patterns []string
		want     int
	}{
		{[]string{"./a", "./b", "./b/c", filepath.Join(dir, "a"), "example.com/m/b"}, 1},
		{[]string{"./a", "./d", "./b"}, 2},
	} {
		_ = os.Remove(notes)
		_, found := read(t, readtags.Config{Dir: dir, Patterns: test.patterns, Env: append(os.Environ(), "GOPROXY=off")})
		text, err := os.ReadFile(notes)
		if err != nil || len(found) > 0 {
			t.Fatalf("findings %+v, notes: %v", found, err)
		}
		if got := strings.Count(string(text), "run"); got != test.want {
			t.Errorf("%v: the go command ran %d times, want %d", test.patterns, got, test.want)
		}
	}
}
