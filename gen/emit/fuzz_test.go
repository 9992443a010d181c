package emit_test

import (
	"errors"
	"go/format"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/secretsgen/secretsgen/gen/emit"
	"github.com/secretsgen/secretsgen/gen/model"
	"github.com/secretsgen/secretsgen/gen/names"
	"github.com/secretsgen/secretsgen/runtime/uri"
)

// FuzzFile gives the emitter hostile models. It either refuses one, or writes a
// file that is what it may be, and in which a description changes nothing but
// comments.
func FuzzFile(f *testing.F) {
	f.Add("config", "Secrets", "API", "api", "Token", "token", "a token", "openbao+kv2://secret/a#k", "secrets.yaml", uint8(0), false)
	f.Add("config", "App", "DB", "db", "Type", "type", "\n//go:embed x\n*/", "env://secret/A", "a\n//line b.go:1", uint8(6), false)
	f.Add("config", "Secrets", "A", "", "B(){};func init", "x", "\u2028+build", "file://secret/a?x", "\xff", uint8(4), true)
	f.Add("init", "S", "Init", "init", "Main", "main", "``\" \\ #cgo", "yaml://m/p#~@:+=,-", "", uint8(5), true)
	kinds := append(model.Kinds(), model.Document)
	f.Fuzz(func(t *testing.T, pkg, root, group, groupSnake, name, snake, description, ref, source string, kind uint8, unchecked bool) {
		if !unchecked {
			pkg, root = "config", names.Go(valid(root))
			group, groupSnake = names.Go(valid(group)), names.Snake(valid(group))
			name, snake = names.Go(valid(name)), names.Snake(valid(name))
		}
		reference, err := uri.Parse(ref, uri.Scope{AnyMount: true})
		if err != nil {
			reference = uri.MustParse("env://secret/A", uri.Scope{AnyMount: true})
		}
		s := &model.Secret{
			Root:     &model.Root{Name: root},
			Path:     []model.Name{{Text: group, Go: group, Snake: groupSnake}, {Text: name, Go: name, Snake: snake}},
			Accessor: groupSnake + "." + snake,
			URI:      reference,
			Type:     model.Type{Kind: kinds[int(kind)%len(kinds)]},
		}
		if s.Type.Kind == model.Document {
			s.Fields = []model.Field{{
				Name:        model.Name{Text: name, Go: name, Snake: snake},
				Key:         snake,
				Type:        model.Type{Kind: model.String},
				Description: description,
			}}
		}
		p := &model.Package{Name: pkg, Roots: []*model.Root{s.Root}, Sources: []string{source}, Secrets: []*model.Secret{s}}
		plain, err := emit.File(p)
		if err != nil {
			if _, ok := errors.AsType[*emit.Error](err); !ok {
				t.Fatalf("error is %v, want *emit.Error", err)
			}
			return
		}
		s.Description = description
		src, err := emit.File(p)
		if err != nil {
			t.Fatalf("the description changed the outcome: %v", err)
		}
		if err := emit.Verify(src, p); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(withoutComments(plain), withoutComments(src)); diff != "" {
			t.Fatalf("the description changed the code (-without +with):\n%s", diff)
		}
		formatted, err := format.Source(src)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(string(formatted), string(src)); diff != "" {
			t.Fatalf("gofmt would change the file (-want +got):\n%s", diff)
		}
	})
}

// valid makes a name of text that check lets through.
func valid(text string) string {
	name := "x" + strings.Map(func(r rune) rune {
		if names.Valid("x" + string(r)) {
			return r
		}
		return -1
	}, text)
	return name[:min(len(name), 64)]
}

// withoutComments drops the lines that are comments. No string of a generated
// file has lines.
func withoutComments(src []byte) string {
	var b strings.Builder
	for line := range strings.Lines(string(src)) {
		if !strings.HasPrefix(strings.TrimSpace(line), "//") {
			b.WriteString(line)
		}
	}
	return b.String()
}
