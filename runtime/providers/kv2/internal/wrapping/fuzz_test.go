package wrapping_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/secretsgen/secretsgen/runtime/providers"
	"github.com/secretsgen/secretsgen/runtime/providers/kv2/internal/exchange"
	"github.com/secretsgen/secretsgen/runtime/providers/kv2/internal/wrapping"
)

// FuzzUnwrap feeds what a server may say of a wrapping token: no panic, no canary
// in an error, nothing unwrapped but what comes from the path, and once.
func FuzzUnwrap(f *testing.F) {
	f.Add([]byte(`{"wrap_info":{"token":"canary-91c2d4","ttl":60}}`), []byte(`{"data":{"creation_path":"secret/data/app","creation_ttl":60}}`), []byte(value), 200)
	f.Add([]byte(`{"data":{"a":"b"}}`), []byte(`{"errors":["canary-91c2d4"]}`), []byte(`{"errors":[]}`), 404)
	f.Add([]byte(`{"wrap_info":{"token":"x","ttl":1e9}}`), []byte(`{"data":{"creation_path":"secret/data/app/","creation_ttl":-1}}`), []byte(``), 204)
	f.Fuzz(func(t *testing.T, read, lookup, unwrap []byte, status int) {
		_, err := wrapping.Token(read, time.Minute)
		typed(t, err)
		asked := false
		want := wrapping.Expected{From: func(path string) bool {
			asked = true
			return path == "secret/data/app"
		}, MaxTTL: time.Minute}
		s := &server{answers: []exchange.Answer{{Status: 200, Body: lookup}, {Status: status, Body: unwrap}}}
		got, err := wrapping.Unwrap(t.Context(), s, token, want)
		typed(t, err)
		switch {
		case len(s.asked) > 2, len(s.asked) == 2 && !asked:
			t.Fatal("it was unwrapped twice, or without a look at its path")
		case (got.Status != 0) != (err == nil):
			t.Fatal("an answer comes exactly if there is no error")
		}
	})
}

// typed tests that an error is one that may be shown.
func typed(t *testing.T, err error) {
	t.Helper()
	if err == nil {
		return
	}
	if _, ok := errors.AsType[*providers.ProviderError](err); !ok || strings.Contains(err.Error(), "canary") {
		t.Fatalf("the error is %T", err)
	}
}
