package readtags_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/secretsgen/secretsgen/gen/diag"
	"github.com/secretsgen/secretsgen/gen/model"
	"github.com/secretsgen/secretsgen/gen/readtags"
	"github.com/secretsgen/secretsgen/runtime/uri"
)

// declaration is the declaration of one secret, for a package config.
const declaration = "package config\n\ntype secrets struct {\n\tToken string `secret:\"file://m/token\"`\n}\n"

// module writes a module to a folder of the test's own and returns the folder.
func module(t testing.TB, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	if _, ok := files["go.mod"]; !ok {
		write(t, dir, "go.mod", "module example.com/m\n\ngo 1.26\n")
	}
	for name, text := range files {
		write(t, dir, name, text)
	}
	return dir
}

func write(t testing.TB, dir, name, text string) {
	t.Helper()
	path := filepath.Join(dir, filepath.FromSlash(name))
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

func read(t *testing.T, cfg readtags.Config) ([]*model.Package, []diag.Diagnostic) {
	t.Helper()
	var diags diag.List
	packages, err := readtags.Read(t.Context(), cfg, &diags)
	if err != nil {
		t.Fatal(err)
	}
	return packages, diags.Sorted()
}

// summary shows packages as "folder: name, path of each secret".
func summary(packages []*model.Package) []string {
	var shown []string
	for _, p := range packages {
		line := p.Dir + ":"
		for _, s := range p.Secrets {
			line += " " + s.Path[len(s.Path)-1].Text
		}
		shown = append(shown, line)
	}
	return shown
}

func TestReadFillsTheModel(t *testing.T) {
	t.Parallel()
	dir := module(t, map[string]string{
		"config/config.go": `package config

import (
	stdjson "encoding/json"
	"time"
)

type secrets struct {
	API struct {
		// Bearer token
		// of the payments API.
		Token string ` + "`json:\"-\" secret:\"openbao+kv2://secret/myapp/api#token?version=3\"`" + ` // not this
	}
	DB  DBLogin "secret:\"openbao+kv2://secret/myapp/db\""
	Key []byte  ` + "`secret:\"file://m/key\" secretopt:\"encoding=base64\"`" + ` // TLS key.

	A, B (int) ` + "`secret:\"file://m/n\"`" + `
	On   bool ` + "`secret:\"env://m/O\\x4e\"`" + `
	Wait time.Duration ` + "`secret:\"file://m/wait\"`" + `
	Doc  stdjson.RawMessage ` + "`secret:\"file://m/doc\"`" + `
	TLS  struct {
		Cert []byte ` + "`secret:\"#tls.crt\" secretopt:\"encoding=hex\"`" + ` // Chain.
	} ` + "`secret:\"file://m/tls\"`" + `
}
`,
		"config/login.go": "package config\n\ntype DBLogin struct {\n\tUser, Password string\n}\n" +
			"\nvar a, b = 1, 2\n\nconst c = 3\n\nfunc Helper() {}\n\nfunc (DBLogin) Method() {}\n\nfunc init() {}\n\nvar _ = 4\n",
	})
	packages, found := read(t, readtags.Config{Dir: dir})
	if len(found) > 0 {
		t.Fatalf("findings: %+v", found)
	}

	pos := func(line, col int) diag.Pos {
		return diag.Pos{File: "config/config.go", Line: line, Col: col}
	}
	name := func(text string, line, col int) model.Name { return model.Name{Text: text, Pos: pos(line, col)} }
	login := func(text string, col int) model.Field {
		at := diag.Pos{File: "config/login.go", Line: 4, Col: col}
		return model.Field{
			Name: model.Name{Text: text, Pos: at},
			Type: model.Type{Kind: model.String, Pos: diag.Pos{File: "config/login.go", Line: 4, Col: 17}},
			Pos:  at,
		}
	}
	want := []*model.Package{{
		Dir:        "config",
		Name:       "config",
		ImportPath: "example.com/m/config",
		Sources:    []string{"config.go", "login.go"},
		Declared: []model.Identifier{
			{Name: "secrets", Pos: pos(8, 6)},
			{Name: "DBLogin", Pos: diag.Pos{File: "config/login.go", Line: 3, Col: 6}},
			{Name: "a", Pos: diag.Pos{File: "config/login.go", Line: 7, Col: 5}},
			{Name: "b", Pos: diag.Pos{File: "config/login.go", Line: 7, Col: 8}},
			{Name: "c", Pos: diag.Pos{File: "config/login.go", Line: 9, Col: 7}},
			{Name: "Helper", Pos: diag.Pos{File: "config/login.go", Line: 11, Col: 6}},
		},
		Secrets: []*model.Secret{
			{
				Path:        []model.Name{name("API", 9, 2), name("Token", 12, 3)},
				Pos:         pos(12, 3),
				Ref:         model.Reference{Text: "openbao+kv2://secret/myapp/api#token?version=3", Pos: pos(12, 34), Exact: true},
				Type:        model.Type{Kind: model.String, Pos: pos(12, 9)},
				Description: "Bearer token of the payments API.",
			},
			{
				Path:   []model.Name{name("DB", 14, 2)},
				Pos:    pos(14, 2),
				Ref:    model.Reference{Text: "openbao+kv2://secret/myapp/db", Pos: pos(14, 24), Exact: true},
				Type:   model.Type{Kind: model.Document, Pos: pos(14, 6), Go: &model.GoType{Name: "DBLogin", Pos: pos(14, 6)}},
				Fields: []model.Field{login("User", 2), login("Password", 8)},
			},
			{
				Path:        []model.Name{name("Key", 15, 2)},
				Pos:         pos(15, 2),
				Ref:         model.Reference{Text: "file://m/key", Pos: pos(15, 23), Exact: true},
				Type:        model.Type{Kind: model.Bytes, Encoding: model.Base64, Pos: pos(15, 57)},
				Description: "TLS key.",
			},
			{
				Path: []model.Name{name("A", 17, 2)},
				Pos:  pos(17, 2),
				Ref:  model.Reference{Text: "file://m/n", Pos: pos(17, 22), Exact: true},
				Type: model.Type{Kind: model.Int, Pos: pos(17, 7)},
			},
			{
				Path: []model.Name{name("B", 17, 5)},
				Pos:  pos(17, 5),
				Ref:  model.Reference{Text: "file://m/n", Pos: pos(17, 22), Exact: true},
				Type: model.Type{Kind: model.Int, Pos: pos(17, 7)},
			},
			{
				Path: []model.Name{name("On", 18, 2)},
				Pos:  pos(18, 2),
				Ref:  model.Reference{Text: "env://m/ON", Pos: pos(18, 21)},
				Type: model.Type{Kind: model.Bool, Pos: pos(18, 7)},
			},
			{
				Path: []model.Name{name("Wait", 19, 2)},
				Pos:  pos(19, 2),
				Ref:  model.Reference{Text: "file://m/wait", Pos: pos(19, 30), Exact: true},
				Type: model.Type{Kind: model.Duration, Pos: pos(19, 7)},
			},
			{
				Path: []model.Name{name("Doc", 20, 2)},
				Pos:  pos(20, 2),
				Ref:  model.Reference{Text: "file://m/doc", Pos: pos(20, 35), Exact: true},
				Type: model.Type{Kind: model.JSON, Pos: pos(20, 7)},
			},
			{
				Path: []model.Name{name("TLS", 21, 2)},
				Pos:  pos(21, 2),
				Ref:  model.Reference{Text: "file://m/tls", Pos: pos(23, 13), Exact: true},
				Type: model.Type{Kind: model.Document, Pos: pos(21, 7)},
				Fields: []model.Field{{
					Name:        name("Cert", 22, 3),
					Key:         "tls.crt",
					Type:        model.Type{Kind: model.Bytes, Encoding: model.Hex, Pos: pos(22, 54)},
					Description: "Chain.",
					Pos:         pos(22, 3),
				}},
			},
		},
		Structs: []*model.Struct{{
			Name: "secrets",
			Pos:  pos(8, 6),
			Source: `struct {
	API struct {
		Token string ` + "`json:\"-\" secret:\"openbao+kv2://secret/myapp/api#token?version=3\"`" + `
	}
	DB   DBLogin            "secret:\"openbao+kv2://secret/myapp/db\""
	Key  []byte             ` + "`secret:\"file://m/key\" secretopt:\"encoding=base64\"`" + `
	A, B (int)              ` + "`secret:\"file://m/n\"`" + `
	On   bool               ` + "`secret:\"env://m/O\\x4e\"`" + `
	Wait time.Duration      ` + "`secret:\"file://m/wait\"`" + `
	Doc  stdjson.RawMessage ` + "`secret:\"file://m/doc\"`" + `
	TLS  struct {
		Cert []byte ` + "`secret:\"#tls.crt\" secretopt:\"encoding=hex\"`" + `
	} ` + "`secret:\"file://m/tls\"`" + `
}`,
			Imports: map[string]string{"stdjson": "encoding/json", "time": "time"},
		}, {
			Name:    "DBLogin",
			Pos:     diag.Pos{File: "config/login.go", Line: 3, Col: 6},
			Source:  "struct{ User, Password string }",
			Imports: map[string]string{},
		}},
	}}
	want[0].Roots = []*model.Root{{Name: "Secrets", Pos: pos(8, 6), Struct: want[0].Structs[0]}}
	for _, s := range want[0].Secrets {
		s.Root = want[0].Roots[0]
	}
	if diff := cmp.Diff(want, packages, cmpopts.EquateComparable(uri.URI{})); diff != "" {
		t.Errorf("model (-want +got):\n%s", diff)
	}
}

func TestGeneratedFilesNeverStopTheReader(t *testing.T) {
	t.Parallel()
	tests := map[string]string{
		"one with merge conflicts":              "<<<<<<< ours\npackage config\n",
		"one of a package that was renamed":     "package former\n",
		"one whose body does not parse":         "package config\n\nfunc {\n",
		"one that uses what is gone":            "package config\n\nvar _ = gone.Generation1\n",
		"one with a declaration of its own":     strings.ReplaceAll(declaration, "secrets", "others"),
		"one that is empty":                     "",
		"one that imports what does not exist":  "package config\n\nimport _ \"example.com/none\"\n",
		"one that is excluded by its build tag": "//go:build never\n\npackage config\n",
	}
	for name, stale := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := module(t, map[string]string{"tags.go": declaration, "secrets_gen.go": stale})
			packages, found := read(t, readtags.Config{Dir: dir})
			if diff := cmp.Diff([]string{".: Token"}, summary(packages)); diff != "" || len(found) > 0 {
				t.Fatalf("findings %+v, packages (-want +got):\n%s", found, diff)
			}
			if got := packages[0].Name; got != "config" {
				t.Errorf("package is %q, want that of the declaration", got)
			}
		})
	}
}

func TestReadSelectsFilesAsTheGoCommandDoes(t *testing.T) {
	t.Parallel()
	dir := module(t, map[string]string{
		"b/b.go":         strings.Replace(declaration, "config", "b", 1),
		"a/a.go":         strings.Replace(declaration, "config", "a", 1),
		"a/c/c.go":       "package c\n",
		"a/a_test.go":    "package a\n\ntype testSecrets struct {\n\tA string `secret:\"file://m/a\"`\n}\n",
		"a/tagged.go":    "//go:build never\n\npackage a\n\ntype more struct {\n\tA string `secret:\"file://m/a\"`\n}\n",
		"tagged/on.go":   "//go:build eu\n\n" + strings.ReplaceAll(declaration, "Token", "EU"),
		"tagged/off.go":  "//go:build !eu\n\n" + strings.ReplaceAll(declaration, "Token", "US"),
		"yaml/s.yaml":    "version: 1\n",
		"broken/b.go":    "package broken\n\nfunc {\n",
		"cgo/c.go":       "package cgo\n\nimport \"C\"\n",
		"testonly/t.go":  "//go:build never\n\npackage testonly\n",
		"_skipped/s.go":  declaration,
		"testdata/td.go": declaration,
	})
	tests := []struct {
		name string
		cfg  readtags.Config
		want []string
	}{
		{"every package, without patterns", readtags.Config{}, []string{"a: Token", "b: Token", "tagged: US"}},
		{"patterns in any order, once each", readtags.Config{Patterns: []string{"./b", "./a/...", "./b"}}, []string{"a: Token", "b: Token"}},
		{"a pattern from a folder inside", readtags.Config{Dir: "a", Patterns: []string{"../b", "."}}, []string{".: Token", "../b: Token"}},
		{"an import path", readtags.Config{Patterns: []string{"example.com/m/b"}}, []string{"b: Token"}},
		{"a file", readtags.Config{Patterns: []string{"b/b.go"}}, []string{"b: Token"}},
		{"build flags", readtags.Config{BuildFlags: []string{"-tags=eu"}, Patterns: []string{"./tagged"}}, []string{"tagged: EU"}},
		{"flags in the environment", readtags.Config{Env: append(os.Environ(), "GOFLAGS=-tags=eu"), Patterns: []string{"./tagged"}}, []string{"tagged: EU"}},
		{"folders without declarations", readtags.Config{Patterns: []string{"./yaml", "./testonly", "./cgo", "./broken"}}, nil},
		{
			"an overlay over a file, and one in place of none",
			readtags.Config{
				Overlay: map[string][]byte{
					filepath.Join(dir, "a", "c", "c.go"): []byte(strings.Replace(declaration, "config", "c", 1)),
					filepath.Join(dir, "new", "n.go"):    []byte(strings.Replace(declaration, "config", "n", 1)),
				},
				Patterns: []string{"./a/c", "./new"},
			},
			[]string{"a/c: Token", "new: Token"},
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			test.cfg.Dir = filepath.Join(dir, test.cfg.Dir)
			packages, found := read(t, test.cfg)
			if diff := cmp.Diff(test.want, summary(packages)); diff != "" || len(found) > 0 {
				t.Errorf("findings %+v, packages (-want +got):\n%s", found, diff)
			}
		})
	}
}

func TestFilesNamedByThemselvesHaveNoImportPath(t *testing.T) {
	t.Parallel()
	dir := module(t, map[string]string{"config.go": declaration})
	packages, _ := read(t, readtags.Config{Dir: dir, Patterns: []string{"config.go"}})
	if len(packages) != 1 || packages[0].ImportPath != "" {
		t.Errorf("packages are %+v, want one without an import path", packages)
	}
}

func TestFailuresAreFindings(t *testing.T) {
	t.Parallel()
	const canary = "canary-4f1d"
	tests := []struct {
		name  string
		files map[string]string
		cfg   readtags.Config
		want  []string
	}{
		{
			"a go.mod that does not parse",
			map[string]string{"go.mod": "module example.com/m\n\n" + canary + "\n"},
			readtags.Config{},
			[]string{"go.mod:3:1: the go command can't read go.mod [UNREADABLE]"},
		},
		{
			"a go.work that does not parse",
			map[string]string{"go.work": "go 1.26\n" + canary + "\n"},
			readtags.Config{},
			[]string{"go.work:2:1: the go command can't read go.work [UNREADABLE]"},
		},
		{
			"a go.work that names a module that is not there",
			map[string]string{"go.work": "go 1.26\n\nuse ./" + canary + "\n", "a/a.go": "package a\n"},
			readtags.Config{Patterns: []string{"./a"}},
			[]string{"go.mod: the go command can't list the packages [UNREADABLE]"},
		},
		{
			"a build flag that the go command does not know",
			nil,
			readtags.Config{BuildFlags: []string{"-" + canary}},
			[]string{"go.mod: the go command can't list the packages [UNREADABLE]"},
		},
		{
			"folders that do not exist, beside one that does",
			map[string]string{"a/a.go": "package a\n"},
			readtags.Config{Patterns: []string{"./none", "./a", "example.com/none"}},
			[]string{
				"./none: no package of this module is found here [UNREADABLE]",
				"example.com/none: no package of this module is found here [UNREADABLE]",
			},
		},
		{
			"files of two folders at once",
			map[string]string{"a/a.go": "package a\n", "b/b.go": "package b\n"},
			readtags.Config{Patterns: []string{"a/a.go", "b/b.go"}},
			[]string{"go.mod: the go command can't list the packages [UNREADABLE]"},
		},
		{
			"a file that does not parse before its package clause",
			map[string]string{"a/a.go": canary + "\n" + declaration},
			readtags.Config{},
			[]string{"a/a.go:1:1: this is not Go: expected 'package' [SYNTAX]"},
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			test.cfg.Dir = module(t, test.files)
			packages, found := read(t, test.cfg)
			var got []string
			for _, d := range found {
				got = append(got, fmt.Sprintf("%s: %s [%s]", d.Pos, d.Message, d.Code))
				if d.Hint == "" && d.Code == diag.Unreadable {
					t.Errorf("%s: no hint", d.Message)
				}
			}
			if diff := cmp.Diff(test.want, got); diff != "" || len(packages) > 0 {
				t.Errorf("packages %v, findings (-want +got):\n%s", summary(packages), diff)
			}
			if strings.Contains(fmt.Sprintf("%+v", found), canary) {
				t.Errorf("a finding quotes the file: %+v", found)
			}
		})
	}
}

func TestModuleMustBeThere(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	write(t, dir, "config/config.go", declaration)
	_, found := read(t, readtags.Config{Dir: dir, Patterns: []string{"./config"}})
	want := []diag.Diagnostic{{
		Pos:     diag.Pos{File: "go.mod"},
		Code:    diag.Unreadable,
		Message: "there is no go.mod here or in a folder above",
		Hint:    `go to your module, or start one with "go mod init"`,
	}}
	if diff := cmp.Diff(want, found); diff != "" {
		t.Errorf("findings (-want +got):\n%s", diff)
	}
}

func TestGoCommandMustBeThere(t *testing.T) {
	dir := module(t, nil)
	t.Setenv("PATH", t.TempDir())
	_, found := read(t, readtags.Config{Dir: dir})
	want := []diag.Diagnostic{{
		Pos:     diag.Pos{File: "go.mod"},
		Code:    diag.Unreadable,
		Message: "the go command is not found",
		Hint:    "install Go, and put its command on PATH",
	}}
	if diff := cmp.Diff(want, found); diff != "" {
		t.Errorf("findings (-want +got):\n%s", diff)
	}
}

func TestFolderToWorkInMustExist(t *testing.T) {
	t.Parallel()
	_, found := read(t, readtags.Config{Dir: filepath.Join(t.TempDir(), "none")})
	if len(found) != 1 || found[0].Code != diag.Unreadable {
		t.Errorf("findings are %+v, want one of code %s", found, diag.Unreadable)
	}
}

func TestReadEndsWithItsContext(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	var diags diag.List
	packages, err := readtags.Read(ctx, readtags.Config{Dir: module(t, nil)}, &diags)
	if !errors.Is(err, context.Canceled) || packages != nil {
		t.Errorf("got packages %v and error %v, want %v alone", packages, err, context.Canceled)
	}
	if !diags.Empty() {
		t.Errorf("a cancelled read reports %+v", diags.Sorted())
	}
}
