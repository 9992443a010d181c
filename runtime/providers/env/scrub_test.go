package env

import (
	"errors"
	"os"
	"strings"
	"sync"
	"testing"

	"github.com/secretsgen/secretsgen/runtime/providers"
	"github.com/secretsgen/secretsgen/runtime/providers/providertest"
	"github.com/secretsgen/secretsgen/runtime/settings"
)

// scrubbing opens a provider of the process's own environment.
func scrubbing(t *testing.T, setting string) providers.Provider {
	t.Helper()
	p, err := Provider().Open(t.Context(), providers.Instance{Settings: settings.FromMap(map[string]string{"ENV_SCRUB": setting})})
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func read(t *testing.T, p providers.Provider, name string) string {
	t.Helper()
	doc, err := p.Read(t.Context(), at(name))
	if err != nil {
		t.Fatal(err)
	}
	value, _ := doc.Scalar()
	return string(value.Bytes())
}

func TestConformanceOfScrubbing(t *testing.T) {
	t.Setenv("SECRETSGEN_SCRUB_ALL", canary)
	providertest.Run(t, providertest.Harness{
		Provider: scrubbing(t, "true"),
		Canary:   canary,
		Latest:   providertest.Read{At: at("SECRETSGEN_SCRUB_ALL"), Want: binary(canary)},
		Missing:  at("SECRETSGEN_SCRUB_NONE"),
	})
}

func TestVariableIsGoneOnceItWasRead(t *testing.T) {
	const name, other = "SECRETSGEN_SCRUB_ONE", "SECRETSGEN_SCRUB_OTHER"
	t.Setenv(name, canary)
	t.Setenv(other, "stays")
	p := scrubbing(t, "True")
	if os.Getenv(name) != canary {
		t.Error("it is gone before it was read")
	}
	for range 2 {
		if got := read(t, p, name); got != canary {
			t.Errorf("it reads %q", got)
		}
		if value, ok := os.LookupEnv(name); ok || strings.Contains(strings.Join(os.Environ(), "\n"), canary) {
			t.Errorf("the environment still has %q", value)
		}
	}
	if os.Getenv(other) != "stays" {
		t.Error("what was not read is gone, too")
	}
	for _, value := range []string{"set anew", ""} {
		t.Setenv(name, value)
		if first, second := read(t, p, name), read(t, p, name); first != value || second != value {
			t.Errorf("set again it reads %q, then %q", first, second)
		}
		if _, ok := os.LookupEnv(name); ok {
			t.Error("set again it stays")
		}
	}
	if err := p.(providers.Closer).Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	if kept := p.(*provider).kept; kept != nil {
		t.Error("it is still kept after Close")
	}
}

func TestVariableStaysUnlessItIsToGo(t *testing.T) {
	const name = "SECRETSGEN_SCRUB_STAYS"
	t.Setenv(name, canary)
	for _, setting := range []string{"", "false", "0"} {
		if got := read(t, scrubbing(t, setting), name); got != canary || os.Getenv(name) != canary {
			t.Errorf("%q: read %q, left %q", setting, got, os.Getenv(name))
		}
	}
}

func TestEveryReaderGetsWhatOneRemoves(t *testing.T) {
	const name = "SECRETSGEN_SCRUB_MANY"
	for range 20 {
		t.Setenv(name, canary)
		p := scrubbing(t, "true")
		var all sync.WaitGroup
		for range 8 {
			all.Go(func() {
				doc, err := p.Read(t.Context(), at(name))
				if value, _ := doc.Scalar(); err != nil || string(value.Bytes()) != canary {
					t.Errorf("a reader got %q, %v", value.Bytes(), err)
				}
			})
		}
		all.Wait()
	}
}

func TestOpenNamesAScrubThatIsNone(t *testing.T) {
	t.Parallel()
	_, err := Provider().Open(t.Context(), providers.Instance{Settings: settings.FromMap(map[string]string{"ENV_SCRUB": canary})})
	e, ok := errors.AsType[*settings.Error](err)
	if !ok || len(e.Problems) != 1 || e.Problems[0].Name != "ENV_SCRUB" || strings.Contains(err.Error(), canary) {
		t.Errorf("the error is %v", err)
	}
}

func TestNameThatIsNoneIsAnErrorOfFixedText(t *testing.T) {
	t.Parallel()
	p := &provider{
		lookup: func(string) (string, bool) { return canary, true },
		unset:  func(string) error { return errors.New(canary) },
	}
	_, err := p.Read(t.Context(), at("A"))
	if e, ok := errors.AsType[*providers.ProviderError](err); !ok || e.Code != providers.Misconfigured || strings.Contains(err.Error(), canary) {
		t.Errorf("the error is %v", err)
	}
}
