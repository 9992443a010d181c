package kv2

import (
	"errors"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/secretsgen/secretsgen/runtime/providers"
	"github.com/secretsgen/secretsgen/runtime/settings"
)

// problemNames are the variables that an error of Open names.
func problemNames(t *testing.T, err error) []string {
	t.Helper()
	if err == nil {
		return nil
	}
	e, ok := errors.AsType[*settings.Error](err)
	if !ok {
		t.Fatalf("the error is %T", err)
	}
	var names []string
	for _, p := range e.Problems {
		names = append(names, p.Name)
	}
	return names
}

// shows reports whether an error shows a canary that a setting held.
func shows(err error) bool { return strings.Contains(err.Error(), "canary") }

func TestOpenNamesEveryProblem(t *testing.T) {
	t.Parallel()
	empty := filepath.Join(t.TempDir(), "empty.pem")
	if err := os.WriteFile(empty, []byte("no certificate"), 0o600); err != nil {
		t.Fatal(err)
	}
	with := func(pairs ...string) map[string]string {
		vars := map[string]string{"VAULT_URL": "https://vault.example.com:8200", "VAULT_TOKEN": "canary-token"}
		for i := 0; i < len(pairs); i += 2 {
			vars[pairs[i]] = pairs[i+1]
		}
		return vars
	}
	for name, c := range map[string]struct {
		scheme string
		vars   map[string]string
		want   []string
	}{
		"all is set":                        {"openbao+kv2", with(), nil},
		"nothing is set":                    {"openbao+kv2", nil, []string{"VAULT_TOKEN", "VAULT_URL"}},
		"nothing is set for HashiCorp":      {"hashicorp+kv2", nil, []string{"VAULT_TOKEN", "VAULT_URL"}},
		"an instance has no other's server": {"openbao-eu+kv2", with(), []string{"OPENBAO_EU_TOKEN", "OPENBAO_EU_URL"}},
		"an instance has its own":           {"openbao-eu+kv2", map[string]string{"OPENBAO_EU_ADDR": "https://eu.example.com", "OPENBAO_EU_TOKEN": "canary"}, nil},
		"a path before the API":             {"openbao+kv2", with("VAULT_URL", "https://example.com/a/vault/"), nil},
		"an address in IPv6":                {"openbao+kv2", with("VAULT_URL", "http://[::1]:8200"), nil},
		"no scheme":                         {"openbao+kv2", with("VAULT_URL", "vault.example.com:8200"), []string{"VAULT_URL"}},
		"another scheme":                    {"openbao+kv2", with("VAULT_URL", "unix:///run/vault.sock"), []string{"VAULT_URL"}},
		"no host":                           {"openbao+kv2", with("VAULT_URL", "https://:8200"), []string{"VAULT_URL"}},
		"a port that is none":               {"openbao+kv2", with("VAULT_URL", "https://h:port"), []string{"VAULT_URL"}},
		"a user":                            {"openbao+kv2", with("VAULT_URL", "https://user:canary@h"), []string{"VAULT_URL"}},
		"an empty query":                    {"openbao+kv2", with("VAULT_URL", "https://h?"), []string{"VAULT_URL"}},
		"a query":                           {"openbao+kv2", with("VAULT_URL", "https://h/?a=canary"), []string{"VAULT_URL"}},
		"a fragment":                        {"openbao+kv2", with("VAULT_URL", "https://h/#canary"), []string{"VAULT_URL"}},
		"a path that goes up":               {"openbao+kv2", with("VAULT_URL", "https://h/a/../b"), []string{"VAULT_URL"}},
		"a path with an escape":             {"openbao+kv2", with("VAULT_URL", "https://h/a%2Fb"), []string{"VAULT_URL"}},
		"the variable that it came from":    {"openbao+kv2", with("VAULT_URL", "", "BAO_ADDR", "canary"), []string{"BAO_ADDR"}},
		"a token with a line break":         {"openbao+kv2", with("VAULT_TOKEN", "canary\n"), []string{"VAULT_TOKEN"}},
		"a token with a space":              {"hashicorp+kv2", with("HASHICORP_TOKEN", "canary x"), []string{"HASHICORP_TOKEN"}},
		"a token that is not ASCII":         {"openbao+kv2", with("VAULT_TOKEN", "canäry"), []string{"VAULT_TOKEN"}},
		"a namespace with a line break":     {"openbao+kv2", with("OPENBAO_NAMESPACE", "a\r\nX-Vault-Token: canary"), []string{"OPENBAO_NAMESPACE"}},
		"two addresses of one rank":         {"openbao+kv2", with("OPENBAO_URL", "https://a", "BAO_URL", "https://b"), []string{"BAO_URL"}},
		"a timeout that is none":            {"openbao+kv2", with("VAULT_TIMEOUT", "canary"), []string{"VAULT_TIMEOUT"}},
		"certificates that are not checked": {"openbao+kv2", with("VAULT_VERIFY_SSL", "False"), []string{"VAULT_VERIFY_SSL"}},
		"a node that is no address":         {"openbao+kv2", with("VAULT_REDIRECT_ADDRS", "https://a, canary"), []string{"VAULT_REDIRECT_ADDRS"}},
		"a node with a user":                {"openbao+kv2", with("VAULT_REDIRECT_ADDRS", "https://user:canary@a"), []string{"VAULT_REDIRECT_ADDRS"}},
		"a node that ends the encryption":   {"openbao+kv2", with("VAULT_REDIRECT_ADDRS", "http://canary:8200"), []string{"VAULT_REDIRECT_ADDRS"}},
		"nodes":                             {"openbao+kv2", with("VAULT_REDIRECT_ADDRS", "https://a:8200, https://b:8200/vault/"), nil},
		"a proxy":                           {"openbao+kv2", with("VAULT_PROXY_ADDR", "http://user:canary@proxy:3128"), nil},
		"a proxy of SOCKS":                  {"openbao+kv2", with("VAULT_PROXY_ADDR", "socks5://proxy:1080/"), nil},
		"a proxy without a scheme":          {"openbao+kv2", with("VAULT_PROXY_ADDR", "canary:3128"), []string{"VAULT_PROXY_ADDR"}},
		"a proxy of https":                  {"openbao+kv2", with("VAULT_PROXY_ADDR", "https://canary:3128"), []string{"VAULT_PROXY_ADDR"}},
		"a proxy with a path":               {"openbao+kv2", with("VAULT_PROXY_ADDR", "http://proxy/canary"), []string{"VAULT_PROXY_ADDR"}},
		"a proxy with a query":              {"openbao+kv2", with("VAULT_PROXY_ADDR", "http://proxy?canary"), []string{"VAULT_PROXY_ADDR"}},
		"a proxy that is no URL":            {"openbao+kv2", with("VAULT_PROXY_ADDR", "http://canary:port"), []string{"VAULT_PROXY_ADDR"}},
		"a server name with a port":         {"openbao+kv2", with("VAULT_TLS_SERVER_NAME", "canary:8200"), []string{"VAULT_TLS_SERVER_NAME"}},
		"a server name with a space":        {"openbao+kv2", with("VAULT_TLS_SERVER_NAME", "canary x"), []string{"VAULT_TLS_SERVER_NAME"}},
		"a certificate without its key":     {"openbao+kv2", with("VAULT_CLIENT_CERT", "canary.pem"), []string{"VAULT_CLIENT_KEY"}},
		"a key without its certificate":     {"openbao+kv2", with("BAO_CLIENT_KEY", "canary.pem"), []string{"VAULT_CLIENT_CERT"}},
		"a certificate that is not there":   {"openbao+kv2", with("VAULT_CLIENT_CERT", "canary.pem", "VAULT_CLIENT_KEY", "canary.key"), []string{"VAULT_CLIENT_CERT"}},
		"a certificate that is none":        {"openbao+kv2", with("VAULT_CLIENT_CERT", empty, "VAULT_CLIENT_KEY", empty), []string{"VAULT_CLIENT_CERT"}},
		"too many repetitions":              {"openbao+kv2", with("VAULT_MAX_RETRIES", "11"), []string{"VAULT_MAX_RETRIES"}},
		"too large an answer":               {"openbao+kv2", with("VAULT_MAX_RESPONSE_BYTES", "16777217"), []string{"VAULT_MAX_RESPONSE_BYTES"}},
		"no requests at all":                {"openbao+kv2", with("VAULT_MAX_IN_FLIGHT", "0"), []string{"VAULT_MAX_IN_FLIGHT"}},
		"a bundle that is not there":        {"openbao+kv2", with("VAULT_CACERT", "canary/none.pem"), []string{"VAULT_CACERT"}},
		"a bundle without a certificate":    {"openbao+kv2", with("OPENBAO_CACERT", empty), []string{"OPENBAO_CACERT"}},
		"all of it at once": {
			"openbao-eu+kv2",
			map[string]string{"OPENBAO_EU_URL": "canary", "OPENBAO_EU_TOKEN": "canary x", "OPENBAO_EU_VERIFY_SSL": "false", "OPENBAO_EU_CACERT": empty, "OPENBAO_EU_NAMESPACE": "canary x"},
			[]string{"OPENBAO_EU_CACERT", "OPENBAO_EU_NAMESPACE", "OPENBAO_EU_TOKEN", "OPENBAO_EU_URL", "OPENBAO_EU_VERIFY_SSL"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			in, log := instance(c.scheme, c.vars)
			p, err := Provider().Open(t.Context(), in)
			if diff := cmp.Diff(c.want, problemNames(t, err)); diff != "" {
				t.Errorf("names (-want +got):\n%s", diff)
			}
			if (p == nil) != (err != nil) {
				t.Error("a provider comes exactly if there is no error")
			}
			if err != nil && strings.Contains(err.Error(), "canary") {
				t.Error("the error shows a value")
			}
			if log.Len() > 0 {
				t.Errorf("there is a warning: %s", log)
			}
		})
	}
}

func TestOpenWarns(t *testing.T) {
	t.Parallel()
	const plain, unverified = "plain http", "not verified"
	for name, c := range map[string]struct {
		address, verify string
		want            []string
	}{
		"http to another host":            {"http://canary.example.com:8200", "true", []string{plain}},
		"http to another address":         {"http://192.0.2.1", "true", []string{plain}},
		"http to a name like loopback":    {"http://localhost.example.com", "true", []string{plain}},
		"http to localhost":               {"http://localhost:8200", "true", nil},
		"http to 127.0.0.1":               {"http://127.0.0.1:8200", "true", nil},
		"http to ::1":                     {"http://[::1]:8200", "true", nil},
		"http to 127.0.0.1 within IPv6":   {"http://[::ffff:127.0.0.1]:8200", "true", nil},
		"https":                           {"https://canary.example.com", "true", nil},
		"https without a check":           {"https://canary.example.com", "false", []string{unverified}},
		"http to another host, unchecked": {"http://canary.example.com", "0", []string{plain, unverified}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			in, log := instance("openbao+kv2", map[string]string{"VAULT_URL": c.address, "VAULT_TOKEN": "canary", "VAULT_VERIFY_SSL": c.verify})
			in.Development = true
			if _, err := Provider().Open(t.Context(), in); err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, warning := range []string{plain, unverified} {
				if strings.Contains(log.String(), warning) {
					got = append(got, warning)
				}
			}
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Errorf("warnings (-want +got):\n%s", diff)
			}
			if strings.Contains(log.String(), "canary") {
				t.Errorf("the log shows a value: %s", log)
			}
			s, err := readServer(in)
			if err != nil {
				t.Fatal(err)
			}
			if insecure := s.exchange.TLS.InsecureSkipVerify; insecure != (c.verify != "true") {
				t.Errorf("InsecureSkipVerify is %v", insecure)
			}
		})
	}
}

// What is said of the server's address goes for nodes and proxies.
func TestOpenWarnsOfEveryPlainWay(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		vars map[string]string
		want bool
	}{
		"a node elsewhere":                  {map[string]string{"VAULT_URL": "http://127.0.0.1:8200", "VAULT_REDIRECT_ADDRS": "http://canary:8200"}, true},
		"a node here":                       {map[string]string{"VAULT_URL": "http://127.0.0.1:8200", "VAULT_REDIRECT_ADDRS": "http://127.0.0.1:8201"}, false},
		"a proxy elsewhere, and http":       {map[string]string{"VAULT_URL": "http://127.0.0.1:8200", "VAULT_PROXY_ADDR": "http://canary:3128"}, true},
		"a proxy here, and http":            {map[string]string{"VAULT_URL": "http://127.0.0.1:8200", "VAULT_PROXY_ADDR": "http://127.0.0.1:3128"}, false},
		"a proxy elsewhere, and https":      {map[string]string{"VAULT_URL": "https://vault.test", "VAULT_PROXY_ADDR": "http://canary:3128"}, false},
		"a node of https of a server here":  {map[string]string{"VAULT_URL": "http://127.0.0.1:8200", "VAULT_REDIRECT_ADDRS": "https://canary"}, false},
		"a server elsewhere, a node of TLS": {map[string]string{"VAULT_URL": "http://canary", "VAULT_REDIRECT_ADDRS": "https://canary"}, true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			in, log := instance("openbao+kv2", c.vars)
			vars := maps.Clone(c.vars)
			vars["VAULT_TOKEN"] = "canary"
			in.Settings = settings.FromMap(vars)
			if _, err := Provider().Open(t.Context(), in); err != nil {
				t.Fatal(err)
			}
			if warned := strings.Contains(log.String(), "plain http"); warned != c.want || strings.Contains(log.String(), "canary") {
				t.Errorf("the log: %s", log)
			}
		})
	}
}

// The predecessor chose the server by a substring of its address, so that
// hashicorp+kv2 was served by OpenBao (fault k).
func TestPredecessorFaultK_SchemePicksTheInstance(t *testing.T) {
	t.Parallel()
	servers := map[string]string{}
	for _, product := range []string{"openbao", "hashicorp", "openbao-eu"} {
		servers[product] = reply(t, 200, envelope(`{"product":"`+product+`"}`, `"version":1`))
	}
	vars := map[string]string{
		"OPENBAO_URL": servers["openbao"], "HASHICORP_URL": servers["hashicorp"], "OPENBAO_EU_URL": servers["openbao-eu"],
		"VAULT_TOKEN": canary, "OPENBAO_EU_TOKEN": canary, "VAULT_URL": "http://openbao.example.com",
	}
	for product := range servers {
		in, _ := instance(product+"+kv2", vars)
		p, err := Provider().Open(t.Context(), in)
		if err != nil {
			t.Fatal(err)
		}
		doc, err := p.Read(t.Context(), at("app", 0))
		if err != nil {
			t.Fatal(err)
		}
		value, err := doc.Pick("product")
		if err != nil || string(value.Bytes()) != product {
			t.Errorf("%s is served by %s, %v", product, value.Bytes(), err)
		}
	}
}

// The predecessor took every 404 for a missing secret and every deletion_time
// for a deletion (fault n).
func TestPredecessorFaultN_BodyDecidesWhatIsMissing(t *testing.T) {
	t.Parallel()
	for body, want := range map[string]string{
		envelope(`null`, `"version":1,"destroyed":true,"deletion_time":"2001-02-03T04:05:06Z"`): "destroyed 1",
		envelope(`null`, `"version":1,"deletion_time":"2001-02-03T04:05:06Z"`):                  "deleted 1",
		`{"errors":[]}`: "not found",
	} {
		_, err := openAt(t, reply(t, 404, body)).Read(t.Context(), at("app", 0))
		if got := outcome(err); got != want {
			t.Errorf("the outcome is %s and not %s", got, want)
		}
	}
	doc, err := openAt(t, reply(t, 200, envelope(`{}`, `"version":1,"deletion_time":"2999-02-03T04:05:06Z"`))).Read(t.Context(), at("app", 0))
	if err != nil || doc.Metadata().Deletes.Year() != 2999 {
		t.Errorf("a deletion that lies ahead: %v", err)
	}
}

// The predecessor gave a map with None for a key that is not there (fault o).
func TestPredecessorFaultO_MissingKeyIsAnError(t *testing.T) {
	t.Parallel()
	doc, err := openAt(t, reply(t, 200, envelope(`{"a":"b"}`, `"version":1`))).Read(t.Context(), at("app", 0))
	if err != nil {
		t.Fatal(err)
	}
	_, err = doc.Pick("c")
	if _, ok := errors.AsType[*providers.SecretKeyNotFoundError](err); !ok {
		t.Errorf("the error is %T", err)
	}
}

// What a setting names by mistake must not hold up the start: a pipe is waited for,
// and a device has no end.
func TestAFileOfASettingThatIsNoneIsNotWaitedFor(t *testing.T) {
	t.Parallel()
	pipe := filepath.Join(t.TempDir(), "pipe")
	if err := syscall.Mkfifo(pipe, 0o600); err != nil {
		t.Fatal(err)
	}
	key := newIdentity(t)
	key.issue(t, "client")
	for _, path := range []string{pipe, "/dev/zero", t.TempDir()} {
		for name, vars := range map[string]map[string]string{
			"VAULT_CACERT":      {"VAULT_CACERT": path},
			"VAULT_CLIENT_CERT": {"VAULT_CLIENT_CERT": path, "VAULT_CLIENT_KEY": key.key},
		} {
			vars["VAULT_URL"], vars["VAULT_TOKEN"] = "https://vault.example.com", "t"
			in, _ := instance("openbao+kv2", vars)
			opened := make(chan error, 1)
			go func() {
				_, err := Provider().Open(t.Context(), in)
				opened <- err
			}()
			select {
			case err := <-opened:
				if diff := cmp.Diff([]string{name}, problemNames(t, err)); diff != "" {
					t.Errorf("%s: names (-want +got):\n%s", path, diff)
				}
			case <-time.After(10 * time.Second):
				t.Fatalf("%s: Open waits", name)
			}
		}
	}
}
