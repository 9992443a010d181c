package kv2

import (
	"crypto/tls"
	"os"
	"sync/atomic"

	"github.com/secretsgen/secretsgen/runtime/providers/internal/regularfile"
	"github.com/secretsgen/secretsgen/runtime/settings"
)

// readClientCertificate is what shows the client certificate that is set, or nil
// for none.
func readClientCertificate(r *settings.Reader, kv settings.KV) func(*tls.CertificateRequestInfo) (*tls.Certificate, error) {
	const both = "is not set: a client certificate takes a file for itself and one for its private key"
	switch {
	case kv.ClientCert == "" && kv.ClientKey == "":
		return nil
	case kv.ClientCert == "":
		r.Report(kv.Names.ClientCert, both)
		return nil
	case kv.ClientKey == "":
		r.Report(kv.Names.ClientKey, both)
		return nil
	}
	pair := &keyPair{cert: kv.ClientCert, key: kv.ClientKey}
	if !pair.load() {
		r.Report(kv.Names.ClientCert, "and "+kv.Names.ClientKey+" are not a certificate and its private key: give the paths of two PEM files")
	}
	return pair.show
}

// keyPair is a client certificate in files that are read again for every
// connection, so that a renewed one is shown from the next one on. While the
// files do not fit together, as in the middle of a renewal, the last pair that did
// is shown.
type keyPair struct {
	cert, key string
	last      atomic.Pointer[tls.Certificate]
}

func (p *keyPair) load() bool {
	cert, certOK := readPEM(p.cert)
	key, keyOK := readPEM(p.key)
	if !certOK || !keyOK {
		return false
	}
	pair, err := tls.X509KeyPair(cert, key)
	if err != nil {
		return false
	}
	p.last.Store(&pair)
	return true
}

// show ignores which authorities the server asks for: one that checks client
// certificates for a login does not know the client's.
func (p *keyPair) show(*tls.CertificateRequestInfo) (*tls.Certificate, error) {
	p.load()
	return p.last.Load(), nil
}

// maxPEM is the largest file of certificates or a key, in bytes.
const maxPEM = 1 << 20

// readPEM reads a regular file, and tells nobody why it could not.
func readPEM(path string) ([]byte, bool) {
	file, err := os.OpenFile(path, regularfile.Flags, 0)
	if err != nil {
		return nil, false
	}
	text, err := regularfile.Read(file, maxPEM)
	return text, err == nil
}
