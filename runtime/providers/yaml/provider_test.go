package yaml

import (
	"bytes"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/secretsgen/secretsgen/runtime/providers"
	"github.com/secretsgen/secretsgen/runtime/providers/providertest"
	"github.com/secretsgen/secretsgen/runtime/settings"
)

const canary = "canary-c90a16"

func at(path string, version int) providers.Location {
	return providers.Location{Mount: "secret", Path: path, Version: version}
}

// openOn opens a store of one text, and gives its path and log.
func openOn(t *testing.T, text string) (p providers.Provider, path string, log *bytes.Buffer) {
	t.Helper()
	path = filepath.Join(t.TempDir(), "vault.yaml")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	log = new(bytes.Buffer)
	p, err := Provider().Open(t.Context(), providers.Instance{
		Settings:    settings.FromMap(map[string]string{"YAML_VAULT_PATH": path}),
		Development: true,
		Logger:      slog.New(slog.NewTextHandler(log, nil)),
	})
	if err != nil {
		t.Fatal(err)
	}
	return p, path, log
}

func TestConformance(t *testing.T) {
	t.Parallel()
	p, _, _ := openOn(t, `
secret:
  app/db:
    $versions:
      - data: {password: `+canary+`-1}
      - deleted: true
      - destroyed: true
      - data: {password: `+canary+`-4}
  app/gone:
    $versions:
      - data: {password: `+canary+`-1}
      - deleted: true
`)
	document := func(version int) providers.Document {
		v := providers.NewValue(providers.Text, fmt.Appendf(nil, "%s-%d", canary, version))
		return providers.Fields(map[string]providers.Value{"password": v}, providers.Metadata{Version: version})
	}
	deleted, latestDeleted, destroyed := at("app/db", 2), at("app/gone", 0), at("app/db", 3)
	providertest.Run(t, providertest.Harness{
		Provider: p,
		Canary:   canary,
		Latest:   providertest.Read{At: at("app/db", 0), Want: document(4)},
		Pinned: []providertest.Read{
			{At: at("app/db", 1), Want: document(1)},
			{At: at("app/db", 4), Want: document(4)},
		},
		Missing:        at("app/nothing", 0),
		MissingVersion: at("app/db", 5),
		Deleted:        &deleted,
		LatestDeleted:  &latestDeleted,
		Destroyed:      &destroyed,
	})
}

func TestDocumentWithoutAHistoryIsVersionOne(t *testing.T) {
	t.Parallel()
	p, _, _ := openOn(t, "secret: {app: {a: b}}")
	for _, version := range []int{0, 1} {
		doc, err := p.Read(t.Context(), at("app", version))
		if err != nil || doc.Metadata().Version != 1 {
			t.Errorf("version %d: %d, %v", version, doc.Metadata().Version, err)
		}
	}
	_, err := p.Read(t.Context(), at("app", 2))
	if _, ok := errors.AsType[*providers.SecretNotFoundError](err); !ok {
		t.Errorf("version 2: %v", err)
	}
}

func TestWhatHoldsNothingIsNotFound(t *testing.T) {
	t.Parallel()
	for _, text := range []string{"", "# nothing\n", "other: {app: {a: b}}", "secret:", "secret: {}", "secret: {app: }", "secret: {app/b: {a: b}}"} {
		p, _, log := openOn(t, text)
		_, err := p.Read(t.Context(), at("app", 0))
		if _, ok := errors.AsType[*providers.SecretNotFoundError](err); !ok || log.Len() > 0 {
			t.Errorf("%q: %v, %s", text, err, log)
		}
	}
}

func TestValuesKeepTheirKind(t *testing.T) {
	t.Parallel()
	p, _, _ := openOn(t, `
secret:
  app:
    text: "a\nb"
    quoted: "1"
    date: 2026-01-02
    number: 1.50
    big: 12345678901234567890
    negative: -3
    octal: 007
    hexadecimal: 0x1F
    grouped: 1_000
    infinite: .inf
    yes: True
    no: false
    null: ~
    list: [1, x, null, 0x1F, "\u2028\""]
    mapping: {b: {c: true}, a: []}
    8080: port
`)
	doc, err := p.Read(t.Context(), at("app", 0))
	if err != nil {
		t.Fatal(err)
	}
	type value struct {
		Kind  providers.Kind
		Bytes string
	}
	got := map[string]value{}
	fields, _ := doc.Fields()
	for key, v := range fields {
		got[key] = value{v.Kind(), string(v.Bytes())}
	}
	want := map[string]value{
		"text":        {providers.Text, "a\nb"},
		"quoted":      {providers.Text, "1"},
		"date":        {providers.Text, "2026-01-02"},
		"number":      {providers.Number, "1.50"},
		"big":         {providers.Number, "12345678901234567890"},
		"negative":    {providers.Number, "-3"},
		"octal":       {providers.Text, "007"},
		"hexadecimal": {providers.Text, "0x1F"},
		"grouped":     {providers.Text, "1_000"},
		"infinite":    {providers.Text, ".inf"},
		"yes":         {providers.Bool, "true"},
		"no":          {providers.Bool, "false"},
		"null":        {providers.Null, ""},
		"list":        {providers.JSON, "[1,\"x\",null,\"0x1F\",\"\u2028\\\"\"]"},
		"mapping":     {providers.JSON, `{"b":{"c":true},"a":[]}`},
		"8080":        {providers.Text, "port"},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("fields (-want +got):\n%s", diff)
	}
	if _, err := doc.Object(); err != nil {
		t.Errorf("the document is no JSON object: %v", err)
	}
}

func TestEditShowsAtOnce(t *testing.T) {
	t.Parallel()
	p, path, _ := openOn(t, "secret: {app: {a: one}}")
	before, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	for _, value := range []string{"one", "two", "six"} {
		if err := os.WriteFile(path, []byte("secret: {app: {a: "+value+"}}"), 0o600); err != nil {
			t.Fatal(err)
		}
		// Not even the time or the size of the file need to tell.
		if err := os.Chtimes(path, before.ModTime(), before.ModTime()); err != nil {
			t.Fatal(err)
		}
		doc, err := p.Read(t.Context(), at("app", 0))
		if err != nil {
			t.Fatal(err)
		}
		if got, err := doc.Pick("a"); err != nil || string(got.Bytes()) != value {
			t.Errorf("the value is %s, %v", got.Bytes(), err)
		}
	}
}

func TestFaultIsLoggedWithItsPlace(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ text, place string }{
		"the file is a list":            {"- " + canary, "line=1 column=1"},
		"a mount is a scalar":           {"secret: " + canary, "line=1 column=9"},
		"a path is a scalar":            {"secret:\n  app: " + canary, "line=2 column=8"},
		"versions beside keys":          {"secret:\n  app:\n    a: " + canary + "\n    $versions: [{deleted: true}]", "line=4 column=16"},
		"versions that are no list":     {"secret: {app: {$versions: " + canary + "}}", "line=1 column=27"},
		"no version":                    {"secret: {app: {$versions: []}}", "line=1 column=27"},
		"a version that is a scalar":    {"secret: {app: {$versions: [" + canary + "]}}", "line=1 column=28"},
		"a version with two entries":    {"secret: {app: {$versions: [{deleted: true, data: {a: " + canary + "}}]}}", "line=1 column=28"},
		"a version without a known key": {"secret: {app: {$versions: [{" + canary + ": {}}]}}", "line=1 column=28"},
		"data that is a scalar":         {"secret: {app: {$versions: [{data: " + canary + "}]}}", "line=1 column=28"},
		"deleted that is not true":      {"secret: {app: {$versions: [{deleted: false}]}}", "line=1 column=28"},
		"destroyed in quotes":           {`secret: {app: {$versions: [{destroyed: "true"}]}}`, "line=1 column=28"},
		"one key twice":                 {"secret:\n  app: {a: " + canary + ", a: x}", "line=2 column="},
		"the first of several":          {"secret:\n  app: {a: 1, a: 1}\n  b: {c: 1, c: 1}", "line=2 column="},
		"what is not YAML":              {"secret: [" + canary, "line=1 column="},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p, path, log := openOn(t, c.text)
			_, err := p.Read(t.Context(), at("app", 0))
			if e, ok := errors.AsType[*providers.ProviderError](err); !ok || e.Code != providers.Malformed {
				t.Fatalf("the error is %v", err)
			}
			if !strings.Contains(log.String(), c.place) || strings.Count(log.String(), "\n") != 1 {
				t.Errorf("%q is not what the log says: %s", c.place, log)
			}
			for _, shown := range []string{err.Error(), log.String()} {
				if strings.Contains(shown, canary) || strings.Contains(shown, path) {
					t.Errorf("too much is shown: %s", shown)
				}
			}
		})
	}
}

func TestFileThatIsGoneIsUnavailable(t *testing.T) {
	t.Parallel()
	p, path, _ := openOn(t, "secret: {app: {a: b}}")
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	_, err := p.Read(t.Context(), at("app", 0))
	if e, ok := errors.AsType[*providers.ProviderError](err); !ok || e.Code != providers.Unavailable || strings.Contains(err.Error(), path) {
		t.Errorf("the error is %v", err)
	}
	if err := os.Mkdir(path, 0o700); err != nil {
		t.Fatal(err)
	}
	_, err = p.Read(t.Context(), at("app", 0))
	if e, ok := errors.AsType[*providers.ProviderError](err); !ok || e.Code != providers.Misconfigured {
		t.Errorf("a directory in its place: %v", err)
	}
}

func TestOpenNamesEveryProblem(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	file := filepath.Join(dir, "vault.yaml")
	if err := os.WriteFile(file, []byte("not: [YAML"), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		path        string
		development bool
		want        []string
	}{
		"a file in development, unread": {file, true, nil},
		"a file in production":          {file, false, []string{"ENVIRONMENT"}},
		"nothing in development":        {"", true, []string{"YAML_VAULT_PATH"}},
		"nothing in production":         {"", false, []string{"ENVIRONMENT", "YAML_VAULT_PATH"}},
		"a file that is not there":      {file + "x", true, []string{"YAML_VAULT_PATH"}},
		"a directory":                   {dir, true, []string{"YAML_VAULT_PATH"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := Provider().Open(t.Context(), providers.Instance{
				Scheme: "openbao+kv2", Settings: settings.FromMap(map[string]string{"YAML_VAULT_PATH": c.path}), Development: c.development,
			})
			var got []string
			if e, ok := errors.AsType[*settings.Error](err); ok {
				for _, p := range e.Problems {
					got = append(got, p.Name)
				}
			}
			if diff := cmp.Diff(c.want, got); diff != "" || (err != nil) != (c.want != nil) {
				t.Errorf("%v (-want +got):\n%s", err, diff)
			}
			if err != nil && strings.Contains(err.Error(), dir) {
				t.Errorf("the error shows the path: %v", err)
			}
		})
	}
}

func TestStandsInForWhatTheSettingsName(t *testing.T) {
	t.Parallel()
	for value, want := range map[string][]string{"": nil, "openbao+kv2": {"openbao+kv2"}, " openbao+kv2 ,,hashicorp+kv2": {"openbao+kv2", "hashicorp+kv2"}} {
		got := Provider().StandsIn(settings.FromMap(map[string]string{"YAML_VAULT_FOR": value}))
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%q (-want +got):\n%s", value, diff)
		}
	}
}
