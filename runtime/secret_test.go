package runtime_test

import (
	"bytes"
	"database/sql/driver"
	"encoding/gob"
	"encoding/json"
	"encoding/xml"
	"fmt"
	htmltemplate "html/template"
	"log/slog"
	"strings"
	"sync/atomic"
	"testing"
	"text/template"

	"github.com/google/go-cmp/cmp"
	"gopkg.in/yaml.v3" //nolint:depguard // a printer to be tried

	"github.com/secretsgen/secretsgen/runtime"
	"github.com/secretsgen/secretsgen/runtime/secretstest/leakcheck"
)

type exported struct{ S runtime.Secret[string] }

type unexported struct{ s runtime.Secret[string] }

type generated struct {
	runtime.Redacted

	Password string
}

// holders are the ways in which a secret sits in something that is printed.
func holders(s runtime.Secret[string]) map[string]any {
	return map[string]any{
		"itself":                    s,
		"a pointer to it":           &s,
		"a slice":                   []runtime.Secret[string]{s},
		"a map":                     map[string]runtime.Secret[string]{"k": s},
		"an interface":              []any{s},
		"an exported field":         exported{s},
		"an unexported field":       unexported{s},
		"a pointer to a field":      &unexported{s},
		"a generated struct":        generated{Password: s.Reveal()},
		"a secret generated struct": runtime.NewSecret(generated{Password: s.Reveal()}),
		"secret bytes in a field":   struct{ s runtime.Secret[[]byte] }{runtime.NewSecret([]byte(s.Reveal()))},
		"a secret map in a field": struct {
			s runtime.Secret[map[string]string]
		}{runtime.NewSecret(map[string]string{s.Reveal(): s.Reveal()})},
		"a key's value behind an interface": map[string]any{"k": &s},
		"an attribute of an element": struct {
			S runtime.Secret[string] `xml:"s,attr"`
		}{s},
		"an array":                    [1]runtime.Secret[string]{s},
		"an atomic value":             atomically(s),
		"an error that holds it":      fmt.Errorf("failed with %v in %v", s, unexported{s}),
		"an error that wraps another": fmt.Errorf("outer: %w", fmt.Errorf("inner %+v", exported{s})),
	}
}

func atomically(s runtime.Secret[string]) *atomic.Value {
	var v atomic.Value
	v.Store(s)
	return &v
}

func TestNoPrinterShowsASecret(t *testing.T) {
	t.Parallel()
	canary := leakcheck.NewCanary()
	for name, holder := range holders(runtime.NewSecret(canary)) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var out bytes.Buffer
			verbs := []string{"v", "+v", "#v", "s", "q", "+q", "#q", "x", "X", "# x", "d", "c", "U", "e", "t", "T", "20s", ".3s"}
			if _, plain := holder.(generated); !plain {
				verbs = append(verbs, "p", "w") // package fmt asks no method for these
			}
			for _, verb := range verbs {
				fmt.Fprintf(&out, "%"+verb+"\n", holder)
			}
			fmt.Fprintln(&out, holder)
			slog.New(slog.NewTextHandler(&out, nil)).Info("text", "holder", holder)
			slog.New(slog.NewJSONHandler(&out, nil)).Info("json", "holder", holder)
			if err := json.NewEncoder(&out).Encode(holder); err != nil {
				fmt.Fprintln(&out, err)
			}
			if err := xml.NewEncoder(&out).Encode(holder); err != nil {
				fmt.Fprintln(&out, err)
			}
			if text, err := yaml.Marshal(holder); err != nil {
				fmt.Fprintln(&out, err)
			} else {
				out.Write(text)
			}
			if err := gob.NewEncoder(&out).Encode(holder); err != nil {
				fmt.Fprintln(&out, err)
			}
			if err := template.Must(template.New("").Parse("{{.}} {{printf \"%#v\" .}}")).Execute(&out, holder); err != nil {
				fmt.Fprintln(&out, err)
			}
			if err := htmltemplate.Must(htmltemplate.New("").Parse("<a href='{{.}}'>{{.}}</a><script>x={{.}}</script>")).Execute(&out, holder); err != nil {
				fmt.Fprintln(&out, err)
			}
			fmt.Fprintln(&out, cmp.Diff(holder, nil))
			if forms := leakcheck.Find(out.Bytes(), canary); forms != nil {
				t.Errorf("the output shows the value as %v:\n%s", forms, out.String())
			}
		})
	}
}

func TestASecretPrintsTheSameWhateverItsLength(t *testing.T) {
	t.Parallel()
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d", "%20s"} {
		short, long := fmt.Sprintf(verb, runtime.NewSecret("a")), fmt.Sprintf(verb, runtime.NewSecret(strings.Repeat("a", 1000)))
		if short != "[REDACTED]" || long != short {
			t.Errorf("%s prints %q and %q, want [REDACTED]", verb, short, long)
		}
	}
}

func TestEncodingsThatStoreASecretRefuse(t *testing.T) {
	t.Parallel()
	s := runtime.NewSecret("canary")
	var dst runtime.Secret[string]
	var encoded bytes.Buffer
	if err := gob.NewEncoder(&encoded).Encode(struct{ S string }{"x"}); err != nil {
		t.Fatal(err)
	}
	refusals := map[string]error{
		"gob":               gob.NewEncoder(&bytes.Buffer{}).Encode(s),
		"gob of a struct":   gob.NewEncoder(&bytes.Buffer{}).Encode(exported{s}),
		"gob of a revealed": gob.NewEncoder(&bytes.Buffer{}).Encode(generated{Password: "canary"}),
		"gob decoding":      gob.NewDecoder(&encoded).Decode(&exported{}),
		"json decoding":     json.Unmarshal([]byte(`"x"`), &dst),
		"json of a number":  json.Unmarshal([]byte(`1`), &dst),
		"json of a field":   json.Unmarshal([]byte(`{"S":"x"}`), &exported{}),
		"xml decoding":      xml.Unmarshal([]byte(`<Secret>x</Secret>`), &dst),
		"yaml decoding":     yaml.Unmarshal([]byte("x"), &dst),
		"text decoding":     dst.UnmarshalText([]byte("x")),
		"scan":              dst.Scan("x"),
	}
	_, refusals["sql value"] = driver.Valuer(s).Value()
	_, refusals["binary"] = s.MarshalBinary()
	for name, err := range refusals {
		if err == nil {
			t.Errorf("%s: no error", name)
		}
	}
	if dst.Reveal() != "" {
		t.Error("a decoder filled a secret")
	}
}

func TestTheZeroSecretRevealsTheZeroValue(t *testing.T) {
	t.Parallel()
	var s runtime.Secret[int]
	if s.Reveal() != 0 || s.Version() != 0 || s.Ref() != "" || !s.Created().IsZero() || s.CustomMetadata() != nil {
		t.Error("the zero secret holds something")
	}
}

func TestRevealOfAStringDoesNotAllocate(t *testing.T) {
	s := runtime.NewSecret("canary-without-allocation")
	var length int
	if n := testing.AllocsPerRun(100, func() { length += len(s.Reveal()) }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}
