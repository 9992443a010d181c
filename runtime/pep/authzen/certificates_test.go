package authzen_test

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/secretsgen/secretsgen/internal/testpem"
	"github.com/secretsgen/secretsgen/runtime/pep"
	"github.com/secretsgen/secretsgen/runtime/pep/authzen"
	"github.com/secretsgen/secretsgen/runtime/settings"
)

func write(t *testing.T, path, text string) string {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// identity is a client certificate in files, and who issued it.
type identity struct {
	certFile, keyFile string
	leaf, authority   *x509.Certificate
}

// issue writes a new certificate and key where an earlier one may be.
func issue(t *testing.T, dir string) identity {
	t.Helper()
	key := testpem.ECDSA(t)
	chain := testpem.Chain(t, key, "service.example")
	return identity{
		certFile:  write(t, filepath.Join(dir, "cert.pem"), testpem.Certificates(chain[:1])),
		keyFile:   write(t, filepath.Join(dir, "key.pem"), testpem.PKCS8(t, key)),
		leaf:      chain[0],
		authority: chain[1],
	}
}

func TestTheAuthoritiesOfAFileAreTrustedAndNoOthers(t *testing.T) {
	t.Parallel()
	server, roots := secure(t, nil)
	dir := t.TempDir()
	own := write(t, filepath.Join(dir, "own.pem"), testpem.Certificates([]*x509.Certificate{server.Certificate()}))
	other := write(t, filepath.Join(dir, "other.pem"), testpem.Certificates(testpem.Chain(t, testpem.ECDSA(t), "x.example")))
	decision, err := client(t, authzen.Config{BaseURL: server.URL, CAFile: own}).Decide(t.Context(), request())
	if err != nil || !decision.Permit {
		t.Errorf("Decide = %+v, %v; want a permit", decision, err)
	}
	_, err = client(t, authzen.Config{BaseURL: server.URL, CAFile: other, TLS: &tls.Config{RootCAs: roots}}).Decide(t.Context(), request())
	wantReason(t, err, pep.ReasonUnavailable)
}

func TestTheClientCertificateIsThatOfTheFilesAtEachConnection(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	first := issue(t, dir)
	pool := x509.NewCertPool()
	pool.AddCert(first.authority)
	var mu sync.Mutex
	var shown []string
	server, roots := secure(t, func(c *tls.Config) {
		c.ClientAuth = tls.RequireAnyClientCert
		c.VerifyConnection = func(s tls.ConnectionState) error {
			mu.Lock()
			defer mu.Unlock()
			shown = append(shown, string(s.PeerCertificates[0].Raw))
			return nil
		}
	})
	c := client(t, authzen.Config{BaseURL: server.URL, CertFile: first.certFile, KeyFile: first.keyFile, TLS: &tls.Config{RootCAs: roots}})
	ask := func() {
		t.Helper()
		if decision, err := c.Decide(t.Context(), request()); err != nil || !decision.Permit {
			t.Errorf("Decide = %+v, %v; want a permit", decision, err)
		}
		c.Close() // the next question opens a connection of its own
	}
	ask()
	second := issue(t, dir)
	ask()
	write(t, second.keyFile, testpem.PKCS8(t, testpem.ECDSA(t))) // half of a renewal
	ask()
	if err := os.Remove(second.certFile); err != nil {
		t.Fatal(err)
	}
	ask()
	want := []string{string(first.leaf.Raw), string(second.leaf.Raw), string(second.leaf.Raw), string(second.leaf.Raw)}
	if diff := cmp.Diff(want, shown); diff != "" {
		t.Error("other certificates were shown than those of the files")
	}
}

func TestCertificatesThatCannotBeUsed(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	good := issue(t, dir)
	text := write(t, filepath.Join(dir, "text"), "canary")
	large := write(t, filepath.Join(dir, "large"), strings.Repeat("a", 1<<20)+testpem.Certificates([]*x509.Certificate{good.leaf}))
	const (
		noCA   = "is not a file with certificates in PEM: name the authorities that the PDP's certificate comes from"
		noPair = "and SECRETS_PDP_KEY_FILE are not a certificate and its private key in PEM"
	)
	for name, test := range map[string]struct {
		change func(*authzen.Config)
		want   settings.Problem
	}{
		"authorities that are missing":   {func(c *authzen.Config) { c.CAFile = filepath.Join(dir, "canary") }, settings.Problem{Name: "SECRETS_PDP_CA_FILE", Detail: noCA}},
		"authorities that are text":      {func(c *authzen.Config) { c.CAFile = text }, settings.Problem{Name: "SECRETS_PDP_CA_FILE", Detail: noCA}},
		"authorities that are a key":     {func(c *authzen.Config) { c.CAFile = good.keyFile }, settings.Problem{Name: "SECRETS_PDP_CA_FILE", Detail: noCA}},
		"authorities that are a folder":  {func(c *authzen.Config) { c.CAFile = dir }, settings.Problem{Name: "SECRETS_PDP_CA_FILE", Detail: noCA}},
		"authorities that are too large": {func(c *authzen.Config) { c.CAFile = large }, settings.Problem{Name: "SECRETS_PDP_CA_FILE", Detail: noCA}},
		"a certificate without a key":    {func(c *authzen.Config) { c.CertFile = good.certFile }, settings.Problem{Name: "SECRETS_PDP_KEY_FILE", Detail: "is not set, and SECRETS_PDP_CERT_FILE is: a client certificate takes both"}},
		"a key without a certificate":    {func(c *authzen.Config) { c.KeyFile = good.keyFile }, settings.Problem{Name: "SECRETS_PDP_CERT_FILE", Detail: "is not set, and SECRETS_PDP_KEY_FILE is: a client certificate takes both"}},
		"a certificate that is text":     {func(c *authzen.Config) { c.CertFile, c.KeyFile = text, good.keyFile }, settings.Problem{Name: "SECRETS_PDP_CERT_FILE", Detail: noPair}},
		"a key that is a certificate":    {func(c *authzen.Config) { c.CertFile, c.KeyFile = good.certFile, good.certFile }, settings.Problem{Name: "SECRETS_PDP_CERT_FILE", Detail: noPair}},
		"certificates for plain http": {func(c *authzen.Config) {
			c.BaseURL, c.CertFile, c.KeyFile = "http://127.0.0.1", good.certFile, good.keyFile
		}, settings.Problem{Name: "SECRETS_PDP_URL", Detail: "is plain http, and there are certificates for it: use https"}},
		"a discovery that there is not": {func(c *authzen.Config) { c.Discovery = "canary" }, settings.Problem{Name: "SECRETS_PDP_DISCOVERY", Detail: "is none of auto, required and off"}},
		"a dialect that there is not":   {func(c *authzen.Config) { c.Dialect = "Cerbos" }, settings.Problem{Name: "SECRETS_PDP_DIALECT", Detail: "has one known value, cerbos"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			cfg := authzen.Config{BaseURL: "https://pdp.example"}
			test.change(&cfg)
			_, err := authzen.New(cfg)
			e, ok := errors.AsType[*settings.Error](err)
			if !ok {
				t.Fatalf("New: %v, want a *settings.Error", err)
			}
			if diff := cmp.Diff([]settings.Problem{test.want}, e.Problems); diff != "" {
				t.Errorf("problems (-want +got):\n%s", diff)
			}
			wantNoCanary(t, err)
		})
	}
}
