package rewrite_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/secretsgen/secretsgen/gen/diag"
	"github.com/secretsgen/secretsgen/gen/model"
	"github.com/secretsgen/secretsgen/gen/readtags"
	"github.com/secretsgen/secretsgen/gen/rewrite"
	"github.com/secretsgen/secretsgen/runtime/uri"
)

const canary = "canary-4f1d"

// anyMount is the scope of the verb fmt.
func anyMount() uri.Scope { return uri.Scope{AnyMount: true} }

// referencesIn finds the references of a source, each between a pair of "§", and
// returns the source without the marks.
func referencesIn(source string) (string, []model.Reference) {
	var out strings.Builder
	var refs []model.Reference
	for i, part := range strings.Split(source, "§") {
		if i%2 == 1 {
			before := out.String()
			refs = append(refs, model.Reference{
				Text:  part,
				Exact: true,
				Pos: diag.Pos{
					File: "f",
					Line: strings.Count(before, "\n") + 1,
					Col:  len(before) - strings.LastIndex(before, "\n"),
				},
			})
		}
		out.WriteString(part)
	}
	return out.String(), refs
}

func TestApply(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name   string
		source string // references between §
		want   string
	}{
		{
			"a canonical reference stays",
			"uri: §openbao+kv2://secret/a#k?version=3§ # why\n",
			"uri: openbao+kv2://secret/a#k?version=3 # why\n",
		},
		{
			"a plain scalar with a comment behind it",
			"uri: §OpenBao+KV2://secret/a/?version=3#k§   # why\n",
			"uri: openbao+kv2://secret/a#k?version=3   # why\n",
		},
		{
			"scalars in single and double quotes",
			"a: {uri: '§FILE://m/a/§'}\nb: {uri: \"§FILE://m/b/§\"}",
			"a: {uri: 'file://m/a'}\nb: {uri: \"file://m/b\"}",
		},
		{
			"several on one line, behind letters of several bytes, with Windows line ends",
			"# é\r\né: {uri: §FILE://m/a§}, ü: {uri: §FILE://m/b/§}\r\n",
			"# é\r\né: {uri: file://m/a}, ü: {uri: file://m/b}\r\n",
		},
		{
			"raw and interpreted tags",
			"A string `json:\"a\" secret:\"§FILE://m/a/§\"`\nB int \"secret:\\\"§FILE://m/b/§\\\"\"",
			"A string `json:\"a\" secret:\"file://m/a\"`\nB int \"secret:\\\"file://m/b\\\"\"",
		},
		{
			"a key that ends in a colon, in quotes",
			"uri: \"§file://m/a#k:?§\"\n",
			"uri: \"file://m/a#k:\"\n",
		},
		{
			"a reference without text, which its reader has reported",
			"uri: '§§' # why\n",
			"uri: '' # why\n",
		},
		{
			"a reference that is the whole of the file",
			"§FILE://m/a§",
			"file://m/a",
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			source, refs := referencesIn(test.source)
			src := []byte(source)
			var diags diag.List
			got := rewrite.Apply(src, refs, anyMount(), &diags)
			if diff := cmp.Diff(test.want, string(got)); diff != "" || !diags.Empty() {
				t.Errorf("findings %v, output (-want +got):\n%s", diags.Sorted(), diff)
			}
			if string(src) != source {
				t.Errorf("Apply wrote to its input: %q", src)
			}
		})
	}
}

func TestReferencesThatStay(t *testing.T) {
	t.Parallel()
	moved := func(refs []model.Reference, line, col int) []model.Reference {
		refs[0].Pos.Line += line
		refs[0].Pos.Col += col
		return refs
	}
	tests := []struct {
		name   string
		source string
		change func([]model.Reference) []model.Reference
		want   []string
	}{
		{
			"an illegal one, with every code at its fault",
			"uri: §openbao+kv2://secret/a*b?version=0§\n",
			nil,
			[]string{"f:1:28 INVALID_WILDCARD", "f:1:39 INVALID_VERSION"},
		},
		{
			"an illegal one whose text is not that of the file",
			"uri: §file://m/a b§\n",
			func(refs []model.Reference) []model.Reference {
				refs[0].Exact = false
				return refs
			},
			[]string{"f:1:6 ILLEGAL_SEGMENT"},
		},
		{
			"one behind escapes",
			"uri: §FILE://m/" + canary + "§\n",
			func(refs []model.Reference) []model.Reference {
				refs[0].Exact = false
				return refs
			},
			[]string{"f:1:6 NOT_CANONICAL"},
		},
		{
			"a plain one that would become a key of YAML",
			"uri: §file://m/a#k:?§\n",
			nil,
			[]string{"f:1:6 NOT_CANONICAL"},
		},
		{
			"one that is not where it was said to be",
			"uri: §FILE://m/a§ and more\n",
			func(refs []model.Reference) []model.Reference { return moved(refs, 0, 1) },
			[]string{"f:1:7 NOT_CANONICAL"},
		},
		{
			"one before the start of its line",
			"uri:\n§FILE://m/a§\n",
			func(refs []model.Reference) []model.Reference { return moved(refs, 0, -1) },
			[]string{"f:2:0 NOT_CANONICAL"},
		},
		{
			"one behind the end of the file",
			"uri: §FILE://m/a§",
			func(refs []model.Reference) []model.Reference { return moved(refs, 0, 100) },
			[]string{"f:1:106 NOT_CANONICAL"},
		},
		{
			"one on a line before the first",
			"uri: §FILE://m/a§",
			func(refs []model.Reference) []model.Reference { return moved(refs, -1, 0) },
			[]string{"f NOT_CANONICAL"},
		},
		{
			"one on a line after the last",
			"uri: §FILE://m/a§",
			func(refs []model.Reference) []model.Reference { return moved(refs, 1, 0) },
			[]string{"f:2:6 NOT_CANONICAL"},
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			source, refs := referencesIn(test.source)
			if test.change != nil {
				refs = test.change(refs)
			}
			var diags diag.List
			got := rewrite.Apply([]byte(source), refs, anyMount(), &diags)
			if diff := cmp.Diff(source, string(got)); diff != "" {
				t.Errorf("output (-want +got):\n%s", diff)
			}
			var found []string
			for _, d := range diags.Sorted() {
				found = append(found, fmt.Sprintf("%s %s", d.Pos, d.Code))
			}
			if diff := cmp.Diff(test.want, found); diff != "" {
				t.Errorf("findings (-want +got):\n%s", diff)
			}
			if strings.Contains(fmt.Sprintf("%+v", diags.Sorted()), canary) {
				t.Errorf("a finding quotes the reference: %+v", diags.Sorted())
			}
		})
	}
}

func TestReferencesOfOnePlaceAreRewrittenOnce(t *testing.T) {
	t.Parallel()
	source, refs := referencesIn("`secret:\"§FILE://m/a/§\"` `secret:\"§FILE://m/b/§\"`")
	var diags diag.List
	got := rewrite.Apply([]byte(source), []model.Reference{refs[1], refs[0], refs[1], refs[0]}, anyMount(), &diags)
	if diff := cmp.Diff("`secret:\"file://m/a\"` `secret:\"file://m/b\"`", string(got)); diff != "" {
		t.Errorf("output (-want +got):\n%s", diff)
	}
}

func TestDeclaredSchemesAreKnown(t *testing.T) {
	t.Parallel()
	source, refs := referencesIn("uri: §OpenBao-EU+KV2://secret/a§\n")
	var diags diag.List
	got := rewrite.Apply([]byte(source), refs, uri.Scope{AnyMount: true, Schemes: []string{"openbao-eu+kv2"}}, &diags)
	if diff := cmp.Diff("uri: openbao-eu+kv2://secret/a\n", string(got)); diff != "" || !diags.Empty() {
		t.Errorf("findings %v, output (-want +got):\n%s", diags.Sorted(), diff)
	}
}

// TestTaggedStructs takes the way of the verb fmt for tags: read, rewrite, and
// read again.
func TestTaggedStructs(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	const before = "package config // é\n\n//line elsewhere.go:7\ntype secrets struct {\n" +
		"\tA, B string `json:\"a\"  secret:\"FILE://m/a/\"` // é FILE://m/a/\n" +
		"\tC struct {\n\n\t\tD []byte \"secret:\\\"OPENBAO+kv2://m/d?version=1#k\\\" secretopt:\\\"encoding=hex\\\"\"\n\t}\n}\n"
	const after = "package config // é\n\n//line elsewhere.go:7\ntype secrets struct {\n" +
		"\tA, B string `json:\"a\"  secret:\"file://m/a\"` // é FILE://m/a/\n" +
		"\tC struct {\n\n\t\tD []byte \"secret:\\\"openbao+kv2://m/d#k?version=1\\\" secretopt:\\\"encoding=hex\\\"\"\n\t}\n}\n"
	for name, text := range map[string]string{"go.mod": "module example.com/m\n\ngo 1.26\n", "config.go": before} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	for _, source := range []string{before, after} {
		var diags diag.List
		packages, err := readtags.Read(t.Context(), readtags.Config{
			Dir:     dir,
			Overlay: map[string][]byte{filepath.Join(dir, "config.go"): []byte(source)},
		}, &diags)
		if err != nil || len(packages) != 1 {
			t.Fatalf("read %d packages, error %v", len(packages), err)
		}
		refs := rewrite.References(packages[0])
		got := rewrite.Apply([]byte(source), refs["config.go"], anyMount(), &diags)
		if diff := cmp.Diff(after, string(got)); diff != "" || !diags.Empty() || len(refs) != 1 {
			t.Errorf("findings %v, output (-want +got):\n%s", diags.Sorted(), diff)
		}
	}
}

func TestReferencesAreSortedByFile(t *testing.T) {
	t.Parallel()
	ref := func(file, text string) model.Reference {
		return model.Reference{Text: text, Pos: diag.Pos{File: file, Line: 1, Col: 1}}
	}
	p := &model.Package{Secrets: []*model.Secret{{Ref: ref("a", "1")}, {Ref: ref("b", "2")}, {Ref: ref("a", "3")}}}
	want := map[string][]model.Reference{"a": {ref("a", "1"), ref("a", "3")}, "b": {ref("b", "2")}}
	if diff := cmp.Diff(want, rewrite.References(p)); diff != "" {
		t.Errorf("references (-want +got):\n%s", diff)
	}
}
