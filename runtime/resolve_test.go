package runtime_test

import (
	"encoding/json"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/secretsgen/secretsgen/runtime"
	"github.com/secretsgen/secretsgen/runtime/secretstest"
	"github.com/secretsgen/secretsgen/runtime/uri"
)

func TestResolveReadsAReferenceLearnedAtRunTime(t *testing.T) {
	t.Parallel()
	kit := secretstest.New(t)
	kit.Set("openbao+kv2://secret/myapp/db", map[string]any{"username": "u", "port": 5432, "tls": true, "opts": json.RawMessage(`{"a":1}`)})
	parse := func(ref string) (u uri.URI) {
		parsed, err := kit.Client.Parse(ref)
		if err != nil {
			t.Fatal(err)
		}
		return parsed
	}
	const db = "openbao+kv2://secret/myapp/db"
	username, err := runtime.Resolve[string](t.Context(), kit.Client, parse(db+"#username"))
	check(t, err, username.Reveal(), "u")
	port, err := runtime.Resolve[int](t.Context(), kit.Client, parse(db+"#port"))
	check(t, err, port.Reveal(), 5432)
	tls, err := runtime.Resolve[bool](t.Context(), kit.Client, parse(db+"#tls"))
	check(t, err, tls.Reveal(), true)
	opts, err := runtime.Resolve[json.RawMessage](t.Context(), kit.Client, parse(db+"#opts"))
	check(t, err, string(opts.Reveal()), `{"a":1}`)
	if _, err := runtime.Resolve[string](t.Context(), kit.Client, parse(db)); !isA[*runtime.DecodeError](err) {
		t.Errorf("a whole document as a string: %v", err)
	}
	if _, err := runtime.Resolve[chan int](t.Context(), kit.Client, parse(db)); err == nil {
		t.Error("a channel was resolved")
	}
	if _, err := runtime.Resolve[string](t.Context(), kit.Client, uri.URI{}); err == nil {
		t.Error("the zero reference was resolved")
	}
	elsewhere, err := runtime.Resolve[string](t.Context(), kit.Client, parse("openbao+kv2://elsewhere/a#k"))
	if !isA[*runtime.URIError](err) || strings.HasPrefix(err.Error(), "secretsgen: :") || elsewhere.Reveal() != "" {
		t.Errorf("a mount outside the tenant: %v", err)
	}
	kit.Set("env://secret/MORE", map[string]any{"uint": 7, "float": 0.5, "time": "2026-01-02T12:00:00Z", "url": "https://host/a"})
	const more = "env://secret/MORE"
	count, err := runtime.Resolve[uint](t.Context(), kit.Client, parse(more+"#uint"))
	check(t, err, count.Reveal(), 7)
	ratio, err := runtime.Resolve[float64](t.Context(), kit.Client, parse(more+"#float"))
	check(t, err, ratio.Reveal(), 0.5)
	when, err := runtime.Resolve[time.Time](t.Context(), kit.Client, parse(more+"#time"))
	check(t, err, when.Reveal(), time.Date(2026, 1, 2, 12, 0, 0, 0, time.UTC))
	where, err := runtime.Resolve[url.URL](t.Context(), kit.Client, parse(more+"#url"))
	check(t, err, where.Reveal(), url.URL{Scheme: "https", Host: "host", Path: "/a"})
	if _, err := runtime.Resolve[string](t.Context(), kit.Client, parse(more+"#absent")); !isA[*runtime.SecretKeyNotFoundError](err) {
		t.Errorf("a key that is not there: %v", err)
	}
	kit.Set("env://secret/TABLE", map[string]any{"a": "1", "b": 2})
	table, err := runtime.Resolve[map[string]string](t.Context(), kit.Client, parse("env://secret/TABLE"))
	check(t, err, table.Reveal(), map[string]string{"a": "1", "b": "2"})
}

func check[T any](t *testing.T, err error, got, want T) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("value (-want +got):\n%s", diff)
	}
}
