package gotypes_test

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/secretsgen/secretsgen/runtime"
	"github.com/secretsgen/secretsgen/runtime/secretstest"
	"github.com/secretsgen/secretsgen/testdata/golden/yaml/gotypes"
)

const document = "openbao+kv2://secret/gotypes"

func load(t *testing.T, doc map[string]any) (*gotypes.SecretsValues, error) {
	t.Helper()
	kit := secretstest.New(t)
	kit.Set(document, doc)
	secrets, err := gotypes.New(kit.Client)
	if err != nil {
		t.Fatal(err)
	}
	return secrets.Load(t.Context())
}

// valid is a document that every type reads.
func valid() map[string]any {
	return map[string]any{
		"peer": "127.0.0.1:443", "level": "high", "limits": json.RawMessage("[1,2]"), "modulus": "12345678901234567890",
		"settings": json.RawMessage(`{"name":"canary","debug":true}`), "home": "/canary",
	}
}

func TestTypesReadThemselves(t *testing.T) {
	t.Parallel()
	v, err := load(t, valid())
	if err != nil {
		t.Fatal(err)
	}
	doc := v.Document.Reveal()
	got := map[string]any{
		"peer": v.Peer.Reveal().String(), "level": int(v.Level.Reveal()), "limits": v.Limits.Reveal().High,
		"settings": v.Settings.Reveal().Name, "modulus": v.Modulus.Reveal().String(), "home": v.Home.Reveal().String(),
		"document": []any{doc.Peer.String(), int(*doc.Level), doc.Settings.Debug},
	}
	want := map[string]any{
		"peer": "127.0.0.1:443", "level": 2, "limits": 2, "settings": "canary", "modulus": "12345678901234567890", "home": "/canary",
		"document": []any{"127.0.0.1:443", 2, true},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("values (-want +got):\n%s", diff)
	}
}

func TestWhatATypeSaysOfItsTextReachesNobody(t *testing.T) {
	t.Parallel()
	for key, value := range map[string]any{
		"peer": "canary", "level": "canary", "limits": json.RawMessage(`{"canary":1}`), "modulus": "canary",
		"settings": json.RawMessage(`{"name":["canary"]}`), "home": "canary",
	} {
		doc := valid()
		doc[key] = value
		_, err := load(t, doc)
		refused, ok := errors.AsType[*runtime.DecodeError](err)
		if !ok || refused.Accessor != key && refused.Accessor != "document" {
			t.Errorf("%s: got %v, want a DecodeError about it", key, err)
			continue
		}
		if strings.Contains(err.Error(), "canary") || errors.Unwrap(refused) != nil {
			t.Errorf("%s: the error quotes the value, or wraps what does: %v", key, err)
		}
	}
}
