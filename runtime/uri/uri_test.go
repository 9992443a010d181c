package uri_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/secretsgen/secretsgen/runtime/uri"
)

// parts is what the methods of a URI return.
type parts struct {
	String, Scheme, Provider, Engine, Mount, Path, Key string
	Version                                            int
	IsZero                                             bool
}

func partsOf(u uri.URI) parts {
	return parts{
		u.String(), u.Scheme(), u.Provider(), u.Engine(), u.Mount(), u.Path(), u.Key(),
		u.Version(), u.IsZero(),
	}
}

func TestParts(t *testing.T) {
	t.Parallel()
	scope := uri.Scope{AnyMount: true, Schemes: []string{"openbao-eu+kv2", "aws+sm", "doppler", "acme+kv2"}}
	tests := []struct {
		ref  string
		want parts
	}{
		{"openbao+kv2://secret/myapp/api#token?version=3", parts{
			Scheme: "openbao+kv2", Provider: "openbao", Engine: "kv2",
			Mount: "secret", Path: "myapp/api", Key: "token", Version: 3,
		}},
		{"openbao-eu+kv2://secret/db", parts{
			Scheme: "openbao-eu+kv2", Provider: "openbao-eu", Engine: "kv2", Mount: "secret", Path: "db",
		}},
		{"file://certs/api#tls.crt", parts{
			Scheme: "file", Provider: "file", Mount: "certs", Path: "api", Key: "tls.crt",
		}},
		{"aws+sm://prod/db#user@example.com", parts{
			Scheme: "aws+sm", Provider: "aws", Engine: "sm", Mount: "prod", Path: "db", Key: "user@example.com",
		}},
		{"doppler://prod/db", parts{Scheme: "doppler", Provider: "doppler", Mount: "prod", Path: "db"}},
		{"acme+kv2://m/a?version=2147483647", parts{
			Scheme: "acme+kv2", Provider: "acme", Engine: "kv2", Mount: "m", Path: "a", Version: 2147483647,
		}},
	}
	for _, tt := range tests {
		t.Run(tt.ref, func(t *testing.T) {
			t.Parallel()
			u, err := uri.Parse(tt.ref, scope)
			if err != nil {
				t.Fatal(err)
			}
			tt.want.String = tt.ref
			if diff := cmp.Diff(tt.want, partsOf(u)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestZeroURINamesNothing(t *testing.T) {
	t.Parallel()
	var zero uri.URI
	if diff := cmp.Diff(parts{IsZero: true}, partsOf(zero)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if _, err := uri.Parse(zero.String(), uri.Scope{AnyMount: true}); err == nil {
		t.Error("its canonical form parses")
	}
	for _, mounts := range [][]string{nil, {""}, {"secret"}} {
		if err := zero.Guard(mounts); !errors.Is(err, uri.TenantMountMismatch) {
			t.Errorf("Guard(%q) = %v, want %s", mounts, err, uri.TenantMountMismatch)
		}
	}
}

func TestSpellingsOfOneSecretAreOneMapKey(t *testing.T) {
	t.Parallel()
	seen := make(map[uri.URI]bool)
	for _, ref := range []string{
		"openbao+kv2://secret/app#k?version=7",
		"openbao+kv2://secret/app?version=7#k",
		"OpenBao+KV2://secret/app/#k?version=7",
		"openbao+kv2://secret/app/?&version=7&&#k",
		"openbao+kv2://secret/app#k?&&version=7",
	} {
		seen[uri.MustParse(ref, secretAndKV)] = true
	}
	if len(seen) != 1 {
		t.Errorf("got %d URIs, want 1: %v", len(seen), seen)
	}
}

func TestLongestReferenceParsesInEveryOrder(t *testing.T) {
	t.Parallel()
	const rest = "?version=2147483647#k"
	base := "openbao+kv2://secret/"
	longest := base + strings.Repeat("a", 2048-len(base)-len(rest)) + rest
	u, err := uri.Parse(longest, secretAndKV)
	if err != nil {
		t.Fatal(err)
	}
	if len(u.String()) != 2048 || u.Key() != "k" || u.Version() != 2147483647 {
		t.Errorf("got %d bytes, key %q, version %d", len(u.String()), u.Key(), u.Version())
	}
	if _, err := uri.Parse(longest+"&", secretAndKV); !errors.Is(err, uri.IllegalSegment) {
		t.Errorf("one byte more: got %v, want %s", err, uri.IllegalSegment)
	}
}

func TestGuardFollowsTheMountsThatItIsGiven(t *testing.T) {
	t.Parallel()
	u := uri.MustParse("openbao+kv2://secret/app#k", secretAndKV)
	for _, tt := range []struct {
		name    string
		mounts  []string
		allowed bool
	}{
		{"its mount", []string{"secret"}, true},
		{"its mount after another", []string{"kv", "secret"}, true},
		{"none", nil, false},
		{"another", []string{"kv"}, false},
		{"another case", []string{"Secret"}, false},
		{"a prefix of it", []string{"sec"}, false},
		{"it with a slash", []string{"secret/"}, false},
		{"a wildcard", []string{"*", "secret*"}, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			err := u.Guard(tt.mounts)
			if tt.allowed {
				if err != nil {
					t.Fatal(err)
				}
				return
			}
			e, ok := errors.AsType[*uri.Error](err)
			if !ok {
				t.Fatalf("got %v, want a *uri.Error", err)
			}
			if diff := cmp.Diff([]uri.Code{uri.TenantMountMismatch}, e.Codes); diff != "" {
				t.Errorf("codes (-want +got):\n%s", diff)
			}
			if at := strings.Index(u.String(), "secret"); e.Faults[0].Offset != at || e.Faults[0].Token != "secret" {
				t.Errorf("got token %q at %d, want secret at %d", e.Faults[0].Token, e.Faults[0].Offset, at)
			}
		})
	}
}

func TestGuardShowsTheStartOfALongMount(t *testing.T) {
	t.Parallel()
	u := uri.MustParse("file://"+strings.Repeat("m", 200)+"/a", uri.Scope{AnyMount: true})
	e, ok := errors.AsType[*uri.Error](u.Guard(nil))
	if !ok {
		t.Fatal("got no *uri.Error")
	}
	if want := strings.Repeat("m", 40); e.Faults[0].Token != want || strings.Contains(e.Error(), want+"m") {
		t.Errorf("got token %q in %q, want %q", e.Faults[0].Token, e, want)
	}
}

func TestURIPrintsAndMarshalsAsItsCanonicalForm(t *testing.T) {
	t.Parallel()
	u := uri.MustParse("FILE://secret/db/#k", secretAndKV)
	got := fmt.Sprintf("%v %s %q", u, u, u)
	if want := `file://secret/db#k file://secret/db#k "file://secret/db#k"`; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	text, err := json.Marshal(map[uri.URI]any{u: u, {}: uri.URI{}})
	if err != nil {
		t.Fatal(err)
	}
	if want := `{"":"","file://secret/db#k":"file://secret/db#k"}`; string(text) != want {
		t.Errorf("got %s, want %s", text, want)
	}
}

func TestMustParsePanicsWithTheError(t *testing.T) {
	t.Parallel()
	defer func() {
		err, ok := recover().(error)
		if !ok || !errors.Is(err, uri.UnsupportedEngine) {
			t.Errorf("got %v, want a panic with %s", err, uri.UnsupportedEngine)
		}
	}()
	uri.MustParse("openbao://secret/app", secretAndKV)
}

// Not parallel: testing.AllocsPerRun counts the allocations of the process.
func TestAllocations(t *testing.T) {
	u := uri.MustParse("openbao+kv2://secret/myapp/api#token?version=3", secretAndKV)
	scope := uri.Scope{Mounts: secretAndKV.Mounts, Schemes: []string{"openbao-eu+kv2"}}
	parse := func(ref string) func() {
		return func() {
			if _, err := uri.Parse(ref, scope); err != nil {
				t.Fatal(err)
			}
		}
	}
	for _, tt := range []struct {
		name string
		want float64
		run  func()
	}{
		{"parse a canonical reference", 0, parse(u.String())},
		{"parse a reference that starts with its canonical form", 0, parse("openbao+kv2://secret/app#k?version=1&")},
		{"parse a reference in RFC order", 1, parse("openbao+kv2://secret/myapp/api?version=3#token")},
		{"parse an upper-case scheme", 1, parse("OPENBAO+KV2://secret/app")},
		{"parse an upper-case instance", 1, parse("OpenBao-EU+KV2://secret/app/#k")},
		{"guard", 0, func() { _ = u.Guard(scope.Mounts) }},
		{"parts", 0, func() { _ = partsOf(u) }},
	} {
		if got := testing.AllocsPerRun(100, tt.run); got != tt.want {
			t.Errorf("%s: got %v allocations, want %v", tt.name, got, tt.want)
		}
	}
}
