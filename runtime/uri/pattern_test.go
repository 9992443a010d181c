package uri_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/secretsgen/secretsgen/runtime/uri"
)

func TestPatternMatch(t *testing.T) {
	t.Parallel()
	anyMount := uri.Scope{AnyMount: true, Schemes: []string{"openbao-eu+kv2"}}
	tests := []struct {
		pattern string
		matches []string
		misses  []string
	}{
		{
			"openbao+kv2://secret/myapp/*",
			[]string{
				"openbao+kv2://secret/myapp/api",
				"OPENBAO+KV2://secret/myapp/api/v1/?version=3#token",
				"openbao+kv2://secret/myapp/-",
			},
			[]string{
				"openbao+kv2://secret/myapp",
				"openbao+kv2://secret/myapp2/api",
				"openbao+kv2://secret/MyApp/api",
				"openbao+kv2://secret/my#app",
				"openbao+kv2://kv/myapp/api",
				"openbao+kv2://kv/secret/myapp/api",
				"hashicorp+kv2://secret/myapp/api",
				"openbao-eu+kv2://secret/myapp/api",
			},
		},
		{
			"OpenBao+KV2://secret/*",
			[]string{"openbao+kv2://secret/a", "openbao+kv2://secret/a/b#k"},
			[]string{"openbao+kv2://secret2/a", "openbao+kv2://kv/secret/a"},
		},
		{
			"openbao+kv2://secret/myapp/?version=3#token",
			[]string{"openbao+kv2://secret/myapp#token?version=3"},
			[]string{
				"openbao+kv2://secret/myapp",
				"openbao+kv2://secret/myapp#token",
				"openbao+kv2://secret/myapp#token?version=4",
				"openbao+kv2://secret/myapp/token",
			},
		},
		{
			"openbao+kv2://secret/myapp",
			[]string{"openbao+kv2://secret/myapp"},
			[]string{"openbao+kv2://secret/myapp#token", "openbao+kv2://secret/myapp?version=3", "openbao+kv2://secret/myapp/api"},
		},
	}
	for _, tt := range tests {
		t.Run(tt.pattern, func(t *testing.T) {
			t.Parallel()
			pattern, err := uri.ParsePattern(tt.pattern, secretAndKV)
			if err != nil {
				t.Fatal(err)
			}
			for _, ref := range tt.matches {
				if !pattern.Match(uri.MustParse(ref, anyMount)) {
					t.Errorf("does not match %s", ref)
				}
			}
			for _, ref := range append(tt.misses, "file://secret/other") {
				if pattern.Match(uri.MustParse(ref, anyMount)) {
					t.Errorf("matches %s", ref)
				}
			}
			if pattern.Match(uri.URI{}) {
				t.Error("matches the zero URI")
			}
			again, err := uri.ParsePattern(pattern.String(), secretAndKV)
			if err != nil || again != pattern {
				t.Errorf("its canonical form %s parses to %s, %v", pattern, again, err)
			}
		})
	}
}

func TestPatternIsRefused(t *testing.T) {
	t.Parallel()
	wildcard, illegal := []uri.Code{uri.InvalidWildcard}, []uri.Code{uri.IllegalSegment}
	for s, want := range map[string][]uri.Code{
		"openbao+kv2://*":                    {uri.IllegalSegment, uri.InvalidWildcard},
		"openbao+kv2://*/*":                  wildcard,
		"openbao+kv2://*/a":                  wildcard,
		"openbao+kv2://secret/a*":            wildcard,
		"openbao+kv2://secret/*a":            wildcard,
		"openbao+kv2://secret/**":            wildcard,
		"openbao+kv2://secret/*/a":           wildcard,
		"openbao+kv2://secret/*/*":           wildcard,
		"openbao+kv2://secret/*/":            wildcard,
		"openbao+kv2://secret/*#k":           wildcard,
		"openbao+kv2://secret/*?":            wildcard,
		"openbao+kv2://secret/a/*?version=3": wildcard,
		"openbao+kv2://secret//*":            illegal,
		"openbao+kv2://secret/../*":          illegal,
		"openbao+kv2://secret#*":             illegal,
		"openbao+kv2://secret/a#k/*":         illegal,
		"openbao+kv2://secret":               illegal,
		"openbao+kv2://other/*":              {uri.TenantMountMismatch},
		"*://secret/a":                       {uri.UnsupportedEngine},
		"*":                                  illegal,
		"":                                   illegal,
	} {
		t.Run(s, func(t *testing.T) {
			t.Parallel()
			pattern, err := uri.ParsePattern(s, secretAndKV)
			if diff := cmp.Diff(want, codes(t, err)); diff != "" {
				t.Errorf("codes (-want +got):\n%s", diff)
			}
			if pattern != (uri.Pattern{}) {
				t.Errorf("got %q beside the error, want the zero Pattern", pattern)
			}
		})
	}
}

func TestZeroPatternMatchesNothing(t *testing.T) {
	t.Parallel()
	var zero uri.Pattern
	for _, u := range []uri.URI{{}, uri.MustParse("file://secret/a", secretAndKV)} {
		if zero.Match(u) {
			t.Errorf("matches %q", u)
		}
	}
}
