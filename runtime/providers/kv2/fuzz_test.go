package kv2

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/secretsgen/secretsgen/runtime/providers"
)

// seeds adds every answer of a folder of testdata, as it is and broken.
func seeds(f *testing.F, folder string) {
	f.Helper()
	files, err := filepath.Glob(filepath.Join("testdata", folder, "*.json"))
	if err != nil || len(files) == 0 {
		f.Fatalf("no seeds: %v", err)
	}
	for _, file := range files {
		body, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(strings.HasPrefix(filepath.Base(file), "200"), body, 0)
		f.Add(true, append(body, '}'), 3)
	}
}

// feed gives what reads an answer the fuzzed one, with and without a canary
// behind it, and tests what every reader owes: an error of the project's own that
// shows nothing, or something of a version that may be returned.
func feed(f *testing.F, read func(t *testing.T, status int, body []byte, pin int) (version int, some bool, err error)) {
	f.Helper()
	f.Fuzz(func(t *testing.T, ok bool, body []byte, pin int) {
		status := http.StatusNotFound
		if ok {
			status = http.StatusOK
		}
		body = append(body, canary...)
		for _, answer := range [][]byte{body, body[:len(body)-len(canary)]} {
			version, some, err := read(t, status, answer, pin)
			switch {
			case outcome(err) == "foreign error" || errors.Unwrap(err) != nil:
				t.Fatalf("a foreign error: %T", err)
			case err != nil && (some || version != 0 || strings.Contains(err.Error(), canary)):
				t.Fatal("the error brings something or shows the canary")
			case err == nil && (!some || version < 1 || !ok):
				t.Fatal("neither an error nor anything, or of no version, or with status 404")
			case err == nil && pin > 0 && version != pin:
				t.Fatal("another version than the pin")
			}
		}
	})
}

func FuzzDocument(f *testing.F) {
	seeds(f, ".")
	f.Add(true, []byte(envelope(`{"a":"`+canary+`"}`, `"version":1,"created_time":"`+canary+`"`)), 1)
	feed(f, func(_ *testing.T, status int, body []byte, pin int) (version int, some bool, err error) {
		doc, err := document(status, body, pin)
		fields, _ := doc.Fields()
		return doc.Metadata().Version, fields != nil, err
	})
}

func FuzzMetadata(f *testing.F) {
	seeds(f, "metadata")
	now := time.Date(2026, 11, 26, 1, 33, 26, 0, time.UTC)
	feed(f, func(t *testing.T, status int, body []byte, pin int) (version int, some bool, err error) {
		meta, err := history(status, body, pin, now)
		if !meta.Deletes.IsZero() && meta.Deletes.Before(now) {
			t.Fatal("a deletion that is over is no error")
		}
		return meta.Version, meta.Version != 0, err
	})
}

func FuzzSubkeys(f *testing.F) {
	seeds(f, "subkeys")
	f.Add(true, []byte(`{"data":{"subkeys":{"a":"`+canary+`"},"metadata":{"version":1}}}`), 1)
	feed(f, func(t *testing.T, status int, body []byte, pin int) (version int, some bool, err error) {
		keys, meta, err := subkeys(status, body, pin)
		if !slices.IsSorted(keys) {
			t.Fatal("the keys are not sorted")
		}
		return meta.Version, keys != nil, err
	})
}

// FuzzLocation asks for any mount and path: the server, once it has decoded and
// cleaned what it is asked for, finds it below that mount's data, and never below
// a name of its own or of a child namespace.
func FuzzLocation(f *testing.F) {
	for _, seed := range [][2]string{
		{"secret", "app/db"},
		{"alias", "app"},
		{"team/kv", "app"},
		{"..", "sys/mounts"},
		{"secret", "../../sys/mounts"},
		{"secret/..", "x"},
		{"sys", "raw"},
		{"dev", "secret/data/app"},
		{"secret", "%2e%2e/%2e%2e/sys"},
		{"secret", "a?version=1#b"},
		{"secret%2f..", "a"},
		{"secret\\..", "a"},
		{" sys", "a"},
		{"./sys", "a"},
		{"", "/sys"},
		{"secret", "a/"},
		{"secret", "a\x00\n"},
		{"\xff", "\xff"},
	} {
		f.Add(seed[0], seed[1])
	}
	var asked string
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked = r.URL.Path
		_, _ = w.Write([]byte(envelope(`{}`, `"version":1`)))
	}))
	f.Cleanup(server.Close)
	p := openAt(f, server.URL, "VAULT_MOUNTS", "alias=team/kv", "VAULT_CHILD_NAMESPACES", "dev")
	f.Fuzz(func(t *testing.T, mount, at string) {
		asked = ""
		_, err := p.Read(t.Context(), providers.Location{Mount: mount, Path: at})
		if asked == "" {
			if outcome(err) == "value" {
				t.Fatal("a value that nobody was asked for")
			}
			return
		}
		if mount == "alias" {
			mount = "team/kv"
		}
		if want := "/v1/" + mount + "/data/" + at; asked != want || path.Clean(asked) != want {
			t.Fatalf("the server was asked for %q", asked)
		}
		if root, _, _ := strings.Cut(strings.TrimPrefix(asked, "/v1/"), "/"); root == "dev" || slices.Contains(reservedRoots, root) {
			t.Fatalf("the server was asked for %q", asked)
		}
	})
}
