package emit_test

import (
	"strings"
	"testing"

	"github.com/secretsgen/secretsgen/gen/model"
	"github.com/secretsgen/secretsgen/runtime/uri"
)

// checked makes a model as check leaves it.
func checked(secrets ...*model.Secret) *model.Package {
	root := &model.Root{Name: "Secrets"}
	for _, s := range secrets {
		s.Root = root
	}
	return &model.Package{
		Name:    "config",
		Sources: []string{"secrets.yaml"},
		Roots:   []*model.Root{root},
		Secrets: secrets,
	}
}

// secret declares a secret by the Go and snake spelling of its path,
// "API/api Token/token".
func secret(t testing.TB, path, ref string, kind model.Kind) *model.Secret {
	t.Helper()
	s := &model.Secret{Type: model.Type{Kind: kind}}
	var accessor []string
	for word := range strings.FieldsSeq(path) {
		name := spelled(word)
		s.Path = append(s.Path, name)
		accessor = append(accessor, name.Snake)
	}
	s.Accessor = strings.Join(accessor, ".")
	var err error
	s.URI, err = uri.Parse(ref, uri.Scope{AnyMount: true, Schemes: []string{"openbao-eu+kv2", "aws+sm", "aws-sm", "acme+sm", "time", "go", "len", "v", "client", "init", "secrets", "login", "ab+c", "a-b+c", "awssm2", "errors"}})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func spelled(word string) model.Name {
	goName, snake, _ := strings.Cut(word, "/")
	return model.Name{Text: snake, Go: goName, Snake: snake}
}

// field declares a field of a document.
func field(word, key string, kind model.Kind) model.Field {
	return model.Field{Name: spelled(word), Key: key, Type: model.Type{Kind: kind}}
}

// quickstart is the example of DESIGN section 3.
func quickstart(t testing.TB) *model.Package {
	t.Helper()
	token := secret(t, "API/api Token/token", "openbao+kv2://secret/myapp/api#token?version=3", model.String)
	token.Description = "Bearer token of the payments API."
	db := secret(t, "DB/db", "openbao+kv2://secret/myapp/db", model.Document)
	db.Fields = []model.Field{
		field("Username/username", "username", model.String),
		field("Password/password", "password", model.String),
		field("Port/port", "port", model.Int),
	}
	return checked(token, db)
}
