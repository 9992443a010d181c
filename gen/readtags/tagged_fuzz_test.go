package readtags

import (
	"bytes"
	"os"
	"path/filepath"
	"strconv"
	"testing"

	"github.com/secretsgen/secretsgen/gen/check"
	"github.com/secretsgen/secretsgen/gen/diag"
	"github.com/secretsgen/secretsgen/gen/emit"
	"github.com/secretsgen/secretsgen/gen/gotypes"
	"github.com/secretsgen/secretsgen/gen/model"
	"github.com/secretsgen/secretsgen/gen/readyaml"
	"github.com/secretsgen/secretsgen/internal/testgo"
)

const tenant = "version: 1\ntenant: {id: dev, mounts: [m]}\ninstances: [openbao-eu+kv2]\nschemes: {acme+sm: example.com/acme}\n"

// The places of the texts of a hostile struct.
const (
	quoted  = 1 << iota // tags are quoted, whatever they hold
	inField             // type and options are those of a document's field
)

// A tagging is what a hostile struct is made of.
type tagging struct{ name, typ, ref, options, comment, beside string }

// source puts the texts in their places.
func (s tagging) source(places uint8) string {
	tag := func(ref, options string) string {
		switch {
		case places&quoted == 0 && options == "":
			return "`secret:\"" + ref + "\"`"
		case places&quoted == 0:
			return "`secret:\"" + ref + "\" secretopt:\"" + options + "\"`"
		case options == "":
			return strconv.Quote("secret:" + strconv.Quote(ref))
		}
		return strconv.Quote("secret:" + strconv.Quote(ref) + " secretopt:" + strconv.Quote(options))
	}
	first, extra := s.typ+" "+tag(s.ref, s.options), "string "+tag("#extra", "")
	if places&inField != 0 {
		first, extra = "string "+tag(s.ref, ""), s.typ+" "+tag("#extra", s.options)
	}
	return "package config\n\nimport (\n\t\"crypto\"\n\t\"crypto/tls\"\n\t\"crypto/x509\"\n\t\"encoding/json\"\n\t\"net/url\"\n\t\"time\"\n)\n\n" +
		"type (\n\t_ crypto.Signer\n\t_ tls.Certificate\n\t_ x509.Certificate\n\t_ json.RawMessage\n\t_ url.URL\n\t_ time.Time\n)\n\n" +
		"type Level struct{}\n\nfunc (*Level) UnmarshalText([]byte) error { return nil }\n\n" +
		s.beside + "\n\n// " + s.comment + "\ntype secrets struct {\n\t// " + s.comment + "\n\t" + s.name + " " + first + " // " + s.comment + "\n" +
		"\tGroup struct{ B *int `secret:\"env://m/B\"` }\n\tDoc login `secret:\"file://m/doc\"`\n}\n\n" +
		"type login struct {\n\tUser string `secret:\"#user\" secretopt:\"pattern='^a+$'\"`\n\tExtra " + extra + "\n}\n"
}

// taggings are seeds, the first ones such that are accepted.
func taggings() (fine, others []tagging) {
	fine = []tagging{
		{"Token", "string", "openbao+kv2://m/api#token?version=3", "", "Bearer token.", ""},
		{"Two", "string", "env://m/A", "profile.ci='file://m/b'", "go:embed x */", ""},
		{"Key", "[]byte", "file://m/a", "encoding=hex,max_length=32,allow_empty", "`x` */", ""},
		{"Port", "int", "env://m/A", "min=1,max=65535,default=5432", "func init() {}", ""},
		{"Shards", "uint", "env://m/A", "one_of=1|2|4", "#cgo LDFLAGS: -lx", ""},
		{"Ratio", "*float64", "env://m/A", "min=-0.5,allow_null", "+build ignore", ""},
		{"Debug", "*bool", "env://m/A", "required,allow_null", "a\u2028func init() {}\u202eb", ""},
		{"Wait", "time.Duration", "env://m/A", "default=1m30s,one_of=1s|1m30s|0", "line /etc/passwd:1", ""},
		{"Since", "time.Time", "env://m/A", "default=2026-01-02T15:04:05Z", "a\xe2\x80\x8bb", ""},
		{"Proxy", "*url.URL", "openbao-eu+kv2://m/a#k", "", "a\r\n\t// b", ""},
		{"Settings", "json.RawMessage", "acme+sm://m/a", "response_wrap=60s", "", ""},
		{"Labels", "map[string]string", "file://m/a", "cache=30s,max_length=8", "\n\t//go:embed x", ""},
		{"CA", "[]*x509.Certificate", "file://m/a", "", "Deprecated: x", ""},
		{"Pair", "tls.Certificate", "file://m/a", "", "", ""},
		{"Signer", "crypto.Signer", "file://m/a", "", "", "var client, ctx int"},
		{"Level", "*Level", "env://m/A", "", "", "var Level2, kv2, env, file = 1, 2, 3, 4"},
		{"Limits", "Level", "env://m/A", "type=json", "", "func unrelated() {}"},
		{"User", "string", "env://m/A", "pattern='^[a-z]+$'", "", "type t = string"},
		{"Note", "string", "env://m/A", "default=\u202ex,insecure_default", "bidi", ""},
	}
	others = []tagging{
		{"A, B", "string", "env://m/A", "", "\n//go:embed x", ""},
		{"CA", "[]*x509.Certificate", "file://m/a", "", "", "func Open() {}"},
		{"Signer", "crypto.Signer", "file://m/a", "", "", "type SecretsGroup int"},
		{"Level", "*Level", "env://m/A", "", "", "var decode, constraint = 1, 2"},
		{"Login", "login", "file://m/a", "", "", "func decodeSecretsLogin() {}"},
		{"User", "string", "env://m/A", "", "", "var patternSecretsDocExtra, patternSecretsDocUser int"},
		{"Limits", "Level", "env://m/A", "type=json", "", "type string = int"},
		{"X string `secret:\"env://m/X\"`\n\tY", "string", "env://m/Y", "", "", ""},
		{"A", "string `\" secretopt:\"x\"", "env://m/A`", "", "Deprecated: x", ""},
		{"Debug", "bool", "env://m/A", "default=true", "", "const true = 1"},
		{"String", "string", "env://m/A", "", "Is", ""},
		{"\u00dc", "string", "env://m/A", "", "", ""},
		{"_", "string", "env://m/A", "", "", ""},
		{"Close", "string", "env://m/A", "cache=`,response_wrap='", "", ""},
		{"Declarations", "string", "env://m/A", "", "", ""},
		{"Pair", "tls.Certificate", "file://m/a", "certificate=`,private_key=\"", "", ""},
		{"Values", "struct{ A int `secret:\"env://m/A\"` }", "", "", "", ""},
		{"Type", "struct{ A []byte `secret:\"#a\" json:\"\u202e\"` }", "file://m/A", "", "", ""},
	}
	return fine, others
}

// FuzzTagged puts any text in the places of a name, a type, a reference, options
// and a comment of a tagged struct, and beside it. What is accepted gives output
// that compiles with the struct, if that does by itself, and that testgo finds
// nothing wrong with.
func FuzzTagged(f *testing.F) {
	fine, others := taggings()
	for _, s := range append(fine, others...) {
		for places := range uint8(4) {
			f.Add(s.name, s.typ, s.ref, s.options, s.comment, s.beside, places)
		}
	}
	f.Fuzz(func(t *testing.T, name, typ, ref, options, comment, beside string, places uint8) {
		accepts(t, tagging{name, typ, ref, options, comment, beside}.source(places))
	})
}

// TestHostileStructs holds that the fuzz target begins with what is accepted.
func TestHostileStructs(t *testing.T) {
	t.Parallel()
	fine, _ := taggings()
	for _, s := range fine {
		for places := range uint8(2) {
			if source := s.source(places); !accepts(t, source) {
				t.Errorf("not accepted:\n%s", source)
			}
		}
	}
}

// accepts reports whether a package of one file is accepted, and judges what is
// generated of it.
func accepts(t *testing.T, source string) bool {
	t.Helper()
	authors := map[string]string{"config.go": source}
	p, found := readSource(t, authors)
	if p == nil || len(found) > 0 {
		return false
	}
	dir := t.TempDir() // in no module, so that the go command need not be asked
	if err := os.WriteFile(filepath.Join(dir, "config.go"), []byte(source), 0o600); err != nil {
		t.Fatal(err)
	}
	var diags diag.List
	readyaml.Read(p, []readyaml.File{{Name: "secrets.yaml", Base: "secrets.yaml", Data: []byte(tenant)}}, &diags)
	if err := gotypes.Resolve(t.Context(), gotypes.Config{Dir: dir}, []*model.Package{p}, &diags); err != nil {
		t.Fatal(err)
	}
	check.Check(p, &diags)
	if !diags.Empty() || testgo.Compiles("config", authors) != nil {
		return false
	}
	file, err := emit.File(p)
	if err != nil {
		t.Fatalf("what was accepted has no accessors: %v\n%s", err, source)
	}
	fake, err := emit.Fake(p)
	if err != nil {
		t.Fatalf("what was accepted has no fake: %v\n%s", err, source)
	}
	if err := testgo.Judge(p, testgo.Package{Accessors: file, Fake: fake, Authors: authors}); err != nil {
		t.Fatalf("%v\n%s\n%s\n%s", err, source, file, fake)
	}
	if again, err := emit.File(p); err != nil || !bytes.Equal(file, again) {
		t.Fatalf("the second time it is something else: %v\n%s\n%s", err, file, again)
	}
	return true
}
