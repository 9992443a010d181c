package readtags

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/secretsgen/secretsgen/gen/diag"
)

// canary stands for a value that was put where a reference belongs.
const canary = "canary-4f1d"

func TestFindings(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name   string
		source string // § marks each finding
		codes  []diag.Code
	}{
		{
			"a type that no secret can have",
			"type secrets struct {\n\tA §float32 `secret:\"file://m/a\"`\n}",
			[]diag.Code{diag.UnknownType},
		},
		{
			"a slice of something else than bytes",
			"type secrets struct {\n\tA §[]string `secret:\"file://m/a\"`\n}",
			[]diag.Code{diag.UnknownType},
		},
		{
			"an array of bytes",
			"type secrets struct {\n\tA §[4]byte `secret:\"file://m/a\"`\n}",
			[]diag.Code{diag.UnknownType},
		},
		{
			"a type of the package that hides byte",
			"type byte rune\ntype secrets struct {\n\tA §[]byte `secret:\"file://m/a\"`\n}",
			[]diag.Code{diag.UnknownType},
		},
		{
			"a generic struct as a document",
			"type login[T any] struct { User T }\ntype secrets struct {\n\tA §login `secret:\"file://m/a\"`\n}",
			[]diag.Code{diag.UnknownType},
		},
		{
			"a type of a package that is not imported",
			"type secrets struct {\n\tA §time.Duration `secret:\"file://m/a\"`\n}",
			[]diag.Code{diag.UnknownType},
		},
		{
			"two groups and two documents of one anonymous struct",
			"type secrets struct {\n\tA, §B struct { C string `secret:\"file://m/c\"` }\n\tD, §E struct { F string } `secret:\"file://m/d\"`\n}",
			[]diag.Code{diag.InvalidName, diag.InvalidName},
		},
		{
			"a document within a document",
			"type secrets struct {\n\tA struct {\n\t\tB §struct{ C string }\n\t} `secret:\"file://m/a\"`\n}",
			[]diag.Code{diag.UnknownType},
		},
		{
			"a document without fields",
			"type secrets struct {\n\tA §struct{} `secret:\"file://m/a\"`\n}",
			[]diag.Code{diag.InvalidValue},
		},
		{
			"a field without a tag",
			"type secrets struct {\n\tA string `secret:\"file://m/a\"`\n\t§B string\n\t§C, §D int `json:\"c\"`\n}",
			[]diag.Code{diag.MissingURI, diag.MissingURI, diag.MissingURI},
		},
		{
			"an untagged field of a named struct",
			"type login struct { User string }\ntype secrets struct {\n\tA string `secret:\"file://m/a\"`\n\t§B login\n}",
			[]diag.Code{diag.MissingURI},
		},
		{
			"options on a group",
			"type secrets struct {\n\t§A struct {\n\t\tB string `secret:\"file://m/a\"`\n\t} `secretopt:\"encoding=hex\"`\n}",
			[]diag.Code{diag.MissingURI},
		},
		{
			"an empty reference",
			"type secrets struct {\n\tA string `secret:\"§\"`\n}",
			[]diag.Code{diag.MissingURI},
		},
		{
			"embedded fields in the declaration and in a document",
			"type login struct { User string }\ntype secrets struct {\n\t§login `secret:\"file://m/a\"`\n\tB struct {\n\t\t§login\n\t} `secret:\"file://m/b\"`\n}",
			[]diag.Code{diag.InvalidName, diag.InvalidName},
		},
		{
			"unexported fields in the declaration, a group and a document",
			"type secrets struct {\n\t§a string `secret:\"file://m/a\"`\n\t§_ struct{}\n\tB struct { §c string } `secret:\"file://m/b\"`\n\tD struct { §e string `secret:\"file://m/e\"` }\n}",
			[]diag.Code{diag.InvalidName, diag.InvalidName, diag.InvalidName, diag.InvalidName},
		},
		{
			"an exported declaration",
			"type §Secrets struct {\n\tA string `secret:\"file://m/a\"`\n}",
			[]diag.Code{diag.InvalidName},
		},
		{
			"a declaration that is an alias, and one with type parameters",
			"type §secrets = struct {\n\tA string `secret:\"file://m/a\"`\n}\ntype §others[T any] struct {\n\tA string `secret:\"file://m/a\"`\n}",
			[]diag.Code{diag.InvalidValue, diag.InvalidValue},
		},
		{
			"a value without quotes",
			"type secrets struct {\n\tA string `§secret:canary-4f1d`\n}",
			[]diag.Code{diag.Syntax},
		},
		{
			"a space after the colon, in a tag with another pair before",
			"type secrets struct {\n\tA string `json:\"a\" §secret: \"canary-4f1d\"`\n}",
			[]diag.Code{diag.Syntax},
		},
		{
			"a quote that is never closed",
			"type secrets struct {\n\tA string `secret:§\"canary-4f1d`\n}",
			[]diag.Code{diag.Syntax},
		},
		{
			"pairs without a space between",
			"type secrets struct {\n\tA string `secret:\"file://m/a\"§secretopt:\"encoding=hex\"`\n}",
			[]diag.Code{diag.Syntax},
		},
		{
			"a tag over two lines",
			"type secrets struct {\n\tA string `secret:\"file://m/a\"§\nsecretopt:\"encoding=hex\"`\n}",
			[]diag.Code{diag.Syntax},
		},
		{
			"a fault in an interpreted string, behind escapes",
			"type secrets struct {\n\tA string \"json:\\\"\\u00e9\\\" §secret:canary-4f1d\"\n}",
			[]diag.Code{diag.Syntax},
		},
		{
			"two references in a tag",
			"type secrets struct {\n\tA string `secret:\"file://m/a\" §secret:\"file://m/b\"`\n}",
			[]diag.Code{diag.DuplicateKey},
		},
		{
			"options that are not known",
			"type secrets struct {\n\tA []byte `secret:\"file://m/a\" secretopt:\"§canary-4f1d,encoding=hex,§ encoding=hex,§\"`\n}",
			[]diag.Code{diag.UnknownKey, diag.UnknownKey, diag.UnknownKey},
		},
		{
			"an encoding that is not known",
			"type secrets struct {\n\tA []byte `secret:\"file://m/a\" secretopt:\"encoding=§canary-4f1d\"`\n}",
			[]diag.Code{diag.InvalidValue},
		},
		{
			"an encoding without a value",
			"type secrets struct {\n\tA []byte `secret:\"file://m/a\" secretopt:\"encoding§\"`\n}",
			[]diag.Code{diag.InvalidValue},
		},
		{
			"an encoding given twice",
			"type secrets struct {\n\tA []byte `secret:\"file://m/a\" secretopt:\"encoding=hex,§encoding=hex\"`\n}",
			[]diag.Code{diag.DuplicateKey},
		},
		{
			"an option behind an escape is placed at its tag",
			"type secrets struct {\n\tA []byte `secret:\"file://m/a\" secretopt:\"§\\x41\"`\n}",
			[]diag.Code{diag.UnknownKey},
		},
		{
			"a document's field with something else than a key",
			"type secrets struct {\n\tA struct {\n\t\tB string `secret:\"§canary-4f1d\"`\n\t} `secret:\"file://m/a\"`\n}",
			[]diag.Code{diag.InvalidValue},
		},
		{
			"a key with a space, an empty one and one with a version",
			"type secrets struct {\n\tA struct {\n\t\tB string `secret:\"#b§ canary-4f1d\"`\n\t\tC string `secret:\"#§\"`\n\t\tD string `secret:\"#d?§version=1\"`\n\t} `secret:\"file://m/a\"`\n}",
			[]diag.Code{"ILLEGAL_SEGMENT", "ILLEGAL_SEGMENT", "UNKNOWN_PARAMETER"},
		},
		{
			"a broken tag in a document",
			"type secrets struct {\n\tA struct {\n\t\tB string `§secret:canary-4f1d`\n\t} `secret:\"file://m/a\"`\n}",
			[]diag.Code{diag.Syntax},
		},
		{
			"Go that does not parse, with a value in the wrong place",
			"type secrets struct {\n\tA string `secret:\"file://m/a\"`\n}\nvar a = b §\"canary-4f1d\"",
			[]diag.Code{diag.Syntax},
		},
		{
			"a line directive without a number, with a value in it",
			"//line a.go:§canary-4f1d\ntype secrets struct {\n\tA string `secret:\"file://m/a\"`\n}",
			[]diag.Code{diag.Syntax},
		},
		{
			"positions that a line directive would move",
			"//line other.go:100\ntype secrets struct {\n\tA §uint8 `secret:\"file://m/a\"`\n}",
			[]diag.Code{diag.UnknownType},
		},
		{
			"a syntax error that a line directive would move",
			"//line other.go:100\ntype secrets struct {\n\tA §+ `secret:\"file://m/a\"`\n}",
			[]diag.Code{diag.Syntax},
		},
		{
			"columns behind letters of several bytes, in bytes",
			"type secrets struct { /* é */ A §uint8 `secret:\"file://m/a\"`\n}",
			[]diag.Code{diag.UnknownType},
		},
		{
			"a pointer to a group, and to an anonymous one",
			"type group struct { A string `secret:\"file://m/a\"` }\ntype secrets struct {\n\tA §*group\n\tB §*struct { C string `secret:\"file://m/c\"` }\n\tD string `secret:\"file://m/d\"`\n}",
			[]diag.Code{diag.WrongType, diag.WrongType},
		},
		{
			"options on a group of another type",
			"type group struct { A string `secret:\"file://m/a\"` }\ntype secrets struct {\n\t§A group `secretopt:\"required\"`\n}",
			[]diag.Code{diag.MissingURI},
		},
		{
			"a field of a group's type, once for all who use it",
			"type group struct {\n\tA §int8 `secret:\"file://m/a\"`\n\t§B string\n\tC []byte `secret:\"file://m/c\" secretopt:\"encoding=§x\"`\n}\n" +
				"type secrets struct { A, B group }\ntype others struct { A group }",
			[]diag.Code{diag.UnknownType, diag.MissingURI, diag.InvalidValue},
		},
		{
			"embedded fields that are pointers, or of another package",
			"import \"net/url\"\ntype Login struct { User string }\ntype secrets struct {\n\t§*Login `secret:\"file://m/a\"`\n\t§url.URL `secret:\"file://m/b\"`\n\t§*url.URL\n\t§string\n}",
			[]diag.Code{diag.InvalidName, diag.InvalidName, diag.InvalidName, diag.InvalidName},
		},
		{
			"embedded structs without secrets, and with options alone",
			"type login struct { User string }\ntype base struct { A string `secret:\"file://m/a\"` }\ntype level int\n" +
				"type secrets struct {\n\t§login\n\t§base `secretopt:\"required\"`\n\t§level\n\tB string `secret:\"file://m/b\"`\n}",
			[]diag.Code{diag.MissingURI, diag.MissingURI, diag.MissingURI},
		},
		{
			"an embedded field with a broken tag",
			"type Login struct { User string }\ntype secrets struct {\n\tLogin `§secret:x`\n}",
			[]diag.Code{diag.Syntax},
		},
		{
			"a group of a type that is exported, without a whole reference",
			"type Group struct { A string `secret:\"§\"` }\ntype secrets struct { G Group; B string `secret:\"file://m/b\"` }",
			[]diag.Code{diag.MissingURI},
		},
		{
			"an exported declaration by way of its group",
			"type §Secrets struct { G group }\ntype group struct { A string `secret:\"file://m/a\"` }",
			[]diag.Code{diag.InvalidName},
		},
		{
			"a document that has whole references",
			"type Login struct { User string `secret:\"§file://m/user\"` }\ntype secrets struct { L Login `secret:\"file://m/l\"` }",
			[]diag.Code{diag.InvalidValue},
		},
		{
			"a document's field of a named struct, which could be JSON",
			"type Inner struct { A string }\ntype secrets struct {\n\tL struct { I §Inner; J *Inner `secretopt:\"type=json\"` } `secret:\"file://m/l\"`\n}",
			[]diag.Code{diag.UnknownType},
		},
		{
			"a field of a document that two secrets use, once",
			"type Login struct { A §int8; §Login }\ntype secrets struct {\n\tA, B Login `secret:\"file://m/l\"`\n\tC *Login `secret:\"file://m/c\"`\n}",
			[]diag.Code{diag.UnknownType, diag.InvalidName},
		},
		{
			"a document of an anonymous struct that is to be JSON",
			"type secrets struct {\n\tA struct { B string } `secret:\"file://m/a\" secretopt:\"type=§json\"`\n}",
			[]diag.Code{diag.WrongType},
		},
		{
			"a pointer that is required and never null",
			"type secrets struct {\n\tA §*string `secret:\"file://m/a\" secretopt:\"required\"`\n}",
			[]diag.Code{diag.WrongType},
		},
		{
			"a type that a dot import may have",
			"import . \"net/netip\"\ntype secrets struct {\n\tA §Addr `secret:\"file://m/a\"`\n}",
			[]diag.Code{diag.UnknownType},
		},
		{
			"a type of C",
			"import §\"C\"\ntype secrets struct {\n\tA §C.int `secret:\"file://m/a\"`\n}",
			[]diag.Code{diag.BuildConstraint, diag.UnknownType},
		},
		{
			"embedded structs nested too deep",
			nest(maxDepth),
			[]diag.Code{diag.Limit},
		},
		{
			"groups nested too deep",
			"type secrets struct {" + strings.Repeat("A struct{", maxDepth-1) + "§A struct{ B string `secret:\"file://m/a\"`}" +
				strings.Repeat("}", maxDepth-1) + "}",
			[]diag.Code{diag.Limit},
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			source, places := unmark("config.go", "package config\n"+test.source+"\n")
			_, found := readSource(t, map[string]string{"config.go": source})
			var want []string
			for i, place := range places {
				want = append(want, fmt.Sprintf("%s %s", place, test.codes[i]))
			}
			if diff := cmp.Diff(want, lines(found)); diff != "" {
				t.Errorf("findings (-want +got):\n%s", diff)
			}
			if strings.Contains(fmt.Sprintf("%+v", found), canary) {
				t.Errorf("a finding quotes the file: %+v", found)
			}
		})
	}
}

// nest declares structs that embed each other, n deep below the declaration.
func nest(n int) string {
	var b strings.Builder
	b.WriteString("type secrets struct { t1 }\n")
	for i := 1; i < n; i++ {
		marked := ""
		if i == maxDepth-1 {
			marked = mark
		}
		fmt.Fprintf(&b, "type t%d struct { %st%d }\n", i, marked, i+1)
	}
	fmt.Fprintf(&b, "type t%d struct { A string `secret:\"file://m/a\"` }", n)
	return b.String()
}

func TestFindingsSayWhatToDo(t *testing.T) {
	t.Parallel()
	source, places := unmark("config.go", "package config\n"+
		"type §secrets struct {\n\tA string `secret:\"file://m/a\"`\n}\n"+
		"type §ſecrets struct {\n\tA string `secret:\"file://m/a\"`\n}\n")
	_, found := readSource(t, map[string]string{"config.go": source})
	want := []diag.Diagnostic{{
		Pos:     places[1],
		Code:    diag.DuplicateName,
		Message: "the declarations secrets and ſecrets have one generated name, Secrets",
		Hint:    "rename one",
		Related: []diag.Related{{Pos: places[0], Message: "the first one"}},
	}}
	if diff := cmp.Diff(want, found); diff != "" {
		t.Errorf("findings (-want +got):\n%s", diff)
	}
}

func TestFoldersWithTwoPackages(t *testing.T) {
	t.Parallel()
	other, places := unmark("other.go", "package §other\n")
	p, found := readSource(t, map[string]string{
		"config.go": "package config\ntype secrets struct {\n\tA string `secret:\"file://m/a\"`\n}\n",
		"other.go":  other,
	})
	if diff := cmp.Diff([]string{places[0].String() + " SYNTAX"}, lines(found)); diff != "" || p != nil {
		t.Errorf("package %v, findings (-want +got):\n%s", p, diff)
	}
}

func TestFilesThatAreGoneAreFindings(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	var diags diag.List
	p := readFolder(folder{
		dir:     dir,
		paths:   []string{filepath.Join(dir, "config.go"), filepath.Join(dir, "gone.go")},
		overlay: map[string][]byte{filepath.Join(dir, "config.go"): []byte("package config\ntype secrets struct {\n\tA string `secret:\"file://m/a\"`\n}\n")},
	}, &diags)
	if diff := cmp.Diff([]string{"gone.go UNREADABLE"}, lines(diags.Sorted())); diff != "" || p != nil {
		t.Errorf("package %v, findings (-want +got):\n%s", p, diff)
	}
}

func TestStructsThatAreNoDeclaration(t *testing.T) {
	t.Parallel()
	tests := map[string]string{
		"an exported struct with another library's tag":    "type Options struct {\n\tA string `secret:\"true\"`\n}",
		"a document's type that nothing uses":              "type login struct {\n\tUser string `secret:\"#user\"`\n}",
		"a tag in a comment":                               "// A struct { B string `secret:\"file://m/a\"` }",
		"an exported struct with a broken tag":             "type Options struct {\n\tA string `secret:true`\n}",
		"a function that names the tag":                    "func f() string { return `secret:\"file://m/a\"` }",
		"a type inside of a function":                      "func f() {\n\ttype secrets struct {\n\t\tA string `secret:\"file://m/a\"`\n\t}\n}",
		"a struct with a longer tag that ends in the word": "type options struct {\n\tA string `nosecret:\"file://m/a\"`\n}",
	}
	for name, source := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p, found := readSource(t, map[string]string{"config.go": "package config\n" + source + "\n"})
			if p != nil || len(found) > 0 {
				t.Errorf("got package %+v with findings %v, want neither", p, lines(found))
			}
		})
	}
}
