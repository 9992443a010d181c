package kv2

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"log/slog"
	"math/big"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// identity is a client certificate that signs itself, in two files.
type identity struct{ cert, key string }

func newIdentity(t *testing.T) identity {
	t.Helper()
	dir := t.TempDir()
	return identity{filepath.Join(dir, "tls.crt"), filepath.Join(dir, "tls.key")}
}

// issue writes a certificate of that name, and its key.
func (i identity) issue(t *testing.T, name string) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: name}, NotAfter: time.Now().Add(time.Hour)}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	secret, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	i.write(t, i.cert, "CERTIFICATE", der)
	i.write(t, i.key, "PRIVATE KEY", secret)
}

func (identity) write(t *testing.T, path, kind string, der []byte) {
	t.Helper()
	if err := os.WriteFile(path, pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}), 0o600); err != nil {
		t.Fatal(err)
	}
}

// secured starts a server of TLS and returns its address and the path of a
// bundle that trusts it.
func secured(t *testing.T, handler http.HandlerFunc, auth tls.ClientAuthType) (address, bundle string) {
	t.Helper()
	server := httptest.NewUnstartedServer(handler)
	server.Config.ErrorLog = slog.NewLogLogger(slog.DiscardHandler, slog.LevelError)
	server.TLS = &tls.Config{MinVersion: tls.VersionTLS12, ClientAuth: auth}
	server.StartTLS()
	t.Cleanup(server.Close)
	bundle = filepath.Join(t.TempDir(), "ca.pem")
	if err := os.WriteFile(bundle, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw}), 0o600); err != nil {
		t.Fatal(err)
	}
	return server.URL, bundle
}

func TestAClientCertificateIsShownAndReadAgain(t *testing.T) {
	t.Parallel()
	shown := make(chan string, 1)
	address, bundle := secured(t, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Connection", "close")
		shown <- r.TLS.PeerCertificates[0].Subject.CommonName
		_, _ = w.Write([]byte(envelope(`{}`, `"version":1`)))
	}, tls.RequireAnyClientCert)
	files := newIdentity(t)
	files.issue(t, "first")
	p := openAt(t, address, "VAULT_CACERT", bundle, "VAULT_CLIENT_CERT", files.cert, "VAULT_CLIENT_KEY", files.key)
	read := func(want string) {
		t.Helper()
		if _, err := p.Read(t.Context(), at("app", 0)); err != nil {
			t.Fatal(err)
		}
		if got := <-shown; got != want {
			t.Errorf("%s is shown and not %s", got, want)
		}
	}
	read("first")
	files.issue(t, "second")
	read("second")
	files.write(t, files.key, "PRIVATE KEY", []byte("half of a renewal"))
	read("second")
	if err := os.Remove(files.cert); err != nil {
		t.Fatal(err)
	}
	read("second")
	files.issue(t, "third")
	read("third")
}

// A connection that is busy lives on, with the certificate that it was made with. A
// login by certificate shows the one of now.
func TestALoginByCertificateShowsTheOneOfNow(t *testing.T) {
	t.Parallel()
	var mu sync.Mutex
	var logins, reads []string
	good := ""
	address, bundle := secured(t, func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		defer mu.Unlock()
		name := r.TLS.PeerCertificates[0].Subject.CommonName
		switch {
		case r.URL.Path == "/v1/auth/cert/login":
			logins, good = append(logins, name), "token-"+name
			_, _ = fmt.Fprintf(w, `{"auth":{"client_token":%q,"lease_duration":3600,"renewable":true}}`, good)
		case r.Header.Get("X-Vault-Token") != good:
			w.WriteHeader(http.StatusForbidden)
		default:
			reads = append(reads, r.RemoteAddr)
			_, _ = w.Write([]byte(envelope(`{}`, `"version":1`)))
		}
	}, tls.RequireAnyClientCert)
	files := newIdentity(t)
	files.issue(t, "first")
	p := openAt(t, address, "VAULT_CACERT", bundle, "VAULT_CLIENT_CERT", files.cert, "VAULT_CLIENT_KEY", files.key, "VAULT_AUTH", "cert", "VAULT_TOKEN", "")
	for _, name := range []string{"first", "second"} {
		files.issue(t, name)
		mu.Lock()
		good = "none" // what was revoked is logged in for again
		mu.Unlock()
		if _, err := p.Read(t.Context(), at("app", 0)); err != nil {
			t.Fatal(err)
		}
	}
	if diff := cmp.Diff([]string{"first", "second"}, logins); diff != "" {
		t.Errorf("certificates of logins (-want +got):\n%s", diff)
	}
	if len(reads) != 2 || reads[0] != reads[1] {
		t.Errorf("reads came from %v: they share a connection", reads)
	}
}

func TestAServerThatAsksForACertificateAndGetsNone(t *testing.T) {
	t.Parallel()
	address, bundle := secured(t, func(http.ResponseWriter, *http.Request) {}, tls.RequireAnyClientCert)
	_, err := openAt(t, address, "VAULT_CACERT", bundle, "VAULT_MAX_RETRIES", "0").Read(t.Context(), at("app", 0))
	if got := outcome(err); got != "unavailable, retryable" {
		t.Errorf("the outcome is %s", got)
	}
}

func TestTheNameInTheServersCertificateIsASetting(t *testing.T) {
	t.Parallel()
	address, bundle := secured(t, func(w http.ResponseWriter, _ *http.Request) {
		_, _ = w.Write([]byte(envelope(`{}`, `"version":1`)))
	}, tls.NoClientCert)
	for name, want := range map[string]string{"example.com": "value", "vault.example.org": "misconfigured", "": "value"} {
		_, err := openAt(t, address, "VAULT_CACERT", bundle, "VAULT_TLS_SERVER_NAME", name).Read(t.Context(), at("app", 0))
		if got := outcome(err); got != want {
			t.Errorf("%q: the outcome is %s and not %s", name, got, want)
		}
	}
}
