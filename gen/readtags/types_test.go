package readtags

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/secretsgen/secretsgen/gen/diag"
	"github.com/secretsgen/secretsgen/gen/model"
)

const imports = `import (
	"crypto"
	"crypto/tls"
	"crypto/x509"
	stdjson "encoding/json"
	"math/big"
	"net/netip"
	"net/url"
	"time"

	"example.com/go-money"
	"example.com/internal/uuid-go"
	"example.com/ulid/v2"
	"gopkg.in/inf.v0"
)

type (
	Token = string
	Short = Token
	Maybe = *int
	Level string
	Key   []byte
	When  = time.Time
	Addr  = netip.Addr
	Login struct{ User string }
	Pair  = Login
	Color struct{ R int }
	Iface interface{ Get() string }
	Big   big.Int
	Loop  = Pool
	Pool  = Loop
	Box[T any] struct{ V T }
	One   = Box[int]
)

func (c *Color) UnmarshalJSON([]byte) error { return nil }
func (b Big) UnmarshalText([]byte) error    { return nil }
func (i Iface) MarshalText() ([]byte, error) { return nil, nil }

`

func TestTypes(t *testing.T) {
	t.Parallel()
	named := func(path, name string) model.Type {
		return model.Type{Kind: model.Named, Go: &model.GoType{Path: path, Name: name}}
	}
	into := func(path, name string) model.Type {
		return model.Type{Kind: model.JSON, Go: &model.GoType{Path: path, Name: name}}
	}
	optional := func(t model.Type) model.Type {
		t.Optional.On = true
		return t
	}
	tests := []struct {
		name, typ, options string
		want               model.Type
	}{
		{"string", "string", "", model.Type{Kind: model.String}},
		{"bytes", "[]byte", "", model.Type{Kind: model.Bytes}},
		{"bytes by their other name", "[]uint8", "", model.Type{Kind: model.Bytes}},
		{"int", "int", "", model.Type{Kind: model.Int}},
		{"uint", "uint", "", model.Type{Kind: model.Uint}},
		{"float", "float64", "", model.Type{Kind: model.Float}},
		{"bool", "bool", "", model.Type{Kind: model.Bool}},
		{"duration", "time.Duration", "", model.Type{Kind: model.Duration}},
		{"time", "time.Time", "", model.Type{Kind: model.Time}},
		{"url", "url.URL", "", model.Type{Kind: model.URL}},
		{"json", "stdjson.RawMessage", "", model.Type{Kind: model.JSON}},
		{"map", "map[string]string", "", model.Type{Kind: model.Map}},
		{"certificates", "[]*x509.Certificate", "", model.Type{Kind: model.Certificates}},
		{"key pair", "tls.Certificate", "", model.Type{Kind: model.TLSKeyPair}},
		{"private key", "crypto.Signer", "", model.Type{Kind: model.PrivateKey}},
		{"anything in parentheses", "((map[(string)](string)))", "", model.Type{Kind: model.Map}},
		{"an alias", "Token", "", model.Type{Kind: model.String}},
		{"an alias of an alias", "Short", "", model.Type{Kind: model.String}},
		{"aliases in a map", "map[Short]Token", "", model.Type{Kind: model.Map}},
		{"an alias of an imported type", "When", "", model.Type{Kind: model.Time}},
		{"an alias of a pointer", "Maybe", "", optional(model.Type{Kind: model.Int})},
		{"a pointer", "*url.URL", "", optional(model.Type{Kind: model.URL})},
		{"a pointer to a slice", "*[]*x509.Certificate", "", optional(model.Type{Kind: model.Certificates})},
		{"a named type of the package", "Level", "", named("", "Level")},
		{"an interface of the package", "Iface", "", named("", "Iface")},
		{"a pointer to a named type", "*Key", "", optional(named("", "Key"))},
		{"a named type of another package", "netip.Addr", "", named("net/netip", "Addr")},
		{"an alias of one", "*Addr", "", optional(named("net/netip", "Addr"))},
		{"one of a package whose path ends in a version", "ulid.ULID", "", named("example.com/ulid/v2", "ULID")},
		{"one whose path ends in a version by a dot", "inf.Dec", "", named("gopkg.in/inf.v0", "Dec")},
		{"one whose path begins with go-", "money.Sum", "", named("example.com/go-money", "Sum")},
		{"one whose path holds the name", "uuid.UUID", "", named("example.com/internal/uuid-go", "UUID")},
		{"a struct that reads itself", "Color", "", named("", "Color")},
		{"a defined type that reads itself", "Big", "", named("", "Big")},
		{"JSON into a named type", "Level", "type=json", into("", "Level")},
		{"JSON into a struct", "Login", "type=json", into("", "Login")},
		{"JSON into a struct that reads itself", "*Color", "type=json", optional(into("", "Color"))},
		{"JSON into a type of another package", "netip.Addr", "type=json", into("net/netip", "Addr")},
		{"raw JSON, said again", "stdjson.RawMessage", "type=json", model.Type{Kind: model.JSON}},
		{"bytes, said again", "[]byte", "type=bytes", model.Type{Kind: model.Bytes}},
		{"a private key, said again", "crypto.Signer", "type=private-key", model.Type{Kind: model.PrivateKey}},
		{"a named type, said again", "Level", "type=Level", named("", "Level")},
		{"an imported type, said again", "netip.Addr", "type=net/netip.Addr", named("net/netip", "Addr")},
		{"required, said", "string", "required", model.Type{Kind: model.String}},
		{"not required, said", "*string", "required=false", optional(model.Type{Kind: model.String})},
		{"null alone", "*int", "required=true,allow_null", model.Type{Kind: model.Int, Nullable: model.Flag{On: true}}},
		{"null or absent", "*int", "allow_null=true", optional(model.Type{Kind: model.Int, Nullable: model.Flag{On: true}})},
	}
	// Positions are those of other tests.
	bare := cmp.Options{cmpopts.IgnoreTypes(diag.Pos{})}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			for _, shape := range []string{
				"A " + test.typ + " `secret:\"file://m/a\" secretopt:\"" + test.options + "\"`",
				"D struct { A " + test.typ + " `secret:\"#a\" secretopt:\"" + test.options + "\"` } `secret:\"file://m/d\"`",
			} {
				shape = strings.ReplaceAll(shape, ` secretopt:""`, "")
				p, found := readSource(t, map[string]string{"config.go": "package config\n" + imports + "type secrets struct { " + shape + " }\n"})
				if p == nil || len(p.Secrets) != 1 || len(found) > 0 {
					t.Fatalf("%s: package %+v, findings %+v", shape, p, found)
				}
				got := p.Secrets[0].Type
				if got.Kind == model.Document {
					got = p.Secrets[0].Fields[0].Type
				}
				if diff := cmp.Diff(test.want, got, bare); diff != "" {
					t.Errorf("%s: type (-want +got):\n%s", shape, diff)
				}
			}
		})
	}
}

func TestTypesKeepTheirPlaces(t *testing.T) {
	t.Parallel()
	source, at := unmark("config.go", "package config\nimport \"net/netip\"\ntype secrets struct {\n"+
		"\tA §*(§netip.Addr) `secret:\"file://m/a\" secretopt:\"§allow_null\"`\n"+
		"\tB §*Login `secret:\"file://m/b\" secretopt:\"encoding=hex,§required=true,allow_null\"`\n"+
		"\tC §Login `secret:\"file://m/c\" secretopt:\"§required=true,§allow_null=false\"`\n"+
		"}\ntype Login struct { User string }\n")
	p, found := readSource(t, map[string]string{"config.go": source})
	if p == nil || len(found) > 0 {
		t.Fatalf("package %v, findings %+v", p, found)
	}
	a, b, c := p.Secrets[0].Type, p.Secrets[1].Type, p.Secrets[2].Type
	want := []diag.Pos{at[0], at[0], at[1], at[2], at[4], at[5], at[5], at[6], at[7]}
	got := []diag.Pos{a.Pos, a.Optional.Pos, a.Go.Pos, a.Nullable.Pos, b.Optional.Pos, c.Pos, c.Go.Pos, c.Optional.Pos, c.Nullable.Pos}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("places (-want +got):\n%s", diff)
	}
	if b.Optional.On || c.Optional.On || c.Nullable.On || !b.Nullable.On {
		t.Errorf("flags of %+v and %+v are not those of their options", b, c)
	}
	if b.Go.Pos.Col != at[3].Col+1 {
		t.Errorf("the name of B is at %s, want behind its star", b.Go.Pos)
	}
}

func TestTypesThatNoSecretCanHave(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, typ string // § marks the finding
		hint      string // part of it
	}{
		{"a sized int", "§int64", "did you mean int?"},
		{"a rune", "§rune", "did you mean int?"},
		{"a sized uint", "§uint16", "did you mean uint?"},
		{"a byte", "§byte", "did you mean uint?"},
		{"a small float", "§float32", "did you mean float64?"},
		{"a slip of the pen", "§strin", "did you mean string?"},
		{"a slip in a selector", "§time.Duraton", "did you mean time.Duration?"},
		{"a near type of the same package", "§time.Timer", "did you mean time.Time?"},
		{"a type that nobody declares", "§Unknown", "or a named type"},
		{"a package that is not imported", "§yaml.Node", "import its package"},
		{"a pointer to a pointer", "§**string", "one star"},
		{"a pointer to an alias of a pointer", "§*Maybe", "one star"},
		{"aliases that stand for each other", "§Loop", "use string"},
		{"a single certificate", "§x509.Certificate", "did you mean []*x509.Certificate?"},
		{"a pointer to a certificate", "§*x509.Certificate", "did you mean []*x509.Certificate?"},
		{"certificates without stars", "§[]x509.Certificate", "did you mean []*x509.Certificate?"},
		{"an array of certificates", "§[2]*x509.Certificate", "did you mean []*x509.Certificate?"},
		{"a private key of no method", "§crypto.PrivateKey", "did you mean crypto.Signer?"},
		{"an array of bytes", "§[4]byte", "did you mean []byte?"},
		{"a list", "§[]string", "use string"},
		{"another map", "§map[string]any", "did you mean map[string]string?"},
		{"anything", "§any", "did you mean json.RawMessage?"},
		{"an interface", "§interface{}", "did you mean json.RawMessage?"},
		{"a function", "§func() string", "use string"},
		{"a generic type", "§Box[int]", "without type parameters"},
		{"a generic type without its arguments", "§Box", "without type parameters"},
		{"an alias of a generic type", "§One", "without type parameters"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			for _, shape := range []string{
				"A " + test.typ + " `secret:\"file://m/a\"`",
				"D struct { A " + test.typ + " } `secret:\"file://m/d\"`",
			} {
				source, places := unmark("config.go", "package config\n"+imports+"type secrets struct { "+shape+" }\n")
				_, found := readSource(t, map[string]string{"config.go": source})
				if diff := cmp.Diff([]string{places[0].String() + " UNKNOWN_TYPE"}, lines(found)); diff != "" {
					t.Fatalf("findings (-want +got):\n%s", diff)
				}
				if !strings.Contains(found[0].Hint, test.hint) {
					t.Errorf("hint is %q, want one with %q", found[0].Hint, test.hint)
				}
			}
		})
	}
}

func TestTypesThatHideOthers(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		source string
		want   *model.GoType
	}{
		"a string of the package's own":         {"type string []rune\ntype secrets struct { A string `secret:\"file://m/a\"` }", &model.GoType{Name: "string"}},
		"a time of another path":                {"import time \"example.com/time\"\ntype secrets struct { A time.Duration `secret:\"file://m/a\"` }", &model.GoType{Path: "example.com/time", Name: "Duration"}},
		"a path that ends as a known one does":  {"import \"example.com/encoding/json\"\ntype secrets struct { A json.RawMessage `secret:\"file://m/a\"` }", &model.GoType{Path: "example.com/encoding/json", Name: "RawMessage"}},
		"a name that one of two imports is for": {"import (\"time\"; time2 \"example.com/time\")\ntype secrets struct { A time2.Time `secret:\"file://m/a\"` }", &model.GoType{Path: "example.com/time", Name: "Time"}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p, found := readSource(t, map[string]string{"config.go": "package config\n" + test.source + "\n"})
			if p == nil || len(found) > 0 {
				t.Fatalf("package %v, findings %+v", p, found)
			}
			if diff := cmp.Diff(test.want, p.Secrets[0].Type.Go, cmpopts.IgnoreTypes(diag.Pos{})); diff != "" {
				t.Errorf("type (-want +got):\n%s", diff)
			}
		})
	}
}
