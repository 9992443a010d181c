package kvserver

import (
	"encoding/json"
	"fmt"
	"net/http"
)

// Policy makes a policy that may read a mount and nothing else, and returns its
// name. It may read metadata and subkeys too, and use tokens of its own.
func (a Admin) Policy(mount string) string {
	a.T.Helper()
	name := a.Name()
	text := fmt.Sprintf(`
		path "%[1]s/data/*" { capabilities = ["read"] }
		path "%[1]s/metadata/*" { capabilities = ["read"] }
		path "%[1]s/subkeys/*" { capabilities = ["read"] }
		path "auth/token/lookup-self" { capabilities = ["read"] }
		path "auth/token/renew-self" { capabilities = ["update"] }
		path "auth/token/revoke-self" { capabilities = ["update"] }`, mount)
	a.Must(http.MethodPost, "sys/policies/acl/"+name, map[string]any{"policy": text})
	a.takeAway("sys/policies/acl/" + name)
	return name
}

// Token makes a token with one policy, [Admin.Policy], and further parameters of
// auth/token/create.
func (a Admin) Token(mount string, more map[string]any) string {
	a.T.Helper()
	body := map[string]any{"policies": []string{a.Policy(mount)}, "no_default_policy": true}
	for key, value := range more {
		body[key] = value
	}
	return a.Secret(a.Must(http.MethodPost, "auth/token/create", body), "auth", "client_token")
}

// Method mounts a login method under a name of its own and takes it away after
// the test.
func (a Admin) Method(kind string) (mount string) {
	a.T.Helper()
	mount = a.Name()
	a.Must(http.MethodPost, "sys/auth/"+mount, map[string]any{"type": kind})
	a.takeAway("sys/auth/" + mount)
	return mount
}

// Revoke ends a token at once.
func (a Admin) Revoke(token string) {
	a.T.Helper()
	a.Must(http.MethodPost, "auth/token/revoke", map[string]any{"token": token})
}

// Get reads one text out of an answer, by the names on the way to it.
func (a Admin) Get(path string, names ...string) string {
	a.T.Helper()
	return a.Secret(a.Must(http.MethodGet, path, nil), names...)
}

// Secret takes one text out of an answer, by the names on the way to it.
func (a Admin) Secret(answer []byte, names ...string) string {
	a.T.Helper()
	var value any
	if err := json.Unmarshal(answer, &value); err != nil {
		a.T.Fatalf("an answer is no JSON: %v", err)
	}
	for _, key := range names {
		object, _ := value.(map[string]any)
		value = object[key]
	}
	text, ok := value.(string)
	if !ok || text == "" {
		a.T.Fatalf("an answer has no %v", names)
	}
	return text
}

// Seal seals a server of the test's own.
func (a Admin) Seal() {
	a.T.Helper()
	a.Must(http.MethodPost, "sys/seal", nil)
}

// Unseal unseals it with the key that its first start showed, and waits until it
// serves.
func (a Admin) Unseal() {
	a.T.Helper()
	a.Must(http.MethodPost, "sys/unseal", map[string]any{"key": a.Server.UnsealKey})
	a.Await("the server", func() bool {
		status, err := a.Server.health()
		return err == nil && status == http.StatusOK
	})
}
