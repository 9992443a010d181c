package kv2

import (
	"crypto/tls"
	"crypto/x509"
	"net/netip"
	"net/url"
	"os"
	"path"
	"strings"

	"github.com/secretsgen/secretsgen/runtime/providers"
	"github.com/secretsgen/secretsgen/runtime/providers/kv2/internal/exchange"
	"github.com/secretsgen/secretsgen/runtime/providers/kv2/internal/login"
	"github.com/secretsgen/secretsgen/runtime/settings"
)

// server is how one server is reached, checked.
type server struct {
	exchange exchange.Config
	plain    bool // http, and not to this host
	session  openSession
}

// readServer returns a [*settings.Error] with everything that is missing or
// malformed.
func readServer(in providers.Instance) (server, error) {
	r := settings.NewReader(in.Settings)
	kv := settings.ReadKV(r, in.Name)
	s := server{session: readLogin(r, kv), exchange: exchange.Config{Namespace: kv.Namespace, Timeout: kv.Timeout}}
	if address, ok := parseAddress(kv.Address); ok {
		s.exchange.Address, s.plain = address.String(), address.Scheme == "http" && !loopback(address.Hostname())
	} else if kv.Address == "" {
		r.Report(kv.Names.Address, "is not set: give the base URL of the KV server, such as https://vault.example.com:8200")
	} else {
		r.Report(kv.Names.Address, "is not the base URL of a server: write http:// or https://, the host, and no user, query or fragment")
	}
	if !login.Printable(kv.Namespace) {
		r.Report(kv.Names.Namespace, "holds a character that no namespace has: look for white space or a line break at its end")
	}
	if !kv.VerifyTLS && !in.Development {
		r.Report(kv.Names.VerifyTLS, "may be false only with ENVIRONMENT=dev or test: name the server's CA in "+kv.Names.CACert)
	}
	roots, problem := readRoots(kv.CACert)
	if problem != "" {
		r.Report(kv.Names.CACert, problem)
	}
	s.exchange.TLS = &tls.Config{
		MinVersion:         tls.VersionTLS12,
		RootCAs:            roots,
		InsecureSkipVerify: !kv.VerifyTLS, //nolint:gosec // refused above outside development
	}
	return s, r.Err()
}

// parseAddress accepts what a path can be appended to and nothing that a request
// could carry elsewhere: a user's password, a query.
func parseAddress(text string) (*url.URL, bool) {
	u, err := url.Parse(text)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Hostname() == "" {
		return nil, false
	}
	if u.User != nil || strings.ContainsAny(text, "?#") {
		return nil, false
	}
	u.Path = strings.TrimSuffix(u.Path, "/")
	plainPath := u.Path == "" || u.Path == path.Clean(u.Path)
	return u, plainPath && u.EscapedPath() == u.Path
}

func loopback(host string) bool {
	ip, err := netip.ParseAddr(host)
	return host == "localhost" || err == nil && ip.IsLoopback()
}

// readRoots reads a PEM bundle; without a path, nil stands for the system's.
func readRoots(file string) (roots *x509.CertPool, problem string) {
	if file == "" {
		return nil, ""
	}
	bundle, err := os.ReadFile(file)
	if err != nil {
		return nil, "names a file that cannot be read: give the path of a PEM bundle"
	}
	roots = x509.NewCertPool()
	if !roots.AppendCertsFromPEM(bundle) {
		return nil, "names a file without a certificate: give the path of a PEM bundle"
	}
	return roots, ""
}
