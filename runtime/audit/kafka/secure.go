package kafka

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"net"
	"os"
	"strings"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/sasl/plain"
	"github.com/twmb/franz-go/pkg/sasl/scram"

	"github.com/secretsgen/secretsgen/runtime/settings"
)

const (
	dialTimeout = 5 * time.Second
	maxFile     = 1 << 20 // of certificates, keys and passwords, in bytes
)

// secure is how brokers are connected to and logged in at.
func secure(r *settings.Reader, k settings.Kafka, development bool) []kgo.Opt {
	dialer := &net.Dialer{Timeout: dialTimeout}
	if k.Mechanism != "" && !k.TLS && !development {
		dialer.Control = onlyLoopback
	}
	dial := dialer.DialContext
	if k.TLS {
		dial = (&tls.Dialer{NetDialer: dialer, Config: tlsConfig(r, k)}).DialContext
	}
	opts := []kgo.Opt{kgo.Dialer(dial)}
	if k.Mechanism == "" {
		return opts
	}
	password := func() (string, error) {
		if k.PasswordFile == "" {
			return k.Password, nil
		}
		return readPassword(k.PasswordFile)
	}
	if _, err := password(); err != nil {
		r.Report(settings.KafkaPasswordFile, "is not a file with one line that this process may read")
	}
	login := func(context.Context) (scram.Auth, error) {
		text, err := password()
		return scram.Auth{User: k.Username, Pass: text}, err
	}
	switch k.Mechanism {
	case settings.KafkaScram256:
		return append(opts, kgo.SASL(scram.Sha256(login)))
	case settings.KafkaScram512:
		return append(opts, kgo.SASL(scram.Sha512(login)))
	}
	return append(opts, kgo.SASL(plain.Plain(func(context.Context) (plain.Auth, error) {
		text, err := password()
		return plain.Auth{User: k.Username, Pass: text}, err
	})))
}

var errNotLoopback = errors.New("the credentials of SASL go nowhere but to loopback without TLS")

// onlyLoopback refuses to connect to another machine, whichever name a cluster
// gives it.
func onlyLoopback(_, address string, _ syscall.RawConn) error {
	host, _, err := net.SplitHostPort(address)
	if err != nil || !net.ParseIP(host).IsLoopback() {
		return errNotLoopback
	}
	return nil
}

func tlsConfig(r *settings.Reader, k settings.Kafka) *tls.Config {
	config := &tls.Config{MinVersion: tls.VersionTLS12}
	if k.CAFile != "" {
		config.RootCAs = x509.NewCertPool()
		if data, err := readFile(k.CAFile); err != nil || !config.RootCAs.AppendCertsFromPEM(data) {
			r.Report(settings.KafkaCAFile, "is not a file with certificates in PEM: name the authorities that the brokers' certificates come from")
		}
	}
	if k.CertFile != "" && k.KeyFile != "" {
		pair := &keyPair{cert: k.CertFile, key: k.KeyFile}
		if !pair.load() {
			r.Report(settings.KafkaCertFile, "and "+settings.KafkaKeyFile+" are not a certificate and its private key in PEM")
		}
		config.GetClientCertificate = pair.show
	}
	return config
}

// keyPair is a client certificate in files that are read again for every
// connection, so that a renewed one is shown from the next one on. While they do
// not fit together, as in the middle of a renewal, the last one that did is shown.
type keyPair struct {
	cert, key string
	last      atomic.Pointer[tls.Certificate]
}

func (p *keyPair) load() bool {
	cert, err := readFile(p.cert)
	if err != nil {
		return false
	}
	key, err := readFile(p.key)
	if err != nil {
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

var errUnreadable = errors.New("a file of the settings can't be read")

// readPassword reads the one line of a file.
func readPassword(path string) (string, error) {
	data, err := readFile(path)
	text := strings.TrimRight(string(data), "\r\n")
	if err != nil || text == "" || strings.ContainsAny(text, "\r\n\x00") {
		return "", errUnreadable
	}
	return text, nil
}

// readFile reads a regular file that is not larger than it can sensibly be. Its
// error has no path.
func readFile(path string) ([]byte, error) {
	info, err := os.Stat(path)
	if err != nil || !info.Mode().IsRegular() {
		return nil, errUnreadable
	}
	file, err := os.Open(path)
	if err != nil {
		return nil, errUnreadable
	}
	defer file.Close()
	data, err := io.ReadAll(io.LimitReader(file, maxFile+1))
	if err != nil || len(data) > maxFile {
		return nil, errUnreadable
	}
	return data, nil
}
