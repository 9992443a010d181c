package file

import (
	"bytes"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/secretsgen/secretsgen/runtime/providers"
	"github.com/secretsgen/secretsgen/runtime/settings"
)

func TestOpenNamesAWrongRoot(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	write(t, dir, map[string]string{"file": ""})
	for _, root := range []string{filepath.Join(dir, "canary"), filepath.Join(dir, "file")} {
		_, err := Provider().Open(t.Context(), providers.Instance{Settings: settings.FromMap(map[string]string{"FILE_MOUNT_PATH": root})})
		e, ok := errors.AsType[*settings.Error](err)
		if !ok || len(e.Problems) != 1 || e.Problems[0].Name != "FILE_MOUNT_PATH" {
			t.Fatalf("the error is %v", err)
		}
		if strings.Contains(err.Error(), dir) {
			t.Errorf("the error shows the path: %v", err)
		}
	}
}

func TestRootIsRunSecretsWhereNoneIsNamed(t *testing.T) {
	t.Parallel()
	p, err := Provider().Open(t.Context(), providers.Instance{})
	if err != nil {
		// This machine has no such directory, which the error then says.
		if !strings.Contains(err.Error(), "/run/secrets") {
			t.Error(err)
		}
		return
	}
	if name := p.(*provider).other.name; name != "/run/secrets" {
		t.Errorf("the root is %s", name)
	}
}

// opened opens a provider with a log that can be read.
func opened(t *testing.T, vars map[string]string) (providers.Provider, *bytes.Buffer, error) {
	t.Helper()
	log := new(bytes.Buffer)
	p, err := Provider().Open(t.Context(), providers.Instance{
		Settings: settings.FromMap(vars), Logger: slog.New(slog.NewTextHandler(log, nil)),
	})
	if (p == nil) != (err != nil) {
		t.Error("a provider comes exactly if there is no error")
	}
	return p, log, err
}

func TestEachMountHasItsRoot(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	write(t, dir, map[string]string{"db/name": "db", "tls/name": "tls", "common/name": "common"})
	in := func(name string) string { return filepath.Join(dir, name) }
	p, _, err := opened(t, map[string]string{
		"FILE_MOUNT_PATH": in("common"), "FILE_MOUNT_ROOTS": " db=" + in("db") + ",, tls.v1=" + in("tls") + " ",
	})
	if err != nil {
		t.Fatal(err)
	}
	for mount, want := range map[string]string{"db": "db", "tls.v1": "tls", "other": "common", "DB": "common"} {
		doc, err := p.Read(t.Context(), providers.Location{Mount: mount, Path: "name"})
		if err != nil {
			t.Fatal(err)
		}
		if got, _ := doc.Scalar(); string(got.Bytes()) != want {
			t.Errorf("the root of %s is that of %s", mount, got.Bytes())
		}
	}
	for _, path := range []string{"../common/name", "../tls/name"} {
		_, err := p.Read(t.Context(), providers.Location{Mount: "db", Path: path})
		if e, ok := errors.AsType[*providers.ProviderError](err); !ok || e.Code != providers.Misconfigured {
			t.Errorf("out of one root into another: %v", err)
		}
	}
}

func TestCommonRootNeedNotBeThereBesideOthers(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	write(t, dir, map[string]string{"a": "x"})
	// /run/secrets may be there or not: neither is a fault of the settings.
	p, _, err := opened(t, map[string]string{"FILE_MOUNT_ROOTS": "db=" + dir})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := p.Read(t.Context(), providers.Location{Mount: "db", Path: "a"}); err != nil {
		t.Error(err)
	}
}

func TestOpenNamesEveryWrongEntry(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	write(t, dir, map[string]string{"file": ""})
	for value, want := range map[string][]string{
		"canary":                             {"entry 1 is not a mount"},
		"=" + dir:                            {"entry 1 is not a mount"},
		"db=":                                {"entry 1 is not a mount"},
		"a/b=" + dir:                         {"entry 1 is not a mount"},
		"a..b=" + dir:                        {"entry 1 is not a mount"},
		"a.=" + dir:                          {"entry 1 is not a mount"},
		"a b=" + dir:                         {"entry 1 is not a mount"},
		"ä=" + dir:                           {"entry 1 is not a mount"},
		"a=" + dir + ",a=" + dir:             {"entry 2 names a mount for the second time"},
		"a=" + dir + "/canary":               {"entry 1 is not a directory"},
		"a=" + dir + ",b=" + dir + "/file,c": {"entry 2 is not a directory", "entry 3 is not a mount"},
	} {
		t.Run(value, func(t *testing.T) {
			t.Parallel()
			_, _, err := opened(t, map[string]string{"FILE_MOUNT_PATH": dir, "FILE_MOUNT_ROOTS": value})
			e, ok := errors.AsType[*settings.Error](err)
			if !ok || len(e.Problems) != len(want) {
				t.Fatalf("the error is %v", err)
			}
			for i, p := range e.Problems {
				if p.Name != "FILE_MOUNT_ROOTS" || !strings.Contains(p.Detail, want[i]) {
					t.Errorf("%q is not %q", p, want[i])
				}
			}
			if strings.Contains(err.Error(), dir) || strings.Contains(err.Error(), "canary") {
				t.Errorf("the error shows the value: %v", err)
			}
		})
	}
}

func TestWarningsOfPermissions(t *testing.T) {
	t.Parallel()
	const read, replaced, planted = "may be read by every user", "may be replaced by every user", "may put files among"
	for name, c := range map[string]struct {
		root, file os.FileMode
		want       []string
	}{
		"the owner alone":                      {0o700, 0o400, nil},
		"a group that may read":                {0o750, 0o440, nil},
		"what an fsGroup makes of a volume":    {os.ModeSticky | os.ModeSetgid | 0o777, 0o440, nil},
		"a group that may write":               {0o770, 0o660, nil},
		"others may read":                      {0o755, 0o444, []string{read}},
		"others may read what they can't find": {0o700, 0o644, nil},
		"others may write":                     {0o711, 0o602, []string{replaced}},
		"others may do everything":             {0o777, 0o666, []string{read, replaced, planted}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			root := filepath.Join(t.TempDir(), "canary-root")
			write(t, root, map[string]string{"a": canary, "d/b": canary})
			for path, mode := range map[string]os.FileMode{"a": c.file, "d/b": c.file, "": c.root} {
				if err := os.Chmod(filepath.Join(root, path), mode); err != nil {
					t.Fatal(err)
				}
			}
			p, log, err := opened(t, map[string]string{"FILE_MOUNT_ROOTS": "db=" + root, "FILE_MOUNT_PATH": t.TempDir()})
			if err != nil {
				t.Fatal(err)
			}
			for range 3 {
				for _, path := range []string{"a", "d", "d/b"} {
					if _, err := p.Read(t.Context(), providers.Location{Mount: "db", Path: path}); err != nil {
						t.Fatal(err)
					}
				}
			}
			var got []string
			for _, warning := range []string{read, replaced, planted} {
				if strings.Contains(log.String(), warning) {
					got = append(got, warning)
				}
			}
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Errorf("warnings (-want +got):\n%s", diff)
			}
			if n := strings.Count(log.String(), "\n"); n != len(c.want) || strings.Count(log.String(), "mount=db") != n {
				t.Errorf("%d lines, not one for each warning, with the mount: %s", n, log)
			}
			if strings.Contains(log.String(), "canary") || strings.Contains(log.String(), root) {
				t.Errorf("the log shows a path: %s", log)
			}
		})
	}
}
