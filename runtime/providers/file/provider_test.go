package file

import (
	"errors"
	"fmt"
	"maps"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/secretsgen/secretsgen/runtime/providers"
	"github.com/secretsgen/secretsgen/runtime/providers/providertest"
	"github.com/secretsgen/secretsgen/runtime/settings"
)

const canary = "canary-5d77b2"

func at(path string) providers.Location { return providers.Location{Mount: "any", Path: path} }

// write fills a directory: names that end in "->" are symbolic links.
func write(t *testing.T, dir string, files map[string]string) {
	t.Helper()
	for _, name := range slices.Sorted(maps.Keys(files)) {
		path, link := strings.CutSuffix(filepath.Join(dir, name), "->")
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		var err error
		if link {
			err = os.Symlink(files[name], path)
		} else {
			err = os.WriteFile(path, []byte(files[name]), 0o600)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
}

func openAt(t *testing.T, root string) providers.Provider {
	t.Helper()
	p, err := Provider().Open(t.Context(), providers.Instance{Settings: settings.FromMap(map[string]string{"FILE_MOUNT_PATH": root})})
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func binary(text string) providers.Value { return providers.NewValue(providers.Binary, []byte(text)) }

func TestConformance(t *testing.T) {
	t.Parallel()
	for name, read := range map[string]providertest.Read{
		"a file": {At: at("app/token"), Want: providers.Scalar(binary(canary+"\n"), providers.Metadata{})},
		"a directory": {At: at("app"), Want: providers.Fields(map[string]providers.Value{
			"token": binary(canary + "\n"), "user": binary(canary + "-user"),
		}, providers.Metadata{})},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			root := t.TempDir()
			write(t, root, map[string]string{"app/token": canary + "\n", "app/user": canary + "-user"})
			providertest.Run(t, providertest.Harness{Provider: openAt(t, root), Canary: canary, Latest: read, Missing: at("app/nothing")})
		})
	}
}

// fieldsOf reads a directory as text.
func fieldsOf(t *testing.T, p providers.Provider, path string) map[string]string {
	t.Helper()
	doc, err := p.Read(t.Context(), at(path))
	if err != nil {
		t.Fatal(err)
	}
	fields, ok := doc.Fields()
	if !ok {
		t.Fatal("the document has no fields")
	}
	got := map[string]string{}
	for key, value := range fields {
		got[key] = string(value.Bytes())
	}
	return got
}

func TestDirectory(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ files, want map[string]string }{
		"files, not directories or names from two dots on": {
			map[string]string{"d/a": "1", "d/.b": "2", "d/..c": "3", "d/sub/e": "4", "d/dir->": "sub", "d/link->": "a"},
			map[string]string{"a": "1", ".b": "2", "link": "1"},
		},
		"a directory without files": {map[string]string{"d/sub/e": "4"}, map[string]string{}},
		"the generation that Kubernetes links": {
			map[string]string{"d/..new/a": "new", "d/..old/a": "old", "d/..data->": "..new", "d/a->": "..data/a"},
			map[string]string{"a": "new"},
		},
		// The links of a directory are mended after the swap: what they lead to
		// must not be mixed with it.
		"a generation alone, though an entry is older": {
			map[string]string{"d/..new/a": "new", "d/..old/b": "old", "d/..data->": "..new", "d/a->": "..data/a", "d/b->": "..old/b"},
			map[string]string{"a": "new"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			root := t.TempDir()
			write(t, root, c.files)
			if diff := cmp.Diff(c.want, fieldsOf(t, openAt(t, root), "d")); diff != "" {
				t.Errorf("fields (-want +got):\n%s", diff)
			}
		})
	}
}

func TestReadRefuses(t *testing.T) {
	t.Parallel()
	parent := t.TempDir()
	root := filepath.Join(parent, "root")
	large := strings.Repeat("x", maxBytes)
	write(t, parent, map[string]string{
		"outside/secret":           canary,
		"root/out->":               "../outside/secret",
		"root/absolute->":          filepath.Join(parent, "outside", "secret"),
		"root/outdir->":            "../outside",
		"root/escaping/a->":        "../../outside/secret",
		"root/generation/..data->": "../../outside",
		"root/circle->":            "circle",
		"root/dangling/a->":        "nothing",
		"root/large":               large + "x",
		"root/largest":             large,
		"root/heavy/a":             large[:maxBytes-1],
		"root/heavy/b":             "12",
		"root/plain":               "x",
	})
	for i := range maxEntries + 1 {
		write(t, root, map[string]string{fmt.Sprintf("many/%d", i): ""})
	}
	if err := syscall.Mkfifo(filepath.Join(root, "pipe"), 0o600); err != nil {
		t.Fatal(err)
	}
	socket, err := net.Listen("unix", filepath.Join(root, "socket"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = socket.Close() })
	p := openAt(t, root)
	for path, want := range map[string]providers.Code{
		"out":               providers.Misconfigured,
		"absolute":          providers.Misconfigured,
		"outdir":            providers.Misconfigured,
		"outdir/secret":     providers.Misconfigured,
		"escaping":          providers.Misconfigured,
		"generation":        providers.Misconfigured,
		"../outside/secret": providers.Misconfigured,
		"circle":            providers.Misconfigured,
		"pipe":              providers.Misconfigured,
		"socket":            providers.Misconfigured,
		"dangling":          providers.Unavailable,
		"large":             providers.Malformed,
		"heavy":             providers.Malformed,
		"many":              providers.Malformed,
	} {
		doc, err := p.Read(t.Context(), at(path))
		e, ok := errors.AsType[*providers.ProviderError](err)
		if !ok || e.Code != want {
			t.Errorf("%s: the error is %v and not %s", path, err, want)
			continue
		}
		if value, _ := doc.Scalar(); len(value.Bytes()) > 0 || strings.Contains(err.Error(), path) || strings.Contains(err.Error(), canary) {
			t.Errorf("%s: the error shows too much", path)
		}
	}
	for _, path := range []string{"plain/below", strings.Repeat("n", 300), "dangling/a"} {
		_, err := p.Read(t.Context(), at(path))
		if _, ok := errors.AsType[*providers.SecretNotFoundError](err); !ok {
			t.Errorf("%s: the error is %v", path, err)
		}
	}
	if _, err := p.Read(t.Context(), at("largest")); err != nil {
		t.Errorf("a file as large as the limit: %v", err)
	}
}
