package runtime_test

import (
	"bytes"
	"context"
	"encoding/gob"
	"encoding/json"
	"fmt"
	"log/slog"
	"reflect"
	"testing"

	"github.com/secretsgen/secretsgen/runtime"
	"github.com/secretsgen/secretsgen/runtime/providers"
	"github.com/secretsgen/secretsgen/runtime/providers/kv2"
	"github.com/secretsgen/secretsgen/runtime/secretstest/leakcheck"
	"github.com/secretsgen/secretsgen/runtime/settings"
)

// walk writes every text that v holds, the way a printer does that follows
// pointers, looks into unexported fields and asks no methods.
func walk(out *bytes.Buffer, v reflect.Value, seen map[any]bool) {
	switch v.Kind() {
	case reflect.String:
		fmt.Fprintln(out, v.String())
	case reflect.Pointer:
		at := [2]any{v.Pointer(), v.Type()}
		if !v.IsNil() && !seen[at] {
			seen[at] = true
			walk(out, v.Elem(), seen)
		}
	case reflect.Interface:
		if !v.IsNil() {
			walk(out, v.Elem(), seen)
		}
	case reflect.Slice, reflect.Array:
		if v.Kind() == reflect.Slice && v.Type().Elem().Kind() == reflect.Uint8 {
			fmt.Fprintf(out, "%s\n", v.Bytes())
			return
		}
		for i := range v.Len() {
			walk(out, v.Index(i), seen)
		}
	case reflect.Map:
		for entry := v.MapRange(); entry.Next(); {
			walk(out, entry.Key(), seen)
			walk(out, entry.Value(), seen)
		}
	case reflect.Struct:
		for i := range v.NumField() {
			walk(out, v.Field(i), seen)
		}
	default: // numbers hold no text, and nothing leads out of a function
	}
}

// show prints v in every way there is.
func show(v any) []byte {
	var out bytes.Buffer
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%X", "%d"} {
		fmt.Fprintf(&out, verb+"\n", v)
	}
	slog.New(slog.NewTextHandler(&out, nil)).Info("text", "printed", v)
	slog.New(slog.NewJSONHandler(&out, nil)).Info("json", "printed", v)
	if text, err := json.Marshal(v); err == nil {
		out.Write(text)
	}
	_ = gob.NewEncoder(&out).Encode(v)
	walk(&out, reflect.ValueOf(v), map[any]bool{})
	return out.Bytes()
}

func TestTheWalkerSeesWhatIsNotHidden(t *testing.T) {
	t.Parallel()
	canary := leakcheck.NewCanary()
	type inner struct{ token []byte }
	for name, v := range map[string]any{
		"bytes behind pointers": struct{ p *inner }{&inner{[]byte(canary)}},
		"a map's key":           map[string]int{canary: 1},
		"an interface":          struct{ v any }{canary},
		"a config":              runtime.Config{PDP: runtime.PDPConfig{Token: canary}},
	} {
		if leakcheck.Find(show(v), canary) == nil {
			t.Errorf("%s: it is not seen", name)
		}
	}
}

// TestNothingOfAClientShowsASettingOrAValue holds DESIGN section 7 for what a
// program has in its hands beside a Secret.
func TestNothingOfAClientShowsASettingOrAValue(t *testing.T) {
	t.Parallel()
	canary := leakcheck.NewCanary()
	token := "canary-token-of-a-server"
	cfg := stubConfig()
	cfg.PDP = runtime.PDPConfig{URL: "http://127.0.0.1:1", Token: token}
	cfg.Salt = []byte(canary)
	cfg.Settings = settings.FromMap(map[string]string{"VAULT_URL": "https://localhost", "VAULT_TOKEN": token})
	const ref = "openbao+kv2://secret/a#k"
	declarations := []runtime.Declaration{{Accessor: "a", URI: ref}}
	client, err := runtime.New(t.Context(), cfg, runtime.Declared(declarations), kv2.Provider())
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close(context.Background())
	set := runtime.NewSet(client, declarations)
	handle := runtime.Bind(set, "a", stringDecoder)
	if err := set.Err(); err != nil {
		t.Fatal(err)
	}

	s := &stub{read: func(context.Context, providers.Location) (providers.Document, error) { return text(canary) }}
	stubbed, stubClient := stubHandle(t, s)
	defer stubClient.Close(context.Background())
	stubSet := runtime.NewSet(stubClient, []runtime.Declaration{{Accessor: "stub", URI: stubRef}})
	loadable := runtime.Bind(stubSet, "stub", stringDecoder)
	loaded, err := stubSet.Load(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if runtime.Take(loaded, loadable).Reveal() != canary {
		t.Fatal("there is nothing to be shown")
	}
	secret, err := stubbed.Read(t.Context())
	if err != nil {
		t.Fatal(err)
	}

	for name, v := range map[string]any{
		"a client": client, "a client in a field": struct{ c *runtime.Client }{client}, "a client's copy": *client,
		"a set": set, "a handle": handle, "a pointer to a handle": &handle,
		"a loaded set": loaded, "a secret": secret, "a secret in a field": struct{ s runtime.Secret[string] }{secret},
		"a secret of bytes": runtime.NewSecret([]byte(canary)), "a secret of a map": runtime.NewSecret(map[string]string{canary: canary}),
		"settings": cfg.Settings,
	} {
		shown := show(v)
		if forms := leakcheck.Find(shown, token); forms != nil {
			t.Errorf("%s shows a token as %v", name, forms)
		}
		if forms := leakcheck.Find(shown, canary); forms != nil {
			t.Errorf("%s shows a value as %v", name, forms)
		}
	}
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x"} {
		for _, v := range []any{cfg, &cfg, cfg.PDP, &cfg.PDP} {
			if forms := leakcheck.Find(fmt.Appendf(nil, verb, v), token); forms != nil {
				t.Errorf("%s of %T shows a token as %v", verb, v, forms)
			}
		}
	}
}

func TestASecretCanBeNoMapKeyAndNothingComparesIt(t *testing.T) {
	t.Parallel()
	for _, secret := range []reflect.Type{
		reflect.TypeFor[runtime.Secret[string]](), reflect.TypeFor[runtime.Secret[int]](), reflect.TypeFor[struct{ S runtime.Secret[bool] }](),
	} {
		if secret.Comparable() {
			t.Errorf("%v is comparable", secret)
		}
	}
}
