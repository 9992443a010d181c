package uri_test

import (
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/secretsgen/secretsgen/runtime/uri"
)

var secretAndKV = uri.Scope{Tenant: "dev", Mounts: []string{"secret", "kv"}}

// Fault a: "?" was split before "#", so RFC order read as version "3#token".
func TestPredecessorFaultA_QueryBeforeKeyKeepsBoth(t *testing.T) {
	t.Parallel()
	u, err := uri.Parse("openbao+kv2://secret/myapp/api?version=3#token", secretAndKV)
	if err != nil {
		t.Fatal(err)
	}
	if u.Key() != "token" || u.Version() != 3 {
		t.Errorf("got key %q, version %d, want token, 3", u.Key(), u.Version())
	}
	if want := "openbao+kv2://secret/myapp/api#token?version=3"; u.String() != want {
		t.Errorf("got %q, want %q", u, want)
	}
	_, err = uri.Parse("openbao+kv2://secret/myapp/api?version=3#token?version=3", secretAndKV)
	if !errors.Is(err, uri.AmbiguousQuery) {
		t.Errorf("with the query in both places: got %v, want %s", err, uri.AmbiguousQuery)
	}
}

// Fault b: the canonical order read as key "token?version=3", without a pin.
func TestPredecessorFaultB_CanonicalFormKeepsThePin(t *testing.T) {
	t.Parallel()
	const canonical = "openbao+kv2://secret/myapp/api#token?version=3"
	u, err := uri.Parse(canonical, secretAndKV)
	if err != nil {
		t.Fatal(err)
	}
	if u.String() != canonical || u.Key() != "token" || u.Version() != 3 {
		t.Errorf("got %q with key %q, version %d, want %q with token, 3", u, u.Key(), u.Version(), canonical)
	}
	again, err := uri.Parse(u.String(), secretAndKV)
	if err != nil {
		t.Fatal(err)
	}
	if again != u {
		t.Errorf("a second parse gives %q, want %q", again, u)
	}
}

// Fault c: unknown parameters were kept and 3 and 03 differed, which gave every
// secret endless names.
func TestPredecessorFaultC_NoParameterMakesAnAlias(t *testing.T) {
	t.Parallel()
	for query, want := range map[string]uri.Code{
		"?version=03":           uri.InvalidVersion,
		"?version=%33":          uri.InvalidVersion,
		"?version=3.0":          uri.InvalidVersion,
		"?version=٣":            uri.InvalidVersion,
		"?version=3 ":           uri.InvalidVersion,
		"?version=0":            uri.InvalidVersion,
		"?version=4294967299":   uri.InvalidVersion,
		"?version=3&x=1":        uri.UnknownParameter,
		"?version=3&":           "",
		"?version=3&version=3":  uri.AmbiguousQuery,
		"?version=3&Version=3":  uri.UnknownParameter,
		"?version=3&=":          uri.UnknownParameter,
		"?version=3&mount=kv":   uri.DoubleMountSource,
		"?version=3;":           uri.InvalidVersion,
		"?version=3&amp;a=b":    uri.UnknownParameter,
		"?&&version=3":          "",
		"?version=3&%76ersion=": uri.UnknownParameter,
	} {
		t.Run(query, func(t *testing.T) {
			t.Parallel()
			u, err := uri.Parse("openbao+kv2://secret/app#k"+query, secretAndKV)
			if want != "" {
				if !errors.Is(err, want) {
					t.Errorf("got %v, want %s", err, want)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if want := "openbao+kv2://secret/app#k?version=3"; u.String() != want {
				t.Errorf("got %q, want %q", u, want)
			}
		})
	}
}

// Fault d: keys were not validated, and two of the codes were never raised.
func TestPredecessorFaultD_KeysAreCheckedAndEveryCodeIsRaised(t *testing.T) {
	t.Parallel()
	for _, key := range []string{"", "a b", "a/b", "a%20b", "a#b", "a&b", "a*", "é", "a\x00", "a\n", `a"b`, "a\\b"} {
		_, err := uri.Parse("openbao+kv2://secret/app#"+key, secretAndKV)
		if diff := cmp.Diff([]uri.Code{uri.IllegalSegment}, codes(t, err)); diff != "" {
			t.Errorf("codes with key %q (-want +got):\n%s", key, diff)
		}
	}
	raised := make(map[uri.Code]bool)
	for _, v := range vectors(t) {
		for _, code := range v.Codes {
			raised[code] = true
		}
	}
	for _, code := range allCodes {
		if !raised[code] {
			t.Errorf("no vector raises %s", code)
		}
	}
}
