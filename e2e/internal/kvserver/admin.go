package kvserver

import (
	"bytes"
	"crypto/rand"
	"encoding/json"
	"io"
	"net/http"
	"testing"
	"time"
)

// Admin is the operator's side of a server: it mounts and writes, which
// secretsgen itself never does. What can't be done fails the test.
type Admin struct {
	T      testing.TB
	Server *Server
}

// Name is a name that nothing on the server has.
func (a Admin) Name() string { return "e2e-" + rand.Text() }

// Mount makes a KVv2 engine under a name of its own and takes it away after
// the test.
func (a Admin) Mount() string {
	a.T.Helper()
	name := a.Name()
	a.MountAt(name)
	return name
}

// MountAt makes a KVv2 engine under a given name, or takes the one that is
// there: a development server comes with one at "secret".
func (a Admin) MountAt(name string) {
	a.T.Helper()
	status, body := a.Do(http.MethodPost, "sys/mounts/"+name, map[string]any{"type": "kv", "options": map[string]string{"version": "2"}})
	switch {
	case status == http.StatusOK || status == http.StatusNoContent:
		a.takeAway("sys/mounts/" + name)
	case !bytes.Contains(body, []byte("already in use")):
		a.T.Fatalf("mounting %s: %d %s", name, status, body)
	}
	// The server upgrades a new mount in the background, and refuses until then.
	a.Await("the mount", func() bool {
		status, _ := a.Do(http.MethodPost, name+"/data/ready", map[string]any{"data": map[string]string{"k": "v"}})
		return status == http.StatusOK
	})
	a.Forget(name, "ready")
}

// takeAway deletes what a test has made after it, unless the server is the
// test's own.
func (a Admin) takeAway(path string) {
	if a.Server.shared {
		a.T.Cleanup(func() { a.Must(http.MethodDelete, path, nil) })
	}
}

// Await asks until the answer is yes.
func (a Admin) Await(what string, ready func() bool) {
	a.T.Helper()
	tick := time.NewTicker(pollInterval)
	defer tick.Stop()
	for deadline := time.Now().Add(startLimit); !ready(); <-tick.C {
		if time.Now().After(deadline) {
			a.T.Fatalf("%s is not ready after %v", what, startLimit)
		}
	}
}

// Forget takes a document away with all its versions.
func (a Admin) Forget(mount, path string) {
	a.T.Helper()
	a.Must(http.MethodDelete, mount+"/metadata/"+path, nil)
}

// Write stores a new version of a document.
func (a Admin) Write(mount, path string, data map[string]any) {
	a.T.Helper()
	a.Must(http.MethodPost, mount+"/data/"+path, map[string]any{"data": data})
}

// Remove deletes versions, which can be undone.
func (a Admin) Remove(mount, path string, versions ...int) {
	a.T.Helper()
	a.Must(http.MethodPost, mount+"/delete/"+path, map[string]any{"versions": versions})
}

// Destroy takes versions away for good.
func (a Admin) Destroy(mount, path string, versions ...int) {
	a.T.Helper()
	a.Must(http.MethodPost, mount+"/destroy/"+path, map[string]any{"versions": versions})
}

// Describe sets the metadata of a document, such as custom_metadata.
func (a Admin) Describe(mount, path string, metadata map[string]any) {
	a.T.Helper()
	a.Must(http.MethodPost, mount+"/metadata/"+path, metadata)
}

// Must asks for what the server must grant.
func (a Admin) Must(method, path string, body any) []byte {
	a.T.Helper()
	status, answer := a.Do(method, path, body)
	if status != http.StatusOK && status != http.StatusNoContent {
		a.T.Fatalf("%s %s: %d %s", method, path, status, answer)
	}
	return answer
}

// Do asks with the token that may do everything.
func (a Admin) Do(method, path string, body any) (status int, answer []byte) {
	a.T.Helper()
	return a.As(a.Server.Token, method, path, body, nil)
}

// As asks with another token, and further headers. A nil body sends none.
func (a Admin) As(token, method, path string, body any, header http.Header) (status int, answer []byte) {
	a.T.Helper()
	var text bytes.Buffer
	if body != nil {
		if err := json.NewEncoder(&text).Encode(body); err != nil {
			a.T.Fatal(err)
		}
	}
	// Not the test's own context, which has ended when clean-ups run.
	req, err := http.NewRequest(method, a.Server.Address+"/v1/"+path, &text) //nolint:noctx // see above
	if err != nil {
		a.T.Fatal(err)
	}
	for name, values := range header {
		req.Header[name] = values
	}
	if token != "" {
		req.Header.Set("X-Vault-Token", token)
	}
	resp, err := a.Server.Client.Do(req)
	if err != nil {
		a.T.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	answer, err = io.ReadAll(resp.Body)
	if err != nil {
		a.T.Fatal(err)
	}
	return resp.StatusCode, answer
}
