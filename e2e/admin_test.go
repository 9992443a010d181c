package e2e

import (
	"bytes"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"testing"
	"time"
)

// admin is the operator's side of a server: it mounts and writes, which
// secretsgen itself never does.
type admin struct {
	t *testing.T
	s *server
}

// mountLimit bounds the wait for a KVv2 mount, which the server upgrades in the
// background.
const mountLimit = 30 * time.Second

// pollInterval is how often a server is asked whether it is ready.
const pollInterval = 20 * time.Millisecond

// mount makes a KVv2 engine under a name of its own and takes it away after
// the test.
func (a admin) mount() string {
	a.t.Helper()
	name := "e2e-" + rand.Text()
	a.mountAt(name)
	return name
}

// mountAt makes a KVv2 engine under a given name, or takes the one that is
// there: a development server comes with one at "secret".
func (a admin) mountAt(name string) {
	a.t.Helper()
	status, body := a.do(http.MethodPost, "sys/mounts/"+name, map[string]any{"type": "kv", "options": map[string]string{"version": "2"}})
	switch {
	case status == http.StatusOK || status == http.StatusNoContent:
		a.t.Cleanup(func() { a.must(http.MethodDelete, "sys/mounts/"+name, nil) })
	case !bytes.Contains(body, []byte("already in use")):
		a.t.Fatalf("mounting %s: %d %s", name, status, body)
	}
	tick := time.NewTicker(pollInterval)
	defer tick.Stop()
	for deadline := time.Now().Add(mountLimit); ; <-tick.C {
		status, body := a.do(http.MethodPost, name+"/data/ready", map[string]any{"data": map[string]string{"k": "v"}})
		if status == http.StatusOK {
			a.forget(name, "ready")
			return
		}
		if time.Now().After(deadline) {
			a.t.Fatalf("the mount is not ready after %v: %d %s", mountLimit, status, body)
		}
	}
}

// forget takes a document away with all its versions.
func (a admin) forget(mount, path string) {
	a.t.Helper()
	a.must(http.MethodDelete, mount+"/metadata/"+path, nil)
}

// write stores a new version of a document.
func (a admin) write(mount, path string, data map[string]any) {
	a.t.Helper()
	a.must(http.MethodPost, mount+"/data/"+path, map[string]any{"data": data})
}

// remove deletes versions, which can be undone.
func (a admin) remove(mount, path string, versions ...int) {
	a.t.Helper()
	a.must(http.MethodPost, mount+"/delete/"+path, map[string]any{"versions": versions})
}

// destroy takes versions away for good.
func (a admin) destroy(mount, path string, versions ...int) {
	a.t.Helper()
	a.must(http.MethodPost, mount+"/destroy/"+path, map[string]any{"versions": versions})
}

// token makes a token that may read one mount and nothing else.
func (a admin) token(mount string) string {
	a.t.Helper()
	policy := fmt.Sprintf(`path "%s/data/*" { capabilities = ["read"] }`, mount)
	a.must(http.MethodPost, "sys/policies/acl/"+mount, map[string]any{"policy": policy})
	body := a.must(http.MethodPost, "auth/token/create", map[string]any{"policies": []string{mount}, "no_default_policy": true})
	var answer struct {
		Auth struct {
			ClientToken string `json:"client_token"`
		} `json:"auth"`
	}
	if err := json.Unmarshal(body, &answer); err != nil || answer.Auth.ClientToken == "" {
		a.t.Fatalf("the server made no token: %v", err)
	}
	return answer.Auth.ClientToken
}

func (a admin) must(method, path string, body any) []byte {
	a.t.Helper()
	status, answer := a.do(method, path, body)
	if status != http.StatusOK && status != http.StatusNoContent {
		a.t.Fatalf("%s %s: %d %s", method, path, status, answer)
	}
	return answer
}

func (a admin) do(method, path string, body any) (int, []byte) {
	a.t.Helper()
	text, err := json.Marshal(body)
	if err != nil {
		a.t.Fatal(err)
	}
	// Not the test's own context, which has ended when clean-ups run.
	req, err := http.NewRequest(method, a.s.address+"/v1/"+path, bytes.NewReader(text))
	if err != nil {
		a.t.Fatal(err)
	}
	req.Header.Set("X-Vault-Token", a.s.token)
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		a.t.Fatal(err)
	}
	defer resp.Body.Close()
	answer, err := io.ReadAll(resp.Body)
	if err != nil {
		a.t.Fatal(err)
	}
	return resp.StatusCode, answer
}
