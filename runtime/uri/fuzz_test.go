package uri_test

import (
	"net/url"
	"path"
	"strings"
	"testing"

	"github.com/secretsgen/secretsgen/runtime/uri"
)

// FuzzRoundTrip holds that the canonical form is the one name of a secret: it
// parses to the same value again, under any Scope that contains it.
func FuzzRoundTrip(f *testing.F) {
	for _, v := range vectors(f) {
		f.Add(v.Input)
	}
	f.Add("openbao-eu+kv2://secret/a/?&version=2147483647#k")
	f.Add("AWS+sm://secret/a#k")
	schemes := []string{"openbao-eu+kv2", "aws+sm"}
	f.Fuzz(func(t *testing.T, ref string) {
		u, err := uri.Parse(ref, uri.Scope{AnyMount: true, Schemes: schemes})
		if err != nil {
			codes(t, err)
			return
		}
		canonical := u.String()
		if len(canonical) > len(ref) {
			t.Errorf("%q: the canonical form %q is longer", ref, canonical)
		}
		for _, scope := range []uri.Scope{
			{Mounts: []string{u.Mount()}, Schemes: []string{u.Scheme()}},
			{Mounts: []string{"", "x", u.Mount()}, Schemes: schemes},
			{AnyMount: true, Schemes: append([]string{"a", u.Provider()}, schemes...)},
		} {
			again, err := uri.Parse(canonical, scope)
			if err != nil {
				t.Fatalf("%q: the canonical form %q does not parse: %v", ref, canonical, err)
			}
			if again != u || again.String() != canonical {
				t.Errorf("%q: the canonical form %q parses to %q", ref, canonical, again)
			}
		}
		if err := u.Guard([]string{u.Mount()}); err != nil {
			t.Errorf("%q: %v", ref, err)
		}

		// A server that decodes and cleans the request's path, as Vault does, finds
		// what the guard saw.
		request := "/v1/" + u.Mount() + "/data/" + u.Path()
		decoded, err := url.PathUnescape(request)
		if err != nil || decoded != request || path.Clean(request) != request {
			t.Errorf("%q: the server would read %q instead of %q (%v)", ref, path.Clean(decoded), request, err)
		}
	})
}

// FuzzSpellings holds that two accepted references have one canonical form
// exactly if they name one secret, and that Parse does what the oracle does.
func FuzzSpellings(f *testing.F) {
	all := vectors(f)
	for i, v := range all {
		f.Add(v.Input, all[(i*7+1)%len(all)].Input, uint16(i*37))
	}
	mounts := []string{"secret", "kv"}
	f.Fuzz(func(t *testing.T, one, two string, style uint16) {
		u, ok := compareWithOracle(t, one, mounts)
		if other, otherOK := compareWithOracle(t, two, mounts); ok && otherOK {
			id, _ := oracle(one, mounts)
			otherID, _ := oracle(two, mounts)
			if (id == otherID) != (u == other) || (u == other) != (u.String() == other.String()) {
				t.Errorf("%q and %q: equal identity %t, equal URI %t, equal canonical form %t",
					one, two, id == otherID, u == other, u.String() == other.String())
			}
		}
		if !ok {
			return
		}
		ref := spell(u, style)
		if len(ref) > 2048 {
			return
		}
		again, ok := compareWithOracle(t, ref, mounts)
		if !ok || again != u {
			t.Errorf("%q, spelled %q, parses to %q (accepted: %t)", u, ref, again, ok)
		}
	})
}

// spell writes u in one of the accepted ways; each bit of style is one choice.
func spell(u uri.URI, style uint16) string {
	choose := func(bit uint, yes, no string) string {
		if style&(1<<bit) != 0 {
			return yes
		}
		return no
	}
	var scheme strings.Builder
	for i, c := range u.Scheme() {
		scheme.WriteString(choose(uint(i)%5, strings.ToUpper(string(c)), string(c)))
	}
	key := ""
	if u.Key() != "" {
		key = "#" + u.Key()
	}
	query := choose(5, "?", "") + choose(6, "&&", "")
	if _, pin, ok := strings.Cut(u.String(), "?"); ok {
		query += pin
	}
	query += choose(7, "&", "")
	if query != "" && query[0] != '?' {
		query = "?" + query
	}
	base := scheme.String() + "://" + u.Mount() + "/" + u.Path() + choose(8, "/", "")
	return choose(9, base+key+query, base+query+key)
}
