package login

import (
	"context"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/secretsgen/secretsgen/runtime/providers"
)

// write makes a file with a credential, and a line break as editors make it.
func write(tb testing.TB, text string) string {
	tb.Helper()
	path := filepath.Join(tb.TempDir(), "credential")
	rewrite(tb, path, text+"\n")
	return path
}

func rewrite(tb testing.TB, path, content string) {
	tb.Helper()
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		tb.Fatal(err)
	}
}

func TestATokenFileIsReadAgain(t *testing.T) {
	t.Parallel()
	path := write(t, canaryToken+"-1")
	synctest.Test(t, func(t *testing.T) {
		w := &witness{}
		s := File(w.instance(), FromFile(path, "VAULT_TOKEN_FILE"))
		expect := func(when, want string) {
			t.Helper()
			if got := mustToken(t, s); got != canaryToken+want {
				t.Errorf("%s the token is %s", when, got)
			}
		}
		expect("at first", "-1")
		rewrite(t, path, canaryToken+"-2")
		expect("within the second", "-1")
		pass(lookEvery)
		expect("after it", "-2")
		for when, content := range map[string]string{
			"while it is empty":               "",
			"while it holds two lines":        canaryToken + "\n" + canaryToken,
			"while it is not ASCII":           canaryToken + "ä",
			"while it is far too large":       strings.Repeat("x", maxCredential+1),
			"while there is a null character": canaryToken + "\x00",
		} {
			rewrite(t, path, content)
			pass(lookEvery)
			expect(when, "-2")
		}
		if err := os.Remove(path); err != nil {
			t.Fatal(err)
		}
		pass(lookEvery)
		expect("while it is gone", "-2")
		rewrite(t, path, canaryToken+"-3\n")
		pass(lookEvery)
		expect("when it is mended", "-3")
		want := map[providers.Notice]int{providers.LoggedIn: 3, providers.LoginFailed: 1}
		if diff := cmp.Diff(want, w.told()); diff != "" {
			t.Errorf("notices (-want +got):\n%s", diff)
		}
		if log := w.text(); strings.Count(log, "VAULT_TOKEN_FILE") != 1 || strings.Contains(log, "canary") || strings.Contains(log, path) {
			t.Errorf("the log is %s", log)
		}
		closeNow(t, s)
	})
}

// Kubernetes puts a volume's next generation into a folder of its own and swaps
// the link to it.
func TestATokenFileBehindASwappedLinkIsReadAgain(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	generation := func(name, token string) {
		if err := os.Mkdir(filepath.Join(dir, name), 0o700); err != nil {
			t.Fatal(err)
		}
		rewrite(t, filepath.Join(dir, name, "token"), token)
		if err := os.Symlink(name, filepath.Join(dir, "..data_tmp")); err != nil {
			t.Fatal(err)
		}
		if err := os.Rename(filepath.Join(dir, "..data_tmp"), filepath.Join(dir, "..data")); err != nil {
			t.Fatal(err)
		}
	}
	generation("..1", canaryToken+"-1")
	if err := os.Symlink("..data/token", filepath.Join(dir, "token")); err != nil {
		t.Fatal(err)
	}
	synctest.Test(t, func(t *testing.T) {
		s := File((&witness{}).instance(), FromFile(filepath.Join(dir, "token"), "VAULT_TOKEN_FILE"))
		first := mustToken(t, s)
		generation("..2", canaryToken+"-2")
		pass(lookEvery)
		if second := mustToken(t, s); first != canaryToken+"-1" || second != canaryToken+"-2" {
			t.Errorf("the tokens are %s and %s", first, second)
		}
	})
}

func TestARefusedTokenOfAFileIsReplacedByAnotherOne(t *testing.T) {
	t.Parallel()
	path := write(t, canaryToken+"-1")
	s := File((&witness{}).instance(), FromFile(path, "VAULT_TOKEN_FILE"))
	first := mustToken(t, s)
	if token, ok, err := s.Replace(t.Context(), first); ok || err != nil {
		t.Errorf("the file is as it was, and there is %q, %v", token, err)
	}
	rewrite(t, path, canaryToken+"-2")
	if token, ok, err := s.Replace(t.Context(), first); !ok || err != nil || token != canaryToken+"-2" {
		t.Errorf("the file has another one, and there is %q, %v, %v", token, ok, err)
	}
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	if token, ok, err := s.Replace(t.Context(), canaryToken+"-2"); ok || err != nil {
		t.Errorf("the file is gone, and there is %q, %v", token, err)
	}
}

func TestATokenFileThatWasNeverGood(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	empty := filepath.Join(dir, "empty")
	rewrite(t, empty, " \n")
	for name, c := range map[string]struct{ path, want string }{
		"a file that is missing": {filepath.Join(dir, "none"), "unavailable, retryable"},
		"an empty file":          {empty, "misconfigured"},
		"a folder":               {dir, "misconfigured"},
		"no file but a device":   {"/dev/null", "misconfigured"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := &witness{}
			s := File(w.instance(), FromFile(c.path, "VAULT_TOKEN_FILE"))
			for range 2 {
				if _, err := s.Token(t.Context()); code(err) != c.want {
					t.Errorf("the error is %v", err)
				}
			}
			if told := w.told(); told[providers.LoginFailed] != 1 || len(told) != 1 {
				t.Errorf("told are %v", told)
			}
		})
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := File((&witness{}).instance(), FromFile(empty, "X")).Token(ctx); code(err) != "canceled" {
		t.Errorf("under a context that has ended: %v", err)
	}
}

// Whoever listens, or writes the log, may read a secret of the same server.
func TestNewsOfATokenFileAreToldOutsideItsLock(t *testing.T) {
	t.Parallel()
	for name, path := range map[string]string{
		"a file that is missing": filepath.Join(t.TempDir(), "none"),
		"a token":                write(t, canaryToken),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var s *Session
			told, done := 0, make(chan struct{})
			ask := func() { _, _ = s.Token(t.Context()) }
			in := (&witness{}).instance()
			in.Logger = slog.New(slog.NewTextHandler(asking(ask), nil))
			in.Notify = func(providers.Notice) {
				told++
				ask()
			}
			s = File(in, FromFile(path, "VAULT_TOKEN_FILE"))
			go func() {
				defer close(done)
				ask()
				_, _, _ = s.Replace(t.Context(), "x")
			}()
			select {
			case <-done:
			case <-time.After(10 * time.Second):
				t.Fatal("who is told and asks waits for ever")
			}
			if told != 1 {
				t.Errorf("told %d times", told)
			}
		})
	}
}

// asking is a log that asks for a token.
type asking func()

func (a asking) Write(p []byte) (int, error) {
	a()
	return len(p), nil
}
