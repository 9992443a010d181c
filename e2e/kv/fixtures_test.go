package kv

import (
	"flag"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/secretsgen/secretsgen/e2e/internal/kvserver"
)

// fixtures are what the unit tests of the provider take for a server's answers.
const fixtures = "../../runtime/providers/kv2/testdata"

var update = flag.Bool("update", false, "write the fixtures of the unit tests anew, where the server answers otherwise")

// The unit tests believe that a server answers as these files do: this asks the
// server. Times, ids and tokens are another matter each time, and left out.
func TestTheServerStillAnswersAsTheUnitTestsBelieve(t *testing.T) {
	t.Parallel()
	r := &recorder{a: own(t, kvserver.Options{}), answers: map[string]string{}}
	r.record()
	want := map[string]string{}
	err := filepath.WalkDir(fixtures, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() && entry.Name() == "fuzz" {
			return first(err, fs.SkipDir)
		}
		if entry.IsDir() {
			return nil
		}
		body, err := os.ReadFile(path)
		name, _ := filepath.Rel(fixtures, path)
		want[filepath.ToSlash(name)] = steady(string(body))
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]string{}
	for name, body := range r.answers {
		got[name] = steady(body)
	}
	if *update {
		rewrite(t, want, got)
		return
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("answers (-fixture +server), which -update writes:\n%s", diff)
	}
}

func first(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

// rewrite makes the fixtures what the server answered, and leaves those alone
// that say the same.
func rewrite(t *testing.T, fixture, server map[string]string) {
	t.Helper()
	for name := range fixture {
		if _, ok := server[name]; !ok {
			if err := os.Remove(filepath.Join(fixtures, name)); err != nil {
				t.Error(err)
			}
		}
	}
	for name, body := range server {
		if fixture[name] == body {
			continue
		}
		path := filepath.Join(fixtures, name)
		if err := first(os.MkdirAll(filepath.Dir(path), 0o755), os.WriteFile(path, []byte(body), 0o644)); err != nil {
			t.Error(err)
		}
	}
}

// recorder asks a server and keeps its answers by the names of their files.
type recorder struct {
	a       kvserver.Admin
	answers map[string]string
}

// get records the answer to a read, below its status and a name.
func (r *recorder) get(name, path string) { r.getAs(r.a.Server.Token, name, path) }

func (r *recorder) getAs(token, name, path string) {
	status, body := r.a.As(token, http.MethodGet, path, nil, nil)
	r.keep(name, status, body)
}

func (r *recorder) keep(name string, status int, body []byte) {
	r.a.T.Helper()
	folder, file := filepath.Split(name)
	name = folder + strconv.Itoa(status) + "_" + file + ".json"
	if _, twice := r.answers[name]; twice {
		r.a.T.Errorf("%s is recorded twice", name)
	}
	r.answers[name] = string(body)
}

// wrapped records a wrapped read in a folder of its own, and what the wrapping
// token is good for, by the names of the endpoints below sys/wrapping.
func (r *recorder) wrapped(folder, path, ttl string, uses ...string) (token string) {
	r.a.T.Helper()
	status, body := r.a.As(r.a.Server.Token, http.MethodGet, path, nil, http.Header{"X-Vault-Wrap-Ttl": {ttl}})
	r.keep("wrapped/"+folder+"/read", status, body)
	if status != http.StatusOK {
		return ""
	}
	token = r.a.Secret(body, "wrap_info", "token")
	for _, use := range uses {
		r.use(folder, use, token)
	}
	return token
}

func (r *recorder) use(folder, use, token string) {
	r.a.T.Helper()
	status, body := r.a.As(token, http.MethodPost, "sys/wrapping/"+use, nil, nil)
	r.keep("wrapped/"+folder+"/"+use, status, body)
}

// record goes through everything that the unit tests have an answer for.
func (r *recorder) record() {
	a := r.a
	a.MountAt("secret")
	a.Must(http.MethodPost, "sys/mounts/one", map[string]any{"type": "kv"})
	r.recordPlain()
	r.recordWrapped()
	r.recordViews()
	a.Seal()
	r.get("sealed", "secret/data/app")
}

func (r *recorder) recordPlain() {
	a := r.a
	for _, token := range []string{"canary-one", "canary-two", "canary-three"} {
		a.Write("secret", "app", map[string]any{
			"token": token, "port": 5432, "ratio": 1.5, "enabled": true, "nothing": nil,
			"html": "<&>é\u2028", "nested": map[string]any{"list": []any{1, "x"}},
		})
	}
	a.Describe("secret", "app", map[string]any{"custom_metadata": map[string]string{"owner": "payments"}})
	a.Remove("secret", "app", 1)
	a.Destroy("secret", "app", 2)
	a.Write("secret", "gone", map[string]any{"token": "canary-gone"})
	a.Remove("secret", "gone", 1)
	a.Destroy("secret", "gone", 1)
	a.Describe("secret", "fading", map[string]any{"delete_version_after": "3h"})
	a.Write("secret", "fading", map[string]any{"token": "canary-future"})
	a.Write("secret", "empty", map[string]any{})
	a.Must(http.MethodPost, "one/data/app", map[string]any{"token": "canary-one"})

	r.get("latest", "secret/data/app")
	r.get("pinned", "secret/data/app?version=3")
	r.get("deleted", "secret/data/app?version=1")
	r.get("destroyed", "secret/data/app?version=2")
	r.get("deleted_then_destroyed", "secret/data/gone")
	r.get("deleted_in_future", "secret/data/fading")
	r.get("empty", "secret/data/empty")
	r.get("bad_version", "secret/data/app?version=x")
	r.get("missing_version", "secret/data/app?version=9")
	r.get("missing_path", "secret/data/nothing")
	r.get("missing_mount", "nomount/data/app")
	r.get("other_engine", "identity/data/app")
	r.get("unversioned_path", "secret/app")
	r.get("version_1_engine", "one/data/app")
	r.get("version_1_engine_missing_path", "one/data/nothing")
	r.getAs("canary-token", "wrong_token", "secret/data/app")
}

func (r *recorder) recordWrapped() {
	a := r.a
	const canary = "canary-2f6a91" // of the unit tests
	a.Forget("secret", "app")
	for _, version := range []string{"one", "two", "three"} {
		a.Write("secret", "app", map[string]any{"token": canary + "-" + version})
	}
	a.Describe("secret", "app", map[string]any{"custom_metadata": map[string]string{"owner": "payments"}})
	a.Destroy("secret", "app", 2)
	a.Forget("secret", "gone")
	a.Write("secret", "gone", map[string]any{"token": canary + "-gone"})
	a.Remove("secret", "gone", 1)
	a.Must(http.MethodPost, "one/data/app", map[string]any{"token": canary + "-one"})

	for folder, path := range map[string]string{
		"value": "secret/data/app", "pinned": "secret/data/app?version=1", "destroyed": "secret/data/app?version=2",
		"deleted": "secret/data/gone", "version_1_engine": "one/data/app",
		"missing": "secret/data/nothing", "missing_version": "secret/data/app?version=9",
	} {
		r.wrapped(folder, path, "60s", "lookup", "unwrap")
	}
	r.wrapped("another_path", "secret/data/gone", "60s", "lookup")
	r.wrapped("longer_life", "secret/data/app", "1h", "lookup")
	used := r.wrapped("used", "secret/data/app", "60s")
	if status, body := a.As(used, http.MethodPost, "sys/wrapping/unwrap", nil, nil); status != http.StatusOK {
		a.T.Fatalf("a first unwrap is answered %d %s", status, body)
	}
	r.use("used", "lookup", used)
	r.use("used", "unwrap", used)
}

// recordViews records what the engine says about documents without their values.
func (r *recorder) recordViews() {
	a := r.a
	for _, path := range []string{"app", "gone", "empty"} {
		a.Forget("secret", path)
	}
	a.Write("secret", "app", map[string]any{
		"username": "canary", "password": "canary", "number": 1, "list": []any{1}, "nested": map[string]any{"key": "canary"},
	})
	a.Write("secret", "app", map[string]any{"username": "canary"})
	a.Describe("secret", "app", map[string]any{"custom_metadata": map[string]string{"owner": "payments", "created_by": "ci"}})
	for _, path := range []string{"gone", "gone", "burnt", "both"} {
		a.Write("secret", path, map[string]any{"a": "canary"})
	}
	a.Remove("secret", "gone", 2)
	a.Destroy("secret", "burnt", 1)
	a.Remove("secret", "both", 1)
	a.Destroy("secret", "both", 1)
	a.Describe("secret", "soon", map[string]any{"delete_version_after": "876000h"})
	a.Write("secret", "soon", map[string]any{"a": "canary"})
	a.Describe("secret", "bare", map[string]any{"custom_metadata": map[string]string{"owner": "payments"}})
	a.Write("secret", "empty", map[string]any{})

	queries := map[string]string{"metadata": "", "subkeys": "?depth=1"}
	for _, view := range []string{"metadata", "subkeys"} {
		for _, path := range []string{"app", "gone", "burnt", "both", "soon", "bare", "empty"} {
			r.get(view+"/"+path, "secret/"+view+"/"+path+queries[view])
		}
		a.Must(http.MethodPost, "one/"+view+"/app", map[string]any{"a": "canary"})
		r.get(view+"/missing_path", "secret/"+view+"/nothing"+queries[view])
		r.get(view+"/missing_mount", "none/"+view+"/app"+queries[view])
		r.get(view+"/version_1_engine", "one/"+view+"/app"+queries[view])
		r.get(view+"/version_1_engine_missing_path", "one/"+view+"/nothing"+queries[view])
	}
	r.get("subkeys/pinned", "secret/subkeys/app?depth=1&version=1")
	r.get("subkeys/pinned_before_deleted", "secret/subkeys/gone?depth=1&version=1")
	r.get("subkeys/missing_version", "secret/subkeys/app?depth=1&version=9")
}

// steady is an answer without what is another each time. Of a deletion it keeps
// whether it came at once or was to come.
func steady(body string) string {
	var created time.Time
	for _, name := range []string{"updated_time", "created_time", "creation_time"} {
		body = member(body, name, func(value string) string {
			created, _ = time.Parse(time.RFC3339Nano, value)
			return "2026-01-02T03:04:05.678901234Z"
		})
	}
	body = member(body, "deletion_time", func(value string) string {
		if deletes, _ := time.Parse(time.RFC3339Nano, value); deletes.Sub(created) > time.Minute {
			return "2999-01-02T03:04:05.678901234Z"
		}
		return "2026-01-02T03:04:06.789012345Z"
	})
	body = member(body, "request_id", func(string) string { return "00000000-0000-0000-0000-000000000000" })
	if strings.Contains(body, `"wrap_info":{`) {
		body = member(body, "token", func(string) string { return "canary-2f6a91-wrapping" })
		body = member(body, "accessor", func(string) string { return "canary-2f6a91-accessor" })
	}
	return strings.TrimSuffix(body, "\n") + "\n"
}

// member replaces the value of a member that is text and not empty.
func member(body, name string, with func(value string) string) string {
	key := `"` + name + `":"`
	return regexp.MustCompile(key+`[^"]+`).ReplaceAllStringFunc(body, func(found string) string {
		return key + with(strings.TrimPrefix(found, key))
	})
}
