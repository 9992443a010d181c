package gotypes_test

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/secretsgen/secretsgen/gen/diag"
	"github.com/secretsgen/secretsgen/gen/gotypes"
	"github.com/secretsgen/secretsgen/gen/model"
)

// text and JSON methods in other packages.
const (
	byText = "package p\n\ntype Level int\n\nfunc (l *Level)" + text
	byJSON = "package p\n\ntype Level int\n\nfunc (l *Level)" + json
)

func TestTypesOfTheStandardLibrary(t *testing.T) {
	t.Parallel()
	env, loads := offline(t)
	cfg := gotypes.Config{Dir: tree(t, files{"config/secrets.yaml": "x"}), Env: env}
	reads, found := resolve(t, cfg, declared("config",
		"net/netip.AddrPort", "math/big.Int", "time.Month", "net/netip.AddrPrt", "net/netip.ParseAddr",
		"net/netip.uint128", "net/url.Values", "json net/url.Values", "io.Reader", "json io/fs.WalkDirFunc",
		"sync/atomic.Pointer", "log/slog.Level", "encoding/json.RawMessage", "net/internal/socktest.Switch",
		"vendor/golang.org/x/net/idna.Profile", "internal/abi.Type",
	))
	wantReads := []string{
		"AddrPort named by text", "Int named by text", "Month named", "AddrPrt named", "ParseAddr named",
		"uint128 named", "Values named", "Values json", "Reader named", "WalkDirFunc json",
		"Pointer named", "Level named by text", "RawMessage named by json", "Switch named",
		"Profile named", "Type named",
	}
	if diff := cmp.Diff(wantReads, reads); diff != "" {
		t.Errorf("types (-want +got):\n%s", diff)
	}
	at := func(line int) string { return fmt.Sprintf("config/secrets.yaml:%d:11: ", line) }
	const internal = " [UNKNOWN_GO_TYPE] (name a type that this package may import, or declare one in it)"
	want := []string{
		at(3) + "time.Month" + neither + `time.Month")`,
		at(4) + `package net/netip has no type AddrPrt [UNKNOWN_GO_TYPE] (did you mean "AddrPort"?)`,
		at(5) + "net/netip.ParseAddr is not a type [UNKNOWN_GO_TYPE] (name a type)",
		at(6) + "net/netip.uint128 is not exported by its package [UNKNOWN_GO_TYPE] (name a type that begins with an upper-case letter)",
		at(7) + "net/url.Values" + neither + `net/url.Values")`,
		at(9) + "io.Reader is an interface, of which no value can be made [NOT_DECODABLE] (name a type that implements it)",
		at(10) + "io/fs.WalkDirFunc is a function, which JSON can't be decoded into [NOT_DECODABLE] (name a type that package encoding/json can fill)",
		at(11) + "sync/atomic.Pointer has type parameters [NOT_DECODABLE] (declare an alias that gives it type arguments, and name that)",
		at(14) + "package net/internal/socktest is internal to net" + internal,
		at(15) + "package vendor/golang.org/x/net/idna is internal to others" + internal,
		at(16) + "package internal/abi is internal to others" + internal,
	}
	if diff := cmp.Diff(want, found); diff != "" {
		t.Errorf("findings (-want +got):\n%s", diff)
	}
	if got := loads(); got != 1 {
		t.Errorf("%d loads, want one for all", got)
	}
}

func TestTypesOfOtherPackages(t *testing.T) {
	t.Parallel()
	const at = "config/secrets.yaml:1:11: "
	for name, tt := range map[string]struct {
		files files
		typ   string
		reads string
		found []string
	}{
		"of the module": {files{"p/p.go": byText}, "example.com/m/p.Level", "Level named by text", nil},
		"by JSON":       {files{"p/p.go": byJSON}, "example.com/m/p.Level", "Level named by json", nil},
		"whose folder has another name": {
			files{"go-p/p.go": byText}, "example.com/m/go-p.Level", "Level named by text", nil,
		},
		"by a method promoted from a third": {
			files{"p/p.go": "package p\nimport \"example.com/m/q\"\ntype Outer struct{ q.Level }\n", "q/q.go": strings.Replace(byText, "package p", "package q", 1)},
			"example.com/m/p.Outer", "Outer named by text", nil,
		},
		"as an alias of an unexported type": {
			files{"p/p.go": "package p\ntype level int\nfunc (l *level)" + text + "type Level = level\n"}, "example.com/m/p.Level", "Level named by text", nil,
		},
		"of an internal package within reach": {
			files{"internal/p/p.go": byText}, "example.com/m/internal/p.Level", "Level named by text", nil,
		},
		"of an internal package out of reach": {
			files{"a/internal/p/p.go": byText},
			"example.com/m/a/internal/p.Level", "Level named",
			[]string{at + "package example.com/m/a/internal/p is internal to example.com/m/a [UNKNOWN_GO_TYPE] (name a type that this package may import, or declare one in it)"},
		},
		"of a command": {
			files{"p/p.go": strings.Replace(byText, "package p", "package main", 1)},
			"example.com/m/p.Level", "Level named",
			[]string{at + "package example.com/m/p is a command, which can't be imported [UNKNOWN_GO_TYPE] (move the type to a package of its own)"},
		},
		"of a package that is not there": {
			files{"p/p.go": byText},
			"example.com/m/canary.Level", "Level named",
			[]string{at + "package example.com/m/canary can't be loaded [UNKNOWN_GO_TYPE] (run \"go get example.com/m/canary\", or mend what \"go build example.com/m/canary\" says)"},
		},
		"of a module that is not required": {
			files{"p/p.go": byText},
			"example.org/x/y.Level", "Level named",
			[]string{at + "package example.org/x/y can't be loaded [UNKNOWN_GO_TYPE] (run \"go get example.org/x/y\", or mend what \"go build example.org/x/y\" says)"},
		},
		"of a folder without Go files for this platform": {
			files{"p/p.go": "//go:build never\n\n" + byText},
			"example.com/m/p.Level", "Level named",
			[]string{at + "package example.com/m/p can't be loaded [UNKNOWN_GO_TYPE] (run \"go get example.com/m/p\", or mend what \"go build example.com/m/p\" says)"},
		},
		"in a module whose go.mod does not parse": {
			files{"go.mod": "module example.com/m\n\ncanary\n", "p/p.go": byText},
			"example.com/m/p.Level", "Level named",
			[]string{at + "package example.com/m/p can't be loaded [UNKNOWN_GO_TYPE] (run \"go get example.com/m/p\", or mend what \"go build example.com/m/p\" says)"},
		},
		"of a package that does not compile, whole as it is": {
			files{"p/p.go": byText, "p/q.go": "package p\nvar s, err = Open()\n"}, "example.com/m/p.Level", "Level named by text", nil,
		},
		"of a package whose generated file does not parse": {
			files{"p/p.go": byText, "p/secrets_gen.go": "<<<<<<< ours\n"}, "example.com/m/p.Level", "Level named by text", nil,
		},
		"of a package that depends on one that does not compile": {
			files{"p/p.go": "package p\nimport _ \"example.com/m/q\"\n" + strings.TrimPrefix(byText, "package p"), "q/q.go": "package q\nvar s = Open()\n"},
			"example.com/m/p.Level", "Level named by text", nil,
		},
		"of a package that does not compile, without methods": {
			files{"p/p.go": "package p\ntype Level struct{ Gone }\n"},
			"example.com/m/p.Level", "Level named",
			[]string{at + "example.com/m/p.Level can't be known, since its package does not compile [UNKNOWN_GO_TYPE] (mend what \"go build example.com/m/p\" says)"},
		},
		"of a package that does not parse": {
			files{"p/p.go": "package p\nfunc {\n"},
			"example.com/m/p.Level", "Level named",
			[]string{at + "example.com/m/p.Level can't be known, since its package does not compile [UNKNOWN_GO_TYPE] (mend what \"go build example.com/m/p\" says)"},
		},
		"for JSON, of a package that does not compile": {
			files{"p/p.go": "package p\ntype Level = Gone\n"},
			"json example.com/m/p.Level", "Level json",
			[]string{at + "example.com/m/p.Level can't be known, since its package does not compile [UNKNOWN_GO_TYPE] (mend what \"go build example.com/m/p\" says)"},
		},
		"of a package that imports the declaring one": {
			files{"config/c.go": "package config\n", "p/p.go": "package p\nimport _ \"example.com/m/config\"\n" + strings.TrimPrefix(byText, "package p")},
			"example.com/m/p.Level", "Level named",
			[]string{at + "package example.com/m/p imports this one, or would by its own declarations, so that this one can't import it [UNKNOWN_GO_TYPE] " +
				"(move the type to a package that does not, or to this one)"},
		},
		"of a package that imports the declaring one through a third": {
			files{
				"config/c.go": "package config\n", "q/q.go": "package q\nimport _ \"example.com/m/config\"\n",
				"p/p.go": "package p\nimport _ \"example.com/m/q\"\n" + strings.TrimPrefix(byText, "package p"),
			},
			"example.com/m/p.Level", "Level named",
			[]string{at + "package example.com/m/p imports this one, or would by its own declarations, so that this one can't import it [UNKNOWN_GO_TYPE] " +
				"(move the type to a package that does not, or to this one)"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			env, loads := offline(t)
			reads, found := resolve(t, gotypes.Config{Dir: tree(t, tt.files), Env: env}, declared("config", tt.typ))
			if diff := cmp.Diff([]string{tt.reads}, reads); diff != "" {
				t.Errorf("types (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(tt.found, found); diff != "" {
				t.Errorf("findings (-want +got):\n%s", diff)
			}
			if loads() > 1 {
				t.Errorf("%d loads, want at most one", loads())
			}
		})
	}
}

func TestNoPathReachesTheGoCommandUnlessItIsPlain(t *testing.T) {
	t.Parallel()
	dir := tree(t, files{"main.go": "package m\n", "p/p.go": byText})
	for _, path := range []string{
		"C", "unsafe", "std", "all", "cmd", "cmd/go", "tool", "work", "./p", "../m/p", "/etc", "...", "example.com/...", "example.com/a...b",
		"-toolexec=canary", "example.com/m/p@latest", "example.com//p", "example.com/m/p/", "example.com/m/p ", "file=p/p.go", "main.go",
		"example.com/m/\u00fc", "example.com/\"\n", "example.com/con/x", "-", "a.", strings.Repeat("a/", 600) + "b",
	} {
		t.Run(path[:min(len(path), 20)], func(t *testing.T) {
			t.Parallel()
			env, loads := offline(t)
			_, found := resolve(t, gotypes.Config{Dir: dir, Env: env}, declared("config", path+".Level"))
			want := []string{"config/secrets.yaml:1:11: the import path of this Go type is none that generated code may import [UNKNOWN_GO_TYPE] " +
				"(write it as in an import declaration, then a dot and the type: net/netip.AddrPort)"}
			if diff := cmp.Diff(want, found); diff != "" {
				t.Errorf("findings (-want +got):\n%s", diff)
			}
			if loads() != 0 {
				t.Error("the go command saw the path")
			}
		})
	}
}

func TestDeclarationsThatWouldImportEachOtherAreACycle(t *testing.T) {
	t.Parallel()
	const stale = "package %s\nimport _ \"example.com/m/%s\"\n"
	for name, tt := range map[string]struct {
		files  files
		b      []string
		cycles int
	}{
		"when neither is generated yet": {files{}, []string{"example.com/m/a.Level"}, 2},
		"but not when one is left over in a generated file": {
			files{"b/secrets_gen.go": fmt.Sprintf(stale, "b", "a")}, []string{"Level"}, 0,
		},
		"nor when both are": {
			files{"b/secrets_gen.go": fmt.Sprintf(stale, "b", "a"), "a/secrets_gen.go": fmt.Sprintf(stale, "a", "b")}, []string{"Level"}, 0,
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			env, _ := offline(t)
			for _, pkg := range []string{"a", "b"} {
				tt.files[pkg+"/p.go"] = strings.Replace(byText, "package p", "package "+pkg, 1)
			}
			a, b := declared("a", "example.com/m/b.Level"), declared("b", tt.b...)
			_, found := resolve(t, gotypes.Config{Dir: tree(t, tt.files), Env: env}, a, b)
			if len(found) != tt.cycles || tt.cycles > 0 && !strings.Contains(found[0], "imports this one") {
				t.Errorf("findings are %q, want %d of a cycle", found, tt.cycles)
			}
		})
	}
}

func TestOneLoadAModule(t *testing.T) {
	t.Parallel()
	env, loads := offline(t)
	dir := tree(t, files{
		"p/p.go": byText, "q/q.go": byJSON,
		"config/c.go":  "package config\nimport \"net/netip\"\ntype Outer struct{ netip.Addr }\n",
		"other/go.mod": "module example.com/other\n\ngo 1.26\n", "other/p/p.go": byJSON,
	})
	reads, found := resolve(t, gotypes.Config{Dir: dir, Env: env},
		declared("config", "example.com/m/p.Level", "Outer", "example.com/m/p.Level"),
		declared("more/deep", "example.com/m/q.Level"),
		declared("other/config", "example.com/other/p.Level"),
		declared("yaml", "Level"),
	)
	want := []string{"Level named by text", "Outer named by text", "Level named by text", "Level named by json", "Level named by json", "Level named"}
	if diff := cmp.Diff(want, reads); diff != "" || len(found) != 1 {
		t.Errorf("findings %q, types (-want +got):\n%s", found, diff)
	}
	if got := loads(); got != 2 {
		t.Errorf("%d loads, want 2", got)
	}
}

func TestTypesAreFoundAsTheGoCommandFindsThem(t *testing.T) {
	t.Parallel()
	lib := files{"lib/go.mod": "module example.com/lib\n\ngo 1.26\n", "lib/p/p.go": byText}
	with := func(more files) files {
		all := files{}
		for _, f := range []files{lib, more} {
			for name, text := range f {
				all[name] = text
			}
		}
		return all
	}
	for name, tt := range map[string]struct {
		files files
		tags  []string
		env   []string
		want  string
	}{
		"not at all without a way": {with(nil), nil, nil, "Level named"},
		"in go.work":               {with(files{"go.work": "go 1.26\n\nuse (\n\t.\n\t./lib\n)\n"}), nil, nil, "Level named by text"},
		"in a go.work switched off": {
			with(files{"go.work": "go 1.26\n\nuse (\n\t.\n\t./lib\n)\n"}), nil, []string{"GOWORK=off"}, "Level named",
		},
		"by a replacement": {
			with(files{"go.mod": "module example.com/m\n\ngo 1.26\n\nrequire example.com/lib v1.0.0\n\nreplace example.com/lib => ./lib\n"}),
			nil, nil, "Level named by text",
		},
		"vendored": {
			files{
				"go.mod":                         "module example.com/m\n\ngo 1.26\n\nrequire example.com/lib v1.0.0\n",
				"vendor/modules.txt":             "# example.com/lib v1.0.0\n## explicit; go 1.26\nexample.com/lib/p\n",
				"vendor/example.com/lib/p/p.go":  byJSON,
				"vendor/example.com/lib/p/x.txt": "x",
			}, nil, nil, "Level named by json",
		},
		"by a build tag": {
			with(files{
				"go.work":    "go 1.26\n\nuse (\n\t.\n\t./lib\n)\n",
				"lib/p/p.go": "//go:build eu\n\n" + byText, "lib/p/q.go": "//go:build !eu\n\n" + byJSON,
			}), []string{"us", "eu"}, nil, "Level named by text",
		},
		"without the build tag": {
			with(files{
				"go.work":    "go 1.26\n\nuse (\n\t.\n\t./lib\n)\n",
				"lib/p/p.go": "//go:build eu\n\n" + byText, "lib/p/q.go": "//go:build !eu\n\n" + byJSON,
			}), nil, nil, "Level named by json",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			env, _ := offline(t, tt.env...)
			reads, found := resolve(t, gotypes.Config{Dir: tree(t, tt.files), Tags: tt.tags, Env: env}, declared("config", "example.com/lib/p.Level"))
			if diff := cmp.Diff([]string{tt.want}, reads); diff != "" {
				t.Errorf("findings %q, types (-want +got):\n%s", found, diff)
			}
			if (len(found) == 0) != strings.Contains(tt.want, " by ") {
				t.Errorf("findings are %q", found)
			}
		})
	}
}

func TestACycleAcrossTheModulesOfAWorkspace(t *testing.T) {
	t.Parallel()
	env, _ := offline(t)
	dir := tree(t, files{
		"go.work": "go 1.26\n\nuse (\n\t.\n\t./lib\n)\n", "config/c.go": "package config\n",
		"lib/go.mod": "module example.com/lib\n\ngo 1.26\n",
		"lib/p.go":   "package p\nimport _ \"example.com/m/config\"\n" + strings.TrimPrefix(byText, "package p"),
	})
	_, found := resolve(t, gotypes.Config{Dir: dir, Env: env}, declared("config", "example.com/lib.Level"))
	if len(found) != 1 || !strings.Contains(found[0], "package example.com/lib imports this one") {
		t.Errorf("findings are %q, want a cycle", found)
	}
}

func TestOutsideOfAModule(t *testing.T) {
	t.Parallel()
	env, loads := offline(t)
	dir := t.TempDir()
	write(t, dir, "config/c.go", level+"type Outer struct { Level }\n")
	reads, found := resolve(t, gotypes.Config{Dir: dir, Env: env}, declared("config", "Level", "Outer", "net/netip.AddrPort"))
	if diff := cmp.Diff([]string{"Level named by text", "Outer named by text", "AddrPort named"}, reads); diff != "" {
		t.Errorf("types (-want +got):\n%s", diff)
	}
	want := []string{"config/secrets.yaml:3:11: its folder is in no Go module, where types of other packages could be found [NO_MODULE] " +
		`(run "go mod init" where the module should begin)`}
	if diff := cmp.Diff(want, found); diff != "" || loads() != 0 {
		t.Errorf("%d loads, findings (-want +got):\n%s", loads(), diff)
	}
}

func TestPackagesAreBounded(t *testing.T) {
	t.Parallel()
	env, loads := offline(t)
	var types []string
	for i := range 1002 {
		types = append(types, fmt.Sprintf("example.com/p%d.T", i), "example.com/p0.U")
	}
	_, found := resolve(t, gotypes.Config{Dir: tree(t, files{}), Env: env}, declared("config", types...))
	want := []string{"config/secrets.yaml:2001:11: more than 1000 packages of Go types are named in one run [LIMIT] (gather the types in fewer packages)"}
	if diff := cmp.Diff(want, found); diff != "" || loads() != 0 {
		t.Errorf("%d loads, findings (-want +got):\n%s", loads(), diff)
	}
}

func TestAPackageInAFolderAboveTheWorkingFolder(t *testing.T) {
	t.Parallel()
	env, _ := offline(t)
	dir := tree(t, files{"p/p.go": byText, "cmd/x": "x", "config/c.go": level})
	for name, folder := range map[string]string{"relative": "../config", "absolute": filepath.ToSlash(filepath.Join(dir, "config"))} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			reads, found := resolve(t, gotypes.Config{Dir: filepath.Join(dir, "cmd"), Env: env}, declared(folder, "example.com/m/p.Level", "Level"))
			if diff := cmp.Diff([]string{"Level named by text", "Level named by text"}, reads); diff != "" || len(found) > 0 {
				t.Errorf("findings %q, types (-want +got):\n%s", found, diff)
			}
		})
	}
}

func TestTheGoCommandMustBeThere(t *testing.T) {
	dir := tree(t, files{"config/c.go": level})
	t.Setenv("PATH", t.TempDir())
	reads, found := resolve(t, gotypes.Config{Dir: dir}, declared("config", "Level", "net/netip.AddrPort"))
	want := []string{"config/secrets.yaml:2:11: the package of this Go type can't be loaded: the go command is not found [UNKNOWN_GO_TYPE] " +
		"(install Go, and put its command on PATH)"}
	if diff := cmp.Diff(want, found); diff != "" {
		t.Errorf("findings (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"Level named by text", "AddrPort named"}, reads); diff != "" {
		t.Errorf("types (-want +got):\n%s", diff)
	}
}

func TestResolveEndsWithItsContext(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	var diags diag.List
	packages := []*model.Package{declared("config", "net/netip.AddrPort")}
	if err := gotypes.Resolve(ctx, gotypes.Config{Dir: tree(t, files{})}, packages, &diags); !errors.Is(err, context.Canceled) {
		t.Errorf("error is %v, want %v", err, context.Canceled)
	}
	if !diags.Empty() {
		t.Errorf("an ended run reports %q", lines(&diags))
	}
}
