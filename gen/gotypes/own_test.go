package gotypes_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/secretsgen/secretsgen/gen/diag"
	"github.com/secretsgen/secretsgen/gen/gotypes"
	"github.com/secretsgen/secretsgen/gen/model"
)

const (
	text  = " UnmarshalText(text []byte) error { return nil }\n"
	json  = " UnmarshalJSON(data []byte) error { return nil }\n"
	level = "package config\n\ntype Level int\n\nfunc (l *Level)" + text
	// neither is the end of the finding for a type in YAML that reads itself in no way.
	neither = " implements neither encoding.TextUnmarshaler nor json.Unmarshaler [NOT_DECODABLE] " +
		"(implement one of them, or decode JSON into it with \"type: json\" and \"into: "
)

func TestTypesOfTheDeclaringPackage(t *testing.T) {
	t.Parallel()
	const at = "config/secrets.yaml:1:11: "
	for name, tt := range map[string]struct {
		files files
		typ   string
		reads string
		found []string
		loads int
	}{
		"by a text method":          {files{"config/c.go": level}, "Level", "Level named by text", nil, 0},
		"by a method of the value":  {files{"config/c.go": "package config\ntype Level map[string]int\nfunc (l Level)" + text}, "Level", "Level named by text", nil, 0},
		"by a JSON method":          {files{"config/c.go": "package config\ntype Level int\nfunc (l *Level)" + json}, "Level", "Level named by json", nil, 0},
		"by text where both are":    {files{"config/c.go": level + "func (l *Level)" + json}, "Level", "Level named by text", nil, 0},
		"by a method of other file": {files{"config/a.go": "package config\ntype Level int\n", "config/z.go": "package config\nfunc (l *Level)" + text}, "Level", "Level named by text", nil, 0},
		"beside a file of another package": {
			files{"config/a.go": "package other\ntype Level int\n", "config/c.go": level}, "Level", "Level named by text", nil, 0,
		},
		"in files of a package that has another name": {
			files{"config/c.go": strings.Replace(level, "config", "other", 1)}, "Level", "Level named by text", nil, 0,
		},
		"beside what is yet to be generated": {
			files{"config/c.go": level + "var s, err = Open(ctx)\nfunc F() SecretsDB { return gone.Now() }\n"},
			"Level", "Level named by text", nil, 0,
		},
		"unexported": {
			files{"config/c.go": "package config\ntype level int\nfunc (l *level)" + text}, "level", "level named by text", nil, 0,
		},
		"beside a generated file that does not parse": {
			files{"config/c.go": level, "config/secrets_gen.go": "<<<<<<< ours\n"}, "Level", "Level named by text", nil, 0,
		},
		"beside a generated file that declares it": {
			files{"config/c.go": level, "config/secrets_gen.go": "package config\ntype Level int\n"}, "Level", "Level named by text", nil, 0,
		},
		"which the generated file alone declares": {
			files{"config/c.go": "package config\n", "config/secrets_gen.go": level},
			"Level", "Level named",
			[]string{at + "package config has no type Level [UNKNOWN_GO_TYPE] (declare it in a Go file of the package that is built, or name another)"},
			0,
		},
		"which tests alone declare": {
			files{"config/c.go": "package config\n", "config/c_test.go": level},
			"Level", "Level named",
			[]string{at + "package config has no type Level [UNKNOWN_GO_TYPE] (declare it in a Go file of the package that is built, or name another)"},
			0,
		},
		"by a method promoted in the package": {
			files{"config/c.go": level + "type Outer struct { Level; n int }\n"}, "Outer", "Outer named by text", nil, 0,
		},
		"by a method promoted from another": {
			files{"config/c.go": "package config\nimport (\n\"net/netip\"\n_ \"example.com/none\"\n)\ntype Outer struct { netip.AddrPort }\nvar _ = none.None()\n"},
			"Outer", "Outer named by text", nil, 1,
		},
		"by a method promoted through a dot import": {
			files{"config/c.go": "package config\nimport . \"net/netip\"\ntype Outer struct { AddrPort }\n"}, "Outer", "Outer named by text", nil, 1,
		},
		"by JSON, and text that is promoted": {
			files{"config/c.go": level + "type Outer struct { Level }\nfunc (o *Outer)" + json}, "Outer", "Outer named by text", nil, 0,
		},
		"by methods spelled in other names": {
			files{"config/c.go": "package config\ntype bytes = []byte\ntype Level int\nfunc (l *Level) UnmarshalText(b bytes) (err error) { return nil }\n"},
			"Level", "Level named by text", nil, 0,
		},
		"as an alias in the package":    {files{"config/c.go": level + "type Alias = Level\n"}, "Alias", "Alias named by text", nil, 0},
		"as an alias of another's type": {files{"config/c.go": "package config\nimport n \"net/netip\"\ntype Alias = n.Addr\n"}, "Alias", "Alias named by text", nil, 1},
		"as an instance of a generic type": {
			files{"config/c.go": "package config\ntype G[T any] struct{}\nfunc (g *G[T])" + text + "type Alias = G[int]\n"}, "Alias", "Alias named by text", nil, 0,
		},
		"as an alias of what is not there": {
			files{"config/c.go": "package config\ntype Alias = SecretsDB\n"},
			"Alias", "Alias named",
			[]string{at + "Alias can't be known, since its package does not compile [UNKNOWN_GO_TYPE] (mend what \"go build\" says of the package)"},
			0,
		},
		"which embeds what is not there": {
			files{"config/c.go": "package config\ntype Outer struct{ SecretsDB }\n"},
			"Outer", "Outer named",
			[]string{at + "Outer can't be known, since its package does not compile [UNKNOWN_GO_TYPE] (mend what \"go build\" says of the package)"},
			0,
		},
		"which is misspelled": {
			files{"config/c.go": level},
			"Levell", "Levell named",
			[]string{at + `package config has no type Levell [UNKNOWN_GO_TYPE] (did you mean "Level"?)`},
			0,
		},
		"which is a function": {
			files{"config/c.go": "package config\nfunc Level() {}\n"},
			"Level", "Level named",
			[]string{at + "Level is not a type [UNKNOWN_GO_TYPE] (name a type)"},
			0,
		},
		"whose file does not parse": {
			files{"config/c.go": "package config\nfunc {\n"},
			"Level", "Level named",
			[]string{at + "Level can't be known, since its package does not compile [UNKNOWN_GO_TYPE] (mend what \"go build\" says of the package)"},
			0,
		},
		"whose methods may be in a file that does not parse": {
			files{"config/c.go": "package config\ntype Level int\n", "config/d.go": "<<<<<<<"},
			"Level", "Level named",
			[]string{at + "Level can't be known, since its package does not compile [UNKNOWN_GO_TYPE] (mend what \"go build\" says of the package)"},
			0,
		},
		"beside no Go file at all": {
			files{"config/x": "x"},
			"Level", "Level named",
			[]string{at + "package config has no type Level [UNKNOWN_GO_TYPE] (declare it in a Go file of the package that is built, or name another)"},
			0,
		},
		"with type parameters": {
			files{"config/c.go": "package config\ntype G[T any] struct{}\nfunc (g *G[T])" + text},
			"G", "G named",
			[]string{at + "G has type parameters [NOT_DECODABLE] (declare an alias that gives it type arguments, and name that)"},
			0,
		},
		"which is an interface": {
			files{"config/c.go": "package config\ntype I interface{ UnmarshalText([]byte) error }\n"},
			"I", "I named",
			[]string{at + "I is an interface, of which no value can be made [NOT_DECODABLE] (name a type that implements it)"},
			0,
		},
		"which is an alias of an interface": {
			files{"config/c.go": "package config\ntype I = error\n"},
			"I", "I named",
			[]string{at + "I is an interface, of which no value can be made [NOT_DECODABLE] (name a type that implements it)"},
			0,
		},
		"with no method of the two": {
			files{"config/c.go": "package config\ntype Level struct{ UnmarshalText func([]byte) error }\n"},
			"Level", "Level named",
			[]string{at + "Level" + neither + `Level")`},
			0,
		},
		"with a method of another signature": {
			files{"config/c.go": "package config\ntype Level int\nfunc (l *Level) UnmarshalText(string) error { return nil }\n"},
			"Level", "Level named",
			[]string{at + "Level" + neither + `Level")`},
			0,
		},
		"defined by one with a method": {
			files{"config/c.go": level + "type Other Level\n"},
			"Other", "Other named",
			[]string{at + "Other" + neither + `Other")`},
			0,
		},
		"which is an alias of a pointer": {
			files{"config/c.go": level + "type P = *Level\n"},
			"P", "P named",
			[]string{at + "P" + neither + `P")`},
			0,
		},
		"which is a pointer": {
			files{"config/c.go": level + "type P *Level\n"},
			"P", "P named",
			[]string{at + "P" + neither + `P")`},
			0,
		},
		"with a method that an embedded pointer promotes": {
			files{"config/c.go": level + "type Outer struct{ *Level }\n"},
			"Outer", "Outer named",
			[]string{at + "Outer has its UnmarshalText from an embedded pointer, which is nil in a new value [NOT_DECODABLE] " +
				"(embed a struct in place of a pointer or an interface, or give Outer a method of its own)"},
			0,
		},
		"with a method that an embedded interface promotes": {
			files{"config/c.go": "package config\nimport \"encoding\"\ntype Outer struct{ encoding.TextUnmarshaler }\n"},
			"Outer", "Outer named",
			[]string{at + "Outer has its UnmarshalText from an embedded interface, which is nil in a new value [NOT_DECODABLE] " +
				"(embed a struct in place of a pointer or an interface, or give Outer a method of its own)"},
			1,
		},
		"with a name that Go can't write": {
			files{"config/c.go": level},
			"9-canary", "9-canary named",
			[]string{at + "this is no name of a Go type that generated code can write [UNKNOWN_GO_TYPE] (name a type with ASCII letters, digits and _)"},
			0,
		},
		"with a name that is not ASCII": {
			files{"config/c.go": "package config\ntype Größe int\n"},
			"Größe", "Größe named",
			[]string{at + "this is no name of a Go type that generated code can write [UNKNOWN_GO_TYPE] (name a type with ASCII letters, digits and _)"},
			0,
		},
		"named by its own package's path": {files{"config/c.go": level}, "example.com/m/config.Level", "Level named by text", nil, 0},

		"for JSON, a struct":             {files{"config/c.go": "package config\ntype Level struct{}\n"}, "json Level", "Level json", nil, 0},
		"for JSON, defined by another":   {files{"config/c.go": level + "type Other Level\n"}, "json Other", "Other json", nil, 0},
		"for JSON, with methods":         {files{"config/c.go": level}, "json Level", "Level json", nil, 0},
		"for JSON, of another's type":    {files{"config/c.go": "package config\nimport \"time\"\ntype D time.Duration\n"}, "json D", "D json", nil, 1},
		"for JSON, a generic's instance": {files{"config/c.go": "package config\ntype G[T any] struct{}\ntype D G[int]\n"}, "json D", "D json", nil, 0},
		"for JSON, with what it embeds":  {files{"config/c.go": level + "type Outer struct{ Level }\n"}, "json Outer", "Outer json", nil, 0},
		"for JSON, with a method that an embedded pointer promotes": {
			files{"config/c.go": "package config\ntype Level int\nfunc (l *Level)" + json + "type Outer struct{ *Level }\n"},
			"json Outer", "Outer json",
			[]string{at + "Outer has its UnmarshalJSON from an embedded pointer, which is nil in a new value [NOT_DECODABLE] " +
				"(embed a struct in place of a pointer or an interface, or give Outer a method of its own)"},
			0,
		},
		"for JSON, an interface": {
			files{"config/c.go": "package config\ntype I any\n"},
			"json I", "I json",
			[]string{at + "I is an interface, of which no value can be made [NOT_DECODABLE] (name a type that implements it)"},
			0,
		},
		"for JSON, a function": {
			files{"config/c.go": "package config\ntype F func()\n"},
			"json F", "F json",
			[]string{at + "F is a function, which JSON can't be decoded into [NOT_DECODABLE] (name a type that package encoding/json can fill)"},
			0,
		},
		"for JSON, a channel by another name": {
			files{"config/c.go": "package config\ntype C chan int\ntype D C\n"},
			"json D", "D json",
			[]string{at + "D is a channel, which JSON can't be decoded into [NOT_DECODABLE] (name a type that package encoding/json can fill)"},
			0,
		},
		"for JSON, another package's interface": {
			files{"config/c.go": "package config\nimport \"io\"\ntype R io.Reader\n"},
			"json R", "R json",
			[]string{at + "R is an interface, of which no value can be made [NOT_DECODABLE] (name a type that implements it)"},
			1,
		},
		"for JSON, itself": {
			files{"config/c.go": "package config\ntype A B\ntype B A\n"},
			"json A", "A json",
			[]string{at + "A can't be known, since its package does not compile [UNKNOWN_GO_TYPE] (mend what \"go build\" says of the package)"},
			0,
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			env, loads := offline(t)
			cfg := gotypes.Config{Dir: tree(t, tt.files), Env: env}
			reads, found := resolve(t, cfg, declared("config", tt.typ))
			if diff := cmp.Diff([]string{tt.reads}, reads); diff != "" {
				t.Errorf("types (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(tt.found, found); diff != "" {
				t.Errorf("findings (-want +got):\n%s", diff)
			}
			if got := loads(); got != tt.loads {
				t.Errorf("%d loads, want %d", got, tt.loads)
			}
		})
	}
}

func TestBuildTagsSelectTheFiles(t *testing.T) {
	t.Parallel()
	f := files{
		"config/eu.go":      "//go:build eu\n\n" + level,
		"config/us.go":      "//go:build !eu\n\npackage config\ntype Level int\nfunc (l *Level)" + json,
		"config/x_plan9.go": "package config\ntype Plan int\nfunc (p *Plan)" + text,
	}
	for name, tt := range map[string]struct {
		tags []string
		env  []string
		want []string
	}{
		"none":                            {nil, []string{"GOOS=linux"}, []string{"Level named by json", "Plan named"}},
		"one":                             {[]string{"eu"}, []string{"GOOS=linux"}, []string{"Level named by text", "Plan named"}},
		"one of several":                  {[]string{"a", "eu"}, []string{"GOOS=linux"}, []string{"Level named by text", "Plan named"}},
		"in GOFLAGS":                      {nil, []string{"GOOS=linux", "GOFLAGS=-mod=mod -tags=eu"}, []string{"Level named by text", "Plan named"}},
		"those given in place of GOFLAGS": {[]string{"a"}, []string{"GOOS=linux", "GOFLAGS=--tags=eu"}, []string{"Level named by json", "Plan named"}},
		"an operating system":             {nil, []string{"GOOS=plan9", "GOARCH=386", "CGO_ENABLED=0"}, []string{"Level named by json", "Plan named by text"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			env, _ := offline(t, tt.env...)
			reads, _ := resolve(t, gotypes.Config{Dir: tree(t, f), Tags: tt.tags, Env: env}, declared("config", "Level", "Plan"))
			if diff := cmp.Diff(tt.want, reads); diff != "" {
				t.Errorf("types (-want +got):\n%s", diff)
			}
		})
	}
}

// structOf is the literal of the struct Login in a source.
func structOf(source string) string {
	_, literal, _ := strings.Cut(source, "type Login ")
	literal, _, _ = strings.Cut(literal, "\n")
	return strings.ReplaceAll(literal, ";", "\n")
}

func TestAStructThatReadsItselfIsNoDocument(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		source string
		want   string
		loads  int
	}{
		"without methods":                     {"type Login struct{ User string }\n", "Login struct", 0},
		"with a text method":                  {"type Login struct{ User string }\nfunc (l *Login)" + text, "Login named by text", 0},
		"with a JSON method":                  {"type Login struct{ User string }\nfunc (l *Login)" + json, "Login named by json", 0},
		"with a method of its own struct":     {"type Base struct{}\nfunc (b *Base)" + json + "type Login struct{ Base; User string }\n", "Login named by json", 0},
		"with a struct without methods":       {"type Base struct{}\ntype Login struct{ Base; User string }\n", "Login struct", 0},
		"with a method of another package":    {"type Login struct{ time.Time; User string }\n", "Login named by text", 1},
		"with an embedded type not generated": {"type Login struct{ SecretsDB; User string }\n", "Login struct", 0},
		"that is gone":                        {"\n", "Login struct", 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			env, loads := offline(t)
			p := declared("config")
			s := document(p, "Login", structOf(tt.source))
			other := document(p, "Other", "struct{ User string }")
			other.Type.Go.Pos.File = "config/other.go"
			dir := tree(t, files{"config/config.go": "package config\nimport \"time\"\nvar _ time.Time\ntype Other struct{ User string }\n" + tt.source})
			reads, found := resolve(t, gotypes.Config{Dir: dir, Env: env}, p)
			if diff := cmp.Diff([]string{tt.want, "Other struct"}, reads); diff != "" || len(found) > 0 {
				t.Errorf("findings %v, types (-want +got):\n%s", found, diff)
			}
			wantFields, wantStructs := 1, 2
			if s.Type.Kind == model.Named {
				wantFields, wantStructs = 0, 1
			}
			if len(s.Fields) != wantFields || len(p.Structs) != wantStructs || len(other.Fields) != 1 {
				t.Errorf("%d fields, %d structs, %d fields of another, want %d, %d, 1", len(s.Fields), len(p.Structs), len(other.Fields), wantFields, wantStructs)
			}
			if got := loads(); got != tt.loads {
				t.Errorf("%d loads, want %d", got, tt.loads)
			}
		})
	}
}

func TestFieldsOfADocumentAreLookedAtUnlessItReadsItself(t *testing.T) {
	t.Parallel()
	env, _ := offline(t)
	dir := tree(t, files{"config/c.go": level + "type Base struct{}\nfunc (b *Base)" + json + "type Own struct{ Base }\ntype Plain struct{}\n"})
	p := declared("config")
	for i, name := range []string{"Own", "Plain"} {
		s := document(p, name, "")
		for j, typ := range []string{"Level", "Levell"} {
			at := diag.Pos{File: "config/c.go", Line: 10 + i, Col: j + 1}
			s.Fields = append(s.Fields, model.Field{Type: model.Type{Kind: model.Named, Go: &model.GoType{Name: typ, Pos: at}}})
		}
	}
	_, found := resolve(t, gotypes.Config{Dir: dir, Env: env}, p)
	want := []string{`config/c.go:11:2: package config has no type Levell [UNKNOWN_GO_TYPE] (did you mean "Level"?)`}
	if diff := cmp.Diff(want, found); diff != "" {
		t.Errorf("findings (-want +got):\n%s", diff)
	}
	if got := p.Secrets[1].Fields[1].Type.Go.Reads; got != model.ByText {
		t.Errorf("field is read by %q, want %q", got, model.ByText)
	}
}

func TestTheHintIsThatOfTheForm(t *testing.T) {
	t.Parallel()
	env, _ := offline(t)
	p := declared("config", "Level")
	p.Secrets[0].Type.Go.Pos = diag.Pos{File: "config/c.go", Line: 7, Col: 8}
	_, found := resolve(t, gotypes.Config{Dir: tree(t, files{"config/c.go": "package config\ntype Level int\n"}), Env: env}, p)
	want := []string{"config/c.go:7:8: Level implements neither encoding.TextUnmarshaler nor json.Unmarshaler [NOT_DECODABLE] " +
		`(implement one of them, or decode JSON into it with secretopt:"type=json")`}
	if diff := cmp.Diff(want, found); diff != "" {
		t.Errorf("findings (-want +got):\n%s", diff)
	}
}

func TestAFileThatDoesNotParseIsReportedOnce(t *testing.T) {
	t.Parallel()
	env, _ := offline(t)
	var diags diag.List
	diags.Addf(diag.Pos{File: "config/c.go", Line: 2, Col: 6}, diag.Syntax, "this is not Go")
	p := declared("config", "Level")
	cfg := gotypes.Config{Dir: tree(t, files{"config/c.go": "package config\nfunc {\n"}), Env: env}
	if err := gotypes.Resolve(t.Context(), cfg, []*model.Package{p}, &diags); err != nil {
		t.Fatal(err)
	}
	if got := lines(&diags); len(got) != 1 {
		t.Errorf("findings are %v, want that of the syntax alone", got)
	}
}

func TestManyUnknownTypesGetNoMoreThanAHundredHints(t *testing.T) {
	t.Parallel()
	env, _ := offline(t)
	types := make([]string, 150)
	for i := range types {
		types[i] = "Levell"
	}
	_, found := resolve(t, gotypes.Config{Dir: tree(t, files{"config/c.go": level}), Env: env}, declared("config", types...))
	hints := 0
	for _, f := range found {
		if strings.Contains(f, "did you mean") {
			hints++
		}
	}
	if len(found) != 150 || hints != 100 {
		t.Errorf("%d findings, %d with the type that was meant, want 150 and 100", len(found), hints)
	}
}
