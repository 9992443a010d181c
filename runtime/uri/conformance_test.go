package uri_test

import (
	"bufio"
	"encoding/json"
	"errors"
	"os"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/secretsgen/secretsgen/runtime/uri"
)

// vector is one line of testdata/uri.jsonl, which other implementations share.
type vector struct {
	Input       string     `json:"input"`
	Mounts      []string   `json:"mounts"`
	Canonical   string     `json:"canonical"`
	ResourceRef string     `json:"resource_ref"`
	Codes       []uri.Code `json:"codes"`
}

func vectors(tb testing.TB) []vector {
	tb.Helper()
	file, err := os.Open("testdata/uri.jsonl")
	if err != nil {
		tb.Fatal(err)
	}
	defer file.Close()
	var all []vector
	lines := bufio.NewScanner(file)
	for lines.Scan() {
		var v vector
		if err := json.Unmarshal(lines.Bytes(), &v); err != nil {
			tb.Fatalf("line %d: %v", len(all)+1, err)
		}
		all = append(all, v)
	}
	if err := lines.Err(); err != nil {
		tb.Fatal(err)
	}
	if len(all) < 212 {
		tb.Fatalf("got %d vectors, want at least 212", len(all))
	}
	return all
}

func TestConformance(t *testing.T) {
	t.Parallel()
	salt, err := uri.NewSalt([]byte("conformance-salt-0123456789abcdef-not-a-secret"))
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range vectors(t) {
		u, err := uri.Parse(want.Input, uri.Scope{Mounts: want.Mounts})
		got := vector{
			Input:       want.Input,
			Mounts:      want.Mounts,
			Canonical:   u.String(),
			ResourceRef: salt.Ref(u),
			Codes:       codes(t, err),
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("Parse(%q) (-want +got):\n%s", want.Input, diff)
		}
	}
}

var allCodes = []uri.Code{
	uri.AmbiguousQuery, uri.DoubleMountSource, uri.IllegalSegment, uri.InvalidVersion,
	uri.InvalidWildcard, uri.TenantMountMismatch, uri.UnknownParameter, uri.UnsupportedEngine,
}

// codes returns the codes of what Parse or ParsePattern returned, nil for nil.
func codes(tb testing.TB, err error) []uri.Code {
	tb.Helper()
	if err == nil {
		return nil
	}
	e, ok := errors.AsType[*uri.Error](err)
	if !ok {
		tb.Fatalf("got error %T, want *uri.Error", err)
	}
	if len(e.Codes) == 0 {
		tb.Fatal("got an error without a code")
	}
	return e.Codes
}
