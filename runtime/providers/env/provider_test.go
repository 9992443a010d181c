package env

import (
	"testing"

	"github.com/secretsgen/secretsgen/runtime/providers"
	"github.com/secretsgen/secretsgen/runtime/providers/providertest"
)

const canary = "canary-8e30c5"

func at(name string) providers.Location { return providers.Location{Mount: "secret", Path: name} }

func binary(text string) providers.Document {
	return providers.Scalar(providers.NewValue(providers.Binary, []byte(text)), providers.Metadata{})
}

func TestConformance(t *testing.T) {
	t.Parallel()
	vars := map[string]string{"API_TOKEN": canary}
	providertest.Run(t, providertest.Harness{
		Provider: &provider{lookup: func(name string) (string, bool) { value, ok := vars[name]; return value, ok }},
		Canary:   canary,
		Latest:   providertest.Read{At: at("API_TOKEN"), Want: binary(canary)},
		Missing:  at("OTHER_TOKEN"),
	})
}

func TestReadSeesTheEnvironmentAsItIs(t *testing.T) {
	p, err := Provider().Open(t.Context(), providers.Instance{Scheme: "env", Name: "env"})
	if err != nil {
		t.Fatal(err)
	}
	for _, value := range []string{canary + "\n", "", "\xff"} {
		t.Setenv("SECRETSGEN_ENV_TEST", value)
		doc, err := p.Read(t.Context(), at("SECRETSGEN_ENV_TEST"))
		if err != nil {
			t.Fatal(err)
		}
		got, scalar := doc.Scalar()
		if !scalar || got.Kind() != providers.Binary || string(got.Bytes()) != value {
			t.Errorf("%q came as %q", value, got.Bytes())
		}
	}
}
