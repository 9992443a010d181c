package uri_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/secretsgen/secretsgen/runtime/uri"
)

// compareWithOracle reports whether ref is accepted, once Parse and the oracle
// agree on it.
func compareWithOracle(t *testing.T, ref string, mounts []string) (u uri.URI, accepted bool) {
	t.Helper()
	u, err := uri.Parse(ref, uri.Scope{Mounts: mounts})
	got := codes(t, err)
	id, want := oracle(ref, mounts)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Fatalf("codes of %q (-want +got):\n%s", ref, diff)
	}
	if err != nil {
		if !u.IsZero() {
			t.Fatalf("Parse(%q) = %q beside an error, want the zero URI", ref, u)
		}
		return u, false
	}
	if diff := cmp.Diff(id.canonical(), u.String()); diff != "" {
		t.Fatalf("canonical form of %q (-want +got):\n%s", ref, diff)
	}
	parts := identity{u.Scheme(), u.Mount() + "/" + u.Path(), u.Key(), u.Version()}
	if diff := cmp.Diff(id, parts, cmp.AllowUnexported(identity{})); diff != "" {
		t.Fatalf("parts of %q (-want +got):\n%s", ref, diff)
	}
	return u, true
}

func TestEveryByteInEveryPosition(t *testing.T) {
	t.Parallel()
	for _, seed := range []string{
		"openbao+kv2://secret/my.app/a_b#to-ken?version=23",
		"HASHICORP+kv2://kv/app/?version=3#k",
		"openbao+kv2://kv/a?&version=1&#k",
		"file://secret/db",
		"env://kv/a?x=1",
	} {
		t.Run(seed, func(t *testing.T) {
			t.Parallel()
			mounts := []string{"secret", "kv"}
			for at := range len(seed) + 1 {
				for b := range 256 {
					compareWithOracle(t, seed[:at]+string([]byte{byte(b)})+seed[at:], mounts)
					if at < len(seed) {
						compareWithOracle(t, seed[:at]+string([]byte{byte(b)})+seed[at+1:], mounts)
					}
				}
			}
		})
	}
}

// Pairs of tokens that mean something reach what single bytes don't. The scheme
// is left out: whatever changes it stops the scan.
func TestEveryTwoTokensInEveryPosition(t *testing.T) {
	t.Parallel()
	tokens := []string{"#", "?", "&", "=", "/", "..", "*", "%2F", "version=3", "version=03", "mount=kv", "?version=1", "#k"}
	for _, seed := range []string{"yaml://kv/a#k", "openbao+kv2://kv/a?version=2"} {
		t.Run(seed, func(t *testing.T) {
			t.Parallel()
			for i := strings.Index(seed, "://"); i <= len(seed); i++ {
				for j := i; j <= len(seed); j++ {
					for _, one := range tokens {
						for _, two := range tokens {
							compareWithOracle(t, seed[:i]+one+seed[i:j]+two+seed[j:], []string{"kv"})
						}
					}
				}
			}
		})
	}
}
