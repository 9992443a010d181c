package uri_test

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/secretsgen/secretsgen/runtime/uri"
)

func TestErrorTellsTheFirstFault(t *testing.T) {
	t.Parallel()
	const base = "openbao+kv2://secret/"
	tests := []struct {
		name   string
		ref    string
		codes  []uri.Code
		offset int
		token  string
		reason string // a part of it
	}{
		{"nothing", "", []uri.Code{uri.IllegalSegment}, 0, "", `has no "://"`},
		{"a value instead of a reference", "hunter2", []uri.Code{uri.IllegalSegment}, 0, "", `has no "://"`},
		{"too long", base + strings.Repeat("a", 2048), []uri.Code{uri.IllegalSegment}, 2048, "", "longer than 2,048 bytes"},
		{"no scheme", "://secret/a", []uri.Code{uri.IllegalSegment}, 0, "", "scheme is empty"},
		{"nothing named", "file://", []uri.Code{uri.IllegalSegment}, 7, "", "name a mount and a path"},
		{"a connection string", "postgres://user:hunter2@host/db", []uri.Code{uri.UnsupportedEngine}, 0, "postgres", `"postgres" is not known`},
		{"credentials before the mount", "openbao+kv2://user:hunter2@host/db", []uri.Code{uri.IllegalSegment}, 18, "user:", `"user:" has a character`},
		{"empty mount", "file:///etc/passwd", []uri.Code{uri.IllegalSegment}, 7, "", "segment is empty"},
		{"empty segment", base + "a//b", []uri.Code{uri.IllegalSegment}, 23, "", "segment is empty"},
		{"percent sign", base + "a%2Fb", []uri.Code{uri.IllegalSegment}, 22, "a%", `"a%"`},
		{"a rune is shown whole", base + "caf\u00e9s", []uri.Code{uri.IllegalSegment}, 24, "caf\u00e9", `"café"`},
		{"an invisible rune is escaped", base + "\u202eapp", []uri.Code{uri.IllegalSegment}, 21, "\u202e", `"\u202e"`},
		{"broken UTF-8", base + "a\xc3", []uri.Code{uri.IllegalSegment}, 22, "a\xc3", `"a\xc3"`},
		{"two dots", base + "a/../b", []uri.Code{uri.IllegalSegment}, 24, "..", "two dots"},
		{"dot at the end", base + "a./b", []uri.Code{uri.IllegalSegment}, 22, "a.", "ends in a dot"},
		{"no path", "file://secret#k", []uri.Code{uri.IllegalSegment}, 13, "secret", `mount "secret" has no path`},
		{"wildcard", base + "jira/*", []uri.Code{uri.InvalidWildcard}, 26, "*", "wildcard"},
		{"mount", "file://other/a", []uri.Code{uri.TenantMountMismatch}, 7, "other", `mount "other" (tenant "dev") is not allowed`},
		{"empty key", base + "a#", []uri.Code{uri.IllegalSegment}, 23, "", "key is empty"},
		{"key", base + "a#my key", []uri.Code{uri.IllegalSegment}, 25, "my ", `key "my "`},
		{"second key", base + "a#b#c", []uri.Code{uri.IllegalSegment}, 24, "#", `"#" comes twice`},
		{"second query", base + "a?#b?", []uri.Code{uri.AmbiguousQuery}, 25, "?", `"?" comes twice`},
		{"repeated parameter", base + "a?version=1&version=2", []uri.Code{uri.AmbiguousQuery}, 33, "version", "comes twice"},
		{"mount parameter", base + "a?mount=kv", []uri.Code{uri.DoubleMountSource}, 23, "mount", "second mount"},
		{"a parameter is shown without its value", base + "a?token=hunter2", []uri.Code{uri.UnknownParameter}, 23, "token", `parameter "token"`},
		{"version", base + "a?version=03", []uri.Code{uri.InvalidVersion}, 31, "03", `version "03"`},
		{"no version", base + "a?version", []uri.Code{uri.InvalidVersion}, 30, "", "version is not a version"},
		{
			"the first of several, in RFC order", base + "a?version=03&x=1#b%?y",
			[]uri.Code{uri.AmbiguousQuery, uri.IllegalSegment, uri.InvalidVersion, uri.UnknownParameter},
			31, "03", `version "03"`,
		},
		{
			"the first of several, by position", "file://k?version=03vx",
			[]uri.Code{uri.IllegalSegment, uri.TenantMountMismatch, uri.UnknownParameter},
			7, "k", "mount",
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			_, err := uri.Parse(tt.ref, uri.Scope{Tenant: "dev", Mounts: []string{"secret"}})
			got, ok := errors.AsType[*uri.Error](err)
			if !ok {
				t.Fatalf("got %v, want a *uri.Error", err)
			}
			if diff := cmp.Diff(tt.codes, got.Codes); diff != "" {
				t.Errorf("codes (-want +got):\n%s", diff)
			}
			first := got.Faults[0]
			if first.Offset != tt.offset || first.Token != tt.token {
				t.Errorf("got token %q at %d, want %q at %d", first.Token, first.Offset, tt.token, tt.offset)
			}
			if !strings.Contains(first.Reason, tt.reason) {
				t.Errorf("got reason %q, want %q in it", first.Reason, tt.reason)
			}
			if strings.Contains(err.Error(), "hunter2") {
				t.Errorf("%q shows the canary", err)
			}
		})
	}
}

func TestErrorHasTheLeftmostFaultUnderEachCode(t *testing.T) {
	t.Parallel()
	_, err := uri.Parse("file://secret/a b/c d/x*?version=1&mount=kv#k", secretAndKV)
	got, ok := errors.AsType[*uri.Error](err)
	if !ok {
		t.Fatalf("got %v, want a *uri.Error", err)
	}
	type place struct {
		Code   uri.Code
		Offset int
		Token  string
	}
	var faults []place
	for _, f := range got.Faults {
		faults = append(faults, place{f.Code, f.Offset, f.Token})
	}
	want := []place{
		{uri.IllegalSegment, 15, "a "},
		{uri.InvalidWildcard, 23, "x*"},
		{uri.UnknownParameter, 25, "version"},
		{uri.DoubleMountSource, 35, "mount"},
	}
	if diff := cmp.Diff(want, faults); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestErrorSentence(t *testing.T) {
	t.Parallel()
	_, err := uri.Parse("file://secret/a%2Fb?version=1", secretAndKV)
	const want = `uri: byte 15: segment "a%" has a character that is not allowed: use A-Z a-z 0-9 . _ - only [ILLEGAL_SEGMENT, UNKNOWN_PARAMETER]`
	if diff := cmp.Diff(want, fmt.Sprint(err)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestErrorIsEachOfItsCodes(t *testing.T) {
	t.Parallel()
	_, err := uri.Parse("file://other/a?mount=kv", secretAndKV)
	err = fmt.Errorf("accessor api.token: %w", err)
	for _, code := range allCodes {
		want := code == uri.TenantMountMismatch || code == uri.DoubleMountSource
		if got := errors.Is(err, code); got != want {
			t.Errorf("errors.Is(err, %s) = %t, want %t", code, got, want)
		}
	}
	if errors.Is(err, io.EOF) {
		t.Error("errors.Is(err, io.EOF) = true, want false")
	}
}

// Whatever is wrong, and wherever, an error shows at most 40 bytes of one token.
// The canary is longer than that and has no part that repeats, so any other echo
// of the reference would show a part that the token doesn't.
func TestErrorShowsNoMoreThanTheToken(t *testing.T) {
	t.Parallel()
	var text strings.Builder
	for i := range 60 {
		fmt.Fprintf(&text, "%c%02d", 'A'+i%26, i)
	}
	canary := text.String()
	refs := []string{
		canary,
		"://" + canary,
		canary + "://secret/a",
		canary + "://",
		strings.Repeat(canary, 20),
		"file://" + canary,
		"file://" + canary + "/a",
		"file://" + canary + ":pw@secret/a",
		"file://x:" + canary + "@secret/a",
		"file://secret/" + canary + "%" + canary,
		"file://secret/" + canary + "..",
		"file://secret/" + canary + "*" + canary,
		"file://secret/" + canary + "//" + canary,
		"file://secret/a#" + canary + "/" + canary,
		"file://secret/a#" + canary + "#" + canary,
		"file://secret/" + canary + "?#",
		"file://secret/a?" + canary,
		"file://secret/a?" + canary + "=" + canary,
		"file://secret/a?x=" + canary,
		"openbao+kv2://secret/a?version=" + canary,
		"openbao+kv2://secret/a?version=1&version=" + canary,
		"openbao+kv2://secret/" + canary + "?version=1#k?" + canary,
		"openbao+kv2://secret/a?mount=" + canary,
	}
	for _, ref := range refs {
		_, err := uri.Parse(ref, secretAndKV)
		e, ok := errors.AsType[*uri.Error](err)
		if !ok {
			t.Fatalf("Parse(%.40q…) = %v, want a *uri.Error", ref, err)
		}
		tokens := ""
		for _, f := range e.Faults {
			if len(f.Token) > 40 {
				t.Errorf("Parse(%.40q…) has a token of %d bytes, want at most 40", ref, len(f.Token))
			}
			if f.Token != "" && !strings.Contains(ref, f.Token) {
				t.Errorf("Parse(%.40q…) has a token %q from elsewhere", ref, f.Token)
			}
			tokens += f.Token + "\n"
		}
		for _, format := range []string{"%v", "%+v", "%#v", "%s", "%q"} {
			shown := fmt.Sprintf(format, e) + fmt.Sprintf(format, *e)
			for i := range len(canary) - 3 {
				if part := canary[i : i+4]; strings.Contains(shown, part) && !strings.Contains(tokens, part) {
					t.Errorf("Parse(%.40q…) with %s shows %q outside of the tokens %q: %s", ref, format, part, tokens, shown)
				}
			}
		}
	}
}
