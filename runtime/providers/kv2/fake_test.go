package kv2

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"maps"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"

	"github.com/secretsgen/secretsgen/runtime/providers"
	"github.com/secretsgen/secretsgen/runtime/settings"
)

const canary = "canary-2f6a91"

// instance is what the runtime hands to Open, with a log that can be read.
func instance(scheme string, vars map[string]string) (providers.Instance, *bytes.Buffer) {
	var log bytes.Buffer
	name, _, _ := strings.Cut(scheme, "+")
	return providers.Instance{
		Scheme:   scheme,
		Name:     name,
		Settings: settings.FromMap(vars),
		Logger:   slog.New(slog.NewTextHandler(&log, nil)),
	}, &log
}

// openAt opens a provider on a server, with further settings in pairs.
func openAt(tb testing.TB, address string, more ...string) providers.Provider {
	tb.Helper()
	vars := map[string]string{"VAULT_URL": address, "VAULT_TOKEN": canary}
	for i := 0; i < len(more); i += 2 {
		vars[more[i]] = more[i+1]
	}
	in, _ := instance("openbao+kv2", vars)
	p, err := Provider().Open(tb.Context(), in)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() {
		if err := p.(providers.Closer).Close(context.Background()); err != nil {
			tb.Error(err)
		}
	})
	return p
}

// serve starts a server of one handler.
func serve(tb testing.TB, handler http.HandlerFunc) string {
	tb.Helper()
	server := httptest.NewServer(handler)
	tb.Cleanup(server.Close)
	return server.URL
}

// reply is a server that gives one answer to everything.
func reply(tb testing.TB, status int, body string) string {
	tb.Helper()
	return serve(tb, func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(status)
		_, _ = w.Write([]byte(body))
	})
}

// engine is a small versioned KV engine: what a mount holds, by path, and of each
// path its versions.
type engine map[string][]version

type version struct {
	data               string // a JSON object
	deleted, destroyed bool
}

const created, deletion = "2026-01-02T03:04:05.000000006Z", "2026-02-03T04:05:06Z"

// answer is the envelope of version number n, for the view "data" or "subkeys".
func (v version) answer(view string, n int) (status int, body string) {
	status, data := http.StatusOK, v.data
	if view == "subkeys" {
		data = regexp.MustCompile(`:"[^"]*"`).ReplaceAllString(data, ":null")
	}
	if v.deleted || v.destroyed {
		status, data = http.StatusNotFound, "null"
	}
	return status, fmt.Sprintf(
		`{"request_id":"r","data":{%q:%s,"metadata":{%s,"custom_metadata":null,"version":%d}},"warnings":null}`, view, data, v.fate(), n,
	)
}

// fate is the part of the metadata that every view has.
func (v version) fate() string {
	deletionTime := ""
	if v.deleted {
		deletionTime = deletion
	}
	return fmt.Sprintf(`"created_time":%q,"deletion_time":%q,"destroyed":%t`, created, deletionTime, v.destroyed)
}

// entries is the answer of the view "metadata".
func entries(versions []version) (status int, body string) {
	var all []string
	for i, v := range versions {
		all = append(all, fmt.Sprintf(`"%d":{%s}`, i+1, v.fate()))
	}
	return http.StatusOK, fmt.Sprintf(`{"data":{"current_version":%d,"custom_metadata":null,"versions":{%s}}}`, len(versions), strings.Join(all, ","))
}

// ServeHTTP serves GET /v1/secret/VIEW/PATH?version=N. What is under "denied" is
// outside of the token's policy.
func (e engine) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	rest, ok := strings.CutPrefix(r.URL.Path, "/v1/secret/")
	view, path, _ := strings.Cut(rest, "/")
	versions := e[path]
	n := len(versions)
	pin := r.URL.Query().Get("version")
	if pin != "" {
		_, _ = fmt.Sscan(pin, &n)
	}
	status, body := http.StatusNotFound, `{"errors":[]}`
	switch {
	case r.Header.Get("X-Vault-Token") != canary, r.Method != http.MethodGet, strings.HasPrefix(path, "denied"):
		status, body = http.StatusForbidden, `{"errors":["permission denied"]}`
	case !ok:
		body = `{"errors":["no handler for route"]}`
	case len(versions) > 0 && view == "metadata":
		status, body = entries(versions)
	case 0 < n && n <= len(versions):
		status, body = versions[n-1].answer(view, n)
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_, _ = w.Write([]byte(body))
}

func at(path string, version int) providers.Location {
	return providers.Location{Mount: "secret", Path: path, Version: version}
}

// texts makes a document of text fields.
func texts(meta providers.Metadata, fields map[string]string) providers.Document {
	values := map[string]providers.Value{}
	for key, text := range maps.All(fields) {
		values[key] = providers.NewValue(providers.Text, []byte(text))
	}
	return providers.Fields(values, meta)
}
