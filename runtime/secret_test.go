package runtime_test

import (
	"bytes"
	"database/sql/driver"
	"encoding/gob"
	"encoding/json"
	"encoding/xml"
	"fmt"
	"log/slog"
	"os"
	"os/exec"
	"strings"
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
		"an error that holds it":      fmt.Errorf("failed with %v in %v", s, unexported{s}),
		"an error that wraps another": fmt.Errorf("outer: %w", fmt.Errorf("inner %+v", exported{s})),
	}
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
	refusals := map[string]error{
		"gob":           gob.NewEncoder(&bytes.Buffer{}).Encode(s),
		"json decoding": json.Unmarshal([]byte(`"x"`), &dst),
		"scan":          dst.Scan("x"),
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

// TestPanicsAndTracebacksDoNotShowASecret runs a child that dies of a panic
// while secrets are in hand, and reads what it left behind.
func TestPanicsAndTracebacksDoNotShowASecret(t *testing.T) {
	t.Parallel()
	if canary := os.Getenv("SECRETSGEN_TEST_CANARY"); canary != "" {
		dieOf(os.Getenv("SECRETSGEN_TEST_PANIC"), runtime.NewSecret(canary))
		return
	}
	for _, how := range []string{"the secret", "a struct", "an error", "a fault of its own"} {
		t.Run(how, func(t *testing.T) {
			t.Parallel()
			canary := leakcheck.NewCanary()
			child := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestPanicsAndTracebacksDoNotShowASecret$")
			child.Env = append(os.Environ(), "SECRETSGEN_TEST_CANARY="+canary, "SECRETSGEN_TEST_PANIC="+how, "GOTRACEBACK=all")
			out, err := child.CombinedOutput()
			if err == nil || !bytes.Contains(out, []byte("panic")) {
				t.Fatalf("the child did not panic: %v\n%s", err, out)
			}
			if forms := leakcheck.Find(out, canary); forms != nil {
				t.Errorf("the traceback shows the value as %v", forms)
			}
		})
	}
}

func dieOf(how string, s runtime.Secret[string]) {
	switch how {
	case "the secret":
		panic(s)
	case "a struct":
		panic(unexported{s})
	case "an error":
		panic(fmt.Errorf("with %v", unexported{s}))
	default:
		held := []runtime.Secret[string]{s}
		panic(held[len(held)])
	}
}

func TestSecretsAreEqualByValueAlone(t *testing.T) {
	t.Parallel()
	type login struct {
		User, Password string
		Port           int
		Extra          map[string][]byte
	}
	a := login{"u", "p", 1, map[string][]byte{"a": []byte("1"), "b": []byte("2")}}
	b := login{"u", "p", 1, map[string][]byte{"b": []byte("2"), "a": []byte("1")}}
	c := login{"up", "", 1, map[string][]byte{"a": []byte("1"), "b": []byte("2")}}
	for name, test := range map[string]struct{ got, want bool }{
		"same text":                              {runtime.NewSecret("a").Equal(runtime.NewSecret("a")), true},
		"other text":                             {runtime.NewSecret("a").Equal(runtime.NewSecret("b")), false},
		"text and its prefix":                    {runtime.NewSecret("a").Equal(runtime.NewSecret("ab")), false},
		"same bytes":                             {runtime.NewSecret([]byte{0, 1}).Equal(runtime.NewSecret([]byte{0, 1})), true},
		"other numbers":                          {runtime.NewSecret(1).Equal(runtime.NewSecret(-1)), false},
		"other booleans":                         {runtime.NewSecret(true).Equal(runtime.NewSecret(false)), false},
		"same structs":                           {runtime.NewSecret(a).Equal(runtime.NewSecret(b)), true},
		"structs with a shifted border":          {runtime.NewSecret(a).Equal(runtime.NewSecret(c)), false},
		"two zero secrets":                       {runtime.Secret[string]{}.Equal(runtime.Secret[string]{}), true},
		"a zero secret and one of the zero text": {runtime.Secret[string]{}.Equal(runtime.NewSecret("")), true},
	} {
		if test.got != test.want {
			t.Errorf("%s: Equal is %v, want %v", name, test.got, test.want)
		}
	}
}

func TestRevealGivesACopyOfWhatCanBeChanged(t *testing.T) {
	t.Parallel()
	type document struct{ Blob []byte }
	blob := runtime.NewSecret([]byte("canary"))
	blob.Reveal()[0] = 'X'
	raw := runtime.NewSecret(json.RawMessage(`{"a":1}`))
	raw.Reveal()[0] = 'X'
	table := runtime.NewSecret(map[string]string{"k": "canary"})
	table.Reveal()["k"] = "X"
	doc := runtime.NewSecret(document{Blob: []byte("canary")})
	doc.Reveal().Blob[0] = 'X'
	for name, got := range map[string]string{
		"bytes": string(blob.Reveal()),
		"json":  string(raw.Reveal()),
		"map":   table.Reveal()["k"],
		"field": string(doc.Reveal().Blob),
	} {
		if strings.Contains(got, "X") {
			t.Errorf("%s: a change of what Reveal returned reached the secret", name)
		}
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
