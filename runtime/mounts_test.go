package runtime

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

func writeMounts(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

// nextLook lets the time pass after which the file is looked at again.
func nextLook() { time.Sleep(mountsInterval) } //nolint:forbidigo // in a synctest bubble

func TestAMountMapIsReadAgainWhenItChangesAndABrokenOneKeepsTheOld(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		path := filepath.Join(t.TempDir(), "mounts.yaml")
		writeMounts(t, path, "dev: [secret, kv]\nprod: [secret]\n")
		var told []string
		file, problem := openMounts(path, "dev", func(problem string) { told = append(told, problem) })
		if problem != "" {
			t.Fatal(problem)
		}
		expect := func(why string, changes int, want ...string) {
			t.Helper()
			if got := file.mounts(); !slices.Equal(got, want) {
				t.Errorf("%s: mounts %v, want %v", why, got, want)
			}
			if len(told) != changes {
				t.Errorf("%s: told of %d changes, want %d: %q", why, len(told), changes, told)
			}
		}
		expect("at first", 0, "secret", "kv")
		writeMounts(t, path, "dev: [secret]\n")
		expect("within the second", 0, "secret", "kv")
		nextLook()
		expect("after a mount was removed", 1, "secret")
		nextLook()
		expect("without a change", 1, "secret")
		writeMounts(t, path, "dev: secret\n")
		nextLook()
		expect("after the file broke", 2, "secret")
		nextLook()
		expect("while it is broken", 2, "secret")
		if err := os.Remove(path); err != nil {
			t.Fatal(err)
		}
		nextLook()
		expect("after the file went away", 3, "secret")
		nextLook()
		expect("while it is away", 3, "secret")
		writeMounts(t, path, "prod: [secret]\n")
		nextLook()
		expect("after the tenant was removed", 4)
		if told[0] != "" || told[1] == "" || told[2] == "" || told[3] != "" {
			t.Errorf("told %q", told)
		}
	})
}

func TestAMountMapThatIsReplacedIsReadAgainThoughItsSizeAndTimeAreTheSame(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		path := filepath.Join(t.TempDir(), "mounts.yaml")
		writeMounts(t, path, "dev: [one]\n")
		file, problem := openMounts(path, "dev", func(string) {})
		info, err := os.Stat(path)
		if err != nil || problem != "" {
			t.Fatal(err, problem)
		}
		writeMounts(t, path+".new", "dev: [two]\n")
		if err := os.Chtimes(path+".new", info.ModTime(), info.ModTime()); err != nil {
			t.Fatal(err)
		}
		if err := os.Rename(path+".new", path); err != nil {
			t.Fatal(err)
		}
		nextLook()
		if got := file.mounts(); !slices.Equal(got, []string{"two"}) {
			t.Errorf("mounts %v", got)
		}
	})
}

func TestAMountMapThatCannotServeIsAProblemAtStart(t *testing.T) {
	t.Parallel()
	for name, text := range map[string]string{
		"not a mapping":            "[secret]",
		"a mount that is a map":    "dev: [{a: b}]",
		"a tenant without mounts":  "dev: []",
		"another tenant alone":     "prod: [secret]",
		"not YAML":                 "dev: [",
		"an empty file":            "",
		"an empty name":            "dev: [\"\"]",
		"null for a name":          "dev: [secret, null]",
		"a slip beside the tenant": "dev: [secret]\nprod: secret",
		"larger than 1 MiB":        "dev: [secret]\n#" + strings.Repeat("x", mountsLimit),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			path := filepath.Join(t.TempDir(), "mounts.yaml")
			writeMounts(t, path, text)
			if _, problem := openMounts(path, "dev", func(string) {}); problem == "" {
				t.Error("no problem")
			}
		})
	}
	for name, path := range map[string]string{"a file that is not there": filepath.Join(t.TempDir(), "nothing"), "a directory": t.TempDir()} {
		if _, problem := openMounts(path, "dev", func(string) {}); problem == "" {
			t.Errorf("%s: no problem", name)
		}
	}
}
