package schema_test

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/secretsgen/secretsgen/gen/diag"
	"github.com/secretsgen/secretsgen/gen/model"
	"github.com/secretsgen/secretsgen/gen/readyaml"
	"github.com/secretsgen/secretsgen/gen/schema"
)

// An object is one of JSON, or a JSON Schema.
type object = map[string]any

// document is the schema.
func document(t *testing.T) object {
	t.Helper()
	var root object
	if err := json.Unmarshal(schema.JSON(), &root); err != nil {
		t.Fatal(err)
	}
	return root
}

// at is the value below keys.
func at(t *testing.T, n any, keys ...string) any {
	t.Helper()
	for _, key := range keys {
		member, ok := n.(object)[key]
		if !ok {
			t.Fatalf("there is no %s of %s", key, strings.Join(keys, "/"))
		}
		n = member
	}
	return n
}

// readersKeys are the keys that the reader knows of a mapping, which it lists
// where it finds another one.
func readersKeys(t *testing.T, text string) []string {
	t.Helper()
	var diags diag.List
	readyaml.Read(&model.Package{Name: "config"}, []readyaml.File{{Name: "a.yaml", Base: "a.yaml", Data: []byte(text)}}, &diags)
	for _, d := range diags.Sorted() {
		if _, list, ok := strings.Cut(d.Message, ": known are "); ok && d.Code == diag.UnknownKey {
			return slices.Sorted(slices.Values(strings.Split(list, ", ")))
		}
	}
	t.Fatalf("the reader lists no keys: %v", diags.Sorted())
	return nil
}

func TestKeysAreThoseOfTheReader(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		provoke string
		of      []string // the place of the schema
	}{
		"of a file":   {"version: 1\nx: 1\n", nil},
		"of a tenant": {"version: 1\ntenant: {x: 1}\n", []string{"properties", "tenant"}},
		"of a secret": {"version: 1\nsecrets: {a: {uri: \"env://m/A\", x: 1}}\n", []string{"$defs", "secret"}},
		"of a field":  {"version: 1\nsecrets: {a: {uri: \"env://m/A\", fields: {b: {x: 1}}}}\n", []string{"$defs", "field"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			mapping := at(t, document(t), tt.of...)
			properties, _ := at(t, mapping, "properties").(object)
			var got []string
			for key := range properties {
				got = append(got, key)
			}
			slices.Sort(got)
			if diff := cmp.Diff(readersKeys(t, tt.provoke), got); diff != "" {
				t.Errorf("keys (-reader +schema):\n%s", diff)
			}
			if at(t, mapping, "additionalProperties") != false {
				t.Error("other keys are allowed")
			}
		})
	}
}

func TestWordsAreThoseOfTheModel(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct{ got, want any }{
		"types":     {at(t, at(t, document(t), "$defs", "type", "anyOf").([]any)[0], "enum"), words(model.Kinds())},
		"encodings": {at(t, document(t), "$defs", "encoding", "enum"), words(model.Encodings())},
	} {
		if diff := cmp.Diff(tt.want, tt.got); diff != "" {
			t.Errorf("%s (-model +schema):\n%s", name, diff)
		}
	}
}

func words[T ~string](all []T) any {
	var list []any
	for _, word := range all {
		list = append(list, string(word))
	}
	return list
}

// TestEveryTypeOfARuleIsKnown keeps a type that is renamed from staying behind in
// a rule, where it would allow nothing.
func TestEveryTypeOfARuleIsKnown(t *testing.T) {
	t.Parallel()
	count := 0
	var visit func(n any)
	visit = func(n any) {
		switch n := n.(type) {
		case []any:
			for _, item := range n {
				visit(item)
			}
		case object:
			if properties, ok := n["properties"].(object); ok {
				typ, _ := properties["type"].(object)
				list, _ := typ["enum"].([]any)
				if one, ok := typ["const"]; ok {
					list = append(list, one)
				}
				for _, word := range list {
					count++
					if kind, _ := word.(string); kind != string(model.Document) && !slices.Contains(model.Kinds(), model.Kind(kind)) {
						t.Errorf("%v is no type", word)
					}
				}
			}
			for _, member := range n {
				visit(member)
			}
		}
	}
	visit(document(t))
	if count < 20 {
		t.Errorf("got %d types in rules", count)
	}
}

func TestEveryKeyHasADescription(t *testing.T) {
	t.Parallel()
	root := document(t)
	for _, of := range [][]string{nil, {"properties", "tenant"}, {"$defs", "secret"}, {"$defs", "field"}} {
		properties, _ := at(t, root, append(slices.Clone(of), "properties")...).(object)
		for key, property := range properties {
			if described(t, root, property) == "" {
				t.Errorf("%s of %s has no description", key, strings.Join(of, "/"))
			}
		}
	}
}

// described is the description of a schema, or of the one that it refers to.
func described(t *testing.T, root object, n any) string {
	t.Helper()
	schema, _ := n.(object)
	if text, ok := schema["description"].(string); ok {
		return text
	}
	if ref, ok := schema["$ref"].(string); ok {
		return described(t, root, at(t, root, strings.Split(strings.TrimPrefix(ref, "#/"), "/")...))
	}
	return ""
}
