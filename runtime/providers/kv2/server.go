package kv2

import (
	"crypto/tls"
	"crypto/x509"

	"github.com/secretsgen/secretsgen/runtime/providers"
	"github.com/secretsgen/secretsgen/runtime/providers/kv2/internal/exchange"
	"github.com/secretsgen/secretsgen/runtime/settings"
)

// server is how one server is reached, checked.
type server struct {
	exchange exchange.Config
	mounts   mounts
	plain    bool // http, and not to this host
	session  openSession
}

// readServer returns a [*settings.Error] with everything that is missing or
// malformed.
func readServer(in providers.Instance) (server, error) {
	r := settings.NewReader(in.Settings)
	kv := settings.ReadKV(r, in.Name)
	s := server{session: readLogin(r, kv), mounts: readMounts(r, kv), exchange: exchange.Config{
		Namespace: readNamespace(r, kv),
		Timeout:   kv.Timeout,
		Retries:   kv.MaxRetries,
		MaxBody:   kv.MaxBody,
		InFlight:  kv.MaxInFlight,
		Notify:    in.Tell,
	}}
	s.readAddresses(r, kv)
	if !kv.VerifyTLS && !in.Development {
		r.Report(kv.Names.VerifyTLS, "may be false only with ENVIRONMENT=dev or test: name the server's CA in "+kv.Names.CACert)
	}
	if !isHostName(kv.ServerName) {
		r.Report(kv.Names.ServerName, "is not the name of a host: write it as the server's certificate has it, without a port")
	}
	roots, problem := readRoots(kv.CACert)
	if problem != "" {
		r.Report(kv.Names.CACert, problem)
	}
	s.exchange.TLS = &tls.Config{
		MinVersion:           tls.VersionTLS12,
		RootCAs:              roots,
		ServerName:           kv.ServerName,
		GetClientCertificate: readClientCertificate(r, kv),
		InsecureSkipVerify:   !kv.VerifyTLS, //nolint:gosec // refused above outside development
	}
	return s, r.Err()
}

// readRoots reads a PEM bundle; without a path, nil stands for the system's.
func readRoots(file string) (roots *x509.CertPool, problem string) {
	if file == "" {
		return nil, ""
	}
	bundle, ok := readPEM(file)
	if !ok {
		return nil, "names a file that cannot be read: give the path of a PEM bundle"
	}
	roots = x509.NewCertPool()
	if !roots.AppendCertsFromPEM(bundle) {
		return nil, "names a file without a certificate: give the path of a PEM bundle"
	}
	return roots, ""
}
