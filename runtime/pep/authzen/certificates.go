package authzen

import (
	"crypto/tls"
	"crypto/x509"
	"io"
	"os"
	"sync/atomic"
)

// maxCertificates is the largest file of certificates or a key, in bytes.
const maxCertificates = 1 << 20

// withFiles adds to a TLS configuration what the settings name: authorities in
// the place of its own, and a client certificate. It reports what is wrong by
// the name of the setting.
func (c Config) withFiles(config *tls.Config, report func(name, detail string)) *tls.Config {
	if config == nil {
		config = &tls.Config{MinVersion: tls.VersionTLS12}
	} else {
		config = config.Clone()
	}
	if c.CAFile != "" {
		pool := x509.NewCertPool()
		if data, ok := readFile(c.CAFile, maxCertificates); !ok || !pool.AppendCertsFromPEM(data) {
			report("SECRETS_PDP_CA_FILE", "is not a file with certificates in PEM: name the authorities that the PDP's certificate comes from")
		}
		config.RootCAs = pool
	}
	switch {
	case c.CertFile != "" && c.KeyFile != "":
		pair := &keyPair{cert: c.CertFile, key: c.KeyFile}
		if !pair.load() {
			report("SECRETS_PDP_CERT_FILE", "and SECRETS_PDP_KEY_FILE are not a certificate and its private key in PEM")
		}
		config.Certificates, config.GetClientCertificate = nil, pair.show
	case c.CertFile != "":
		report("SECRETS_PDP_KEY_FILE", "is not set, and SECRETS_PDP_CERT_FILE is: a client certificate takes both")
	case c.KeyFile != "":
		report("SECRETS_PDP_CERT_FILE", "is not set, and SECRETS_PDP_KEY_FILE is: a client certificate takes both")
	}
	return config
}

// keyPair is a client certificate in files that are read again for every
// connection, so that a renewed one is shown from the next one on. While they
// do not fit together, as in the middle of a renewal, the last one that did is
// shown.
type keyPair struct {
	cert, key string
	last      atomic.Pointer[tls.Certificate]
}

func (p *keyPair) load() bool {
	cert, ok1 := readFile(p.cert, maxCertificates)
	key, ok2 := readFile(p.key, maxCertificates)
	if !ok1 || !ok2 {
		return false
	}
	pair, err := tls.X509KeyPair(cert, key)
	if err != nil {
		return false
	}
	p.last.Store(&pair)
	return true
}

func (p *keyPair) show(*tls.CertificateRequestInfo) (*tls.Certificate, error) {
	p.load()
	return p.last.Load(), nil
}

// readFile reads a regular file of at most that size, and tells nobody why it
// could not.
func readFile(path string, limit int64) ([]byte, bool) {
	info, err := os.Stat(path)
	if err != nil || !info.Mode().IsRegular() {
		return nil, false
	}
	file, err := os.Open(path)
	if err != nil {
		return nil, false
	}
	defer func() { _ = file.Close() }()
	data, err := io.ReadAll(io.LimitReader(file, limit+1))
	return data, err == nil && int64(len(data)) <= limit
}
