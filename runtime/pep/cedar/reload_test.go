package cedar_test

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/secretsgen/secretsgen/runtime/pep/cedar"
)

const (
	permitAll = `permit (principal, action, resource);`
	forbidAll = `forbid (principal, action, resource);`
)

// watched is a PDP whose file changes under the clock of a synctest bubble.
type watched struct {
	*cedar.PDP

	t     *testing.T
	path  string
	heard []string
}

func watch(t *testing.T, text string) *watched {
	t.Helper()
	w := &watched{t: t, path: policyFile(t, text)}
	pdp, err := cedar.Open(w.path, cedar.OnReload(func(err error) {
		if err == nil {
			w.heard = append(w.heard, "loaded")
			return
		}
		w.heard = append(w.heard, err.Error())
	}))
	if err != nil {
		t.Fatal(err)
	}
	w.PDP = pdp
	return w
}

func (w *watched) permits() bool {
	w.t.Helper()
	return decide(w.t, w, request()).Permit
}

// after lets time pass and tells whether a question is then permitted.
func (w *watched) after(d time.Duration) bool {
	w.t.Helper()
	<-time.After(d)
	return w.permits()
}

func (w *watched) wantHeard(want ...string) {
	w.t.Helper()
	if diff := cmp.Diff(want, w.heard); diff != "" {
		w.t.Errorf("heard (-want +got):\n%s", diff)
	}
}

func TestReloadOfAChangedFile(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]func(t *testing.T, path string){
		"written in place, of the same time": func(t *testing.T, path string) {
			t.Helper()
			info, err := os.Stat(path)
			if err != nil {
				t.Fatal(err)
			}
			write(t, path, forbidAll+" ")
			if err := os.Chtimes(path, time.Time{}, info.ModTime()); err != nil {
				t.Fatal(err)
			}
		},
		"renamed into place, of the same size and time": func(t *testing.T, path string) {
			t.Helper()
			info, err := os.Stat(path)
			if err != nil {
				t.Fatal(err)
			}
			write(t, path+".new", forbidAll)
			if err := errors.Join(os.Chtimes(path+".new", time.Time{}, info.ModTime()), os.Rename(path+".new", path)); err != nil {
				t.Fatal(err)
			}
		},
		"written in place, of the same size": func(t *testing.T, path string) {
			t.Helper()
			write(t, path, forbidAll)
			later := time.Now().Add(time.Hour)
			if err := os.Chtimes(path, later, later); err != nil {
				t.Fatal(err)
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				w := watch(t, permitAll)
				change(t, w.path)
				if !w.after(999 * time.Millisecond) {
					t.Error("the file was read again within a second")
				}
				if w.after(time.Millisecond) {
					t.Error("the file was not read again after a second")
				}
				w.wantHeard("loaded")
			})
		})
	}
}

func TestReloadThroughASymbolicLink(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		dir := t.TempDir()
		for name, text := range map[string]string{"one": permitAll, "two": forbidAll} {
			write(t, filepath.Join(dir, name), text)
		}
		link := filepath.Join(dir, "link")
		if err := os.Symlink("one", link); err != nil {
			t.Fatal(err)
		}
		pdp := mustOpen(t, link)
		if err := errors.Join(os.Symlink("two", link+".new"), os.Rename(link+".new", link)); err != nil {
			t.Fatal(err)
		}
		<-time.After(time.Second)
		if decide(t, pdp, request()).Permit {
			t.Error("the link leads to other policies, and the old ones are in force")
		}
	})
}

func TestReloadKeepsPoliciesFromABrokenFile(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := watch(t, permitAll)
		before := w.PolicyVersion()
		write(t, w.path, "forbid (principal, action, resource)")
		for range 3 {
			if !w.after(time.Second) {
				t.Fatal("a broken file took the policies out of force")
			}
		}
		if got := w.PolicyVersion(); got != before {
			t.Errorf("version is %q, want still %q", got, before)
		}
		const broken = fileName + ":1:37: expected ;"
		w.wantHeard(broken)
		write(t, w.path, forbidAll)
		if w.after(time.Second) {
			t.Error("the mended file is not in force")
		}
		w.wantHeard(broken, "loaded")
	})
}

func TestReloadKeepsPoliciesFromAMissingFile(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := watch(t, permitAll)
		if err := os.Remove(w.path); err != nil {
			t.Fatal(err)
		}
		for range 2 {
			if !w.after(time.Second) {
				t.Fatal("a missing file took the policies out of force")
			}
		}
		const missing = fileName + ": can't be read: no such file or directory"
		w.wantHeard(missing)
		write(t, w.path, permitAll)
		if !w.after(time.Second) {
			t.Fatal("the file that came back is not in force")
		}
		w.wantHeard(missing, "loaded")
	})
}

func TestReloadIsSilentAboutAFileThatWasOnlyTouched(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := watch(t, permitAll)
		write(t, w.path, permitAll)
		if !w.after(time.Second) {
			t.Fatal("the same policies deny")
		}
		w.wantHeard()
	})
}

func TestPolicyVersionLooksAtTheFile(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := watch(t, permitAll)
		before := w.PolicyVersion()
		write(t, w.path, forbidAll+" ")
		if got := w.PolicyVersion(); got != before {
			t.Errorf("version is %q within a second, want %q", got, before)
		}
		<-time.After(time.Second)
		if got := w.PolicyVersion(); got == before {
			t.Errorf("version is %q a second after the file changed", got)
		}
	})
}

func TestReloadOnDemand(t *testing.T) {
	t.Parallel()
	w := watch(t, permitAll)
	write(t, w.path, forbidAll)
	if err := w.Reload(); err != nil {
		t.Fatal(err)
	}
	if w.permits() {
		t.Error("Reload left the old policies in force")
	}
	if err := os.Remove(w.path); err != nil {
		t.Fatal(err)
	}
	if err := w.Reload(); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("Reload of a missing file = %v, want fs.ErrNotExist", err)
	}
	if w.permits() {
		t.Error("a failed Reload changed the policies")
	}
	w.wantHeard()
}

func TestReloadWhileQuestionsAreAsked(t *testing.T) {
	t.Parallel()
	w := watch(t, permitAll)
	var group sync.WaitGroup
	for range 4 {
		group.Go(func() {
			for range 200 {
				if _, err := w.Decide(t.Context(), request()); err != nil {
					t.Error(err)
				}
			}
		})
	}
	for range 20 {
		if err := w.Reload(); err != nil {
			t.Error(err)
		}
	}
	group.Wait()
}
