package kafka_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kmsg"
)

// authority issues certificates for the brokers and clients of a test.
type authority struct {
	t    *testing.T
	dir  string
	cert *x509.Certificate
	key  *ecdsa.PrivateKey
}

func newAuthority(t *testing.T) *authority {
	t.Helper()
	a := &authority{t: t, dir: t.TempDir()}
	a.cert, a.key = a.sign(&x509.Certificate{IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign})
	a.write("ca.pem", "CERTIFICATE", a.cert.Raw)
	return a
}

// sign makes a certificate, by itself if there is no authority yet.
func (a *authority) sign(template *x509.Certificate) (*x509.Certificate, *ecdsa.PrivateKey) {
	a.t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		a.t.Fatal(err)
	}
	template.SerialNumber, template.Subject = big.NewInt(time.Now().UnixNano()), pkix.Name{CommonName: "canary"}
	template.NotBefore, template.NotAfter = time.Now().Add(-time.Minute), time.Now().Add(time.Hour)
	parent, signer := a.cert, a.key
	if parent == nil {
		parent, signer = template, key
	}
	raw, err := x509.CreateCertificate(rand.Reader, template, parent, &key.PublicKey, signer)
	if err != nil {
		a.t.Fatal(err)
	}
	cert, err := x509.ParseCertificate(raw)
	if err != nil {
		a.t.Fatal(err)
	}
	return cert, key
}

// write puts a PEM file into the folder and returns its path.
func (a *authority) write(name, kind string, der []byte) string {
	a.t.Helper()
	path := filepath.Join(a.dir, name)
	if err := os.WriteFile(path, pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}), 0o600); err != nil {
		a.t.Fatal(err)
	}
	return path
}

// broker is the TLS of brokers of the loopback address, or of another host.
func (a *authority) broker(address string, clients tls.ClientAuthType) *tls.Config {
	a.t.Helper()
	cert, key := a.sign(&x509.Certificate{IPAddresses: []net.IP{net.ParseIP(address)}, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}})
	pool := x509.NewCertPool()
	pool.AddCert(a.cert)
	return &tls.Config{Certificates: []tls.Certificate{{Certificate: [][]byte{cert.Raw}, PrivateKey: key}}, ClientAuth: clients, ClientCAs: pool}
}

// client writes a client certificate and adds it to settings.
func (a *authority) client(vars map[string]string) map[string]string {
	a.t.Helper()
	cert, key := a.sign(&x509.Certificate{ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth}})
	raw, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		a.t.Fatal(err)
	}
	vars["KAFKA_SSL_CERT_FILE"], vars["KAFKA_SSL_KEY_FILE"] = a.write("cert.pem", "CERTIFICATE", cert.Raw), a.write("key.pem", "PRIVATE KEY", raw)
	return vars
}

// vars are the settings for TLS with this authority.
func (a *authority) vars(protocol string) map[string]string {
	return map[string]string{"KAFKA_SECURITY_PROTOCOL": protocol, "KAFKA_SSL_CA_FILE": filepath.Join(a.dir, "ca.pem"), "KAFKA_DELIVERY_TIMEOUT": "20s"}
}

func sasl(vars map[string]string, mechanism, user, password string) map[string]string {
	vars["KAFKA_SASL_MECHANISM"], vars["KAFKA_SASL_USERNAME"], vars["KAFKA_SASL_PASSWORD"] = mechanism, user, password
	return vars
}

func TestEventsArriveByEveryWayOfConnecting(t *testing.T) {
	t.Parallel()
	a := newAuthority(t)
	inClear := func() map[string]string { return map[string]string{"KAFKA_SECURITY_PROTOCOL": "SASL_PLAINTEXT"} }
	for name, test := range map[string]struct {
		opts []kfake.Opt
		vars map[string]string
	}{
		"TLS":                        {[]kfake.Opt{kfake.TLS(a.broker("127.0.0.1", tls.NoClientCert))}, a.vars("SSL")},
		"TLS with a certificate":     {[]kfake.Opt{kfake.TLS(a.broker("127.0.0.1", tls.RequireAndVerifyClientCert))}, a.client(a.vars("SSL"))},
		"a password, on loopback":    {[]kfake.Opt{kfake.EnableSASL(), kfake.Superuser("PLAIN", "user", "canary")}, sasl(inClear(), "PLAIN", "user", "canary")},
		"SCRAM-SHA-256, on loopback": {[]kfake.Opt{kfake.EnableSASL(), kfake.Superuser("SCRAM-SHA-256", "user", "canary")}, sasl(inClear(), "SCRAM-SHA-256", "user", "canary")},
		"SCRAM-SHA-512 and TLS": {
			[]kfake.Opt{kfake.EnableSASL(), kfake.Superuser("SCRAM-SHA-512", "user", "canary"), kfake.TLS(a.broker("127.0.0.1", tls.NoClientCert))},
			sasl(a.vars("SASL_SSL"), "SCRAM-SHA-512", "user", "canary"),
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			cluster := newCluster(t, test.opts...)
			test.vars["KAFKA_BOOTSTRAP_SERVERS"] = servers(cluster)
			sink, log := open(t, test.vars)
			write(t, sink, numbered(0, 10), 0)
			if stored(cluster) != 10 || log.String() != "" {
				t.Errorf("%d records; %s", stored(cluster), log.String())
			}
		})
	}
}

func TestWhatWasTriedIsToldAndNoValueIs(t *testing.T) {
	t.Parallel()
	a, other := newAuthority(t), newAuthority(t)
	inClear := func() map[string]string { return map[string]string{"KAFKA_SECURITY_PROTOCOL": "SASL_PLAINTEXT"} }
	users := []kfake.Opt{kfake.EnableSASL(), kfake.Superuser("PLAIN", "user", "right")}
	scrams := []kfake.Opt{kfake.EnableSASL(), kfake.Superuser("SCRAM-SHA-256", "user", "right")}
	for name, test := range map[string]struct {
		opts []kfake.Opt
		vars map[string]string
		want string
	}{
		"a certificate of another authority": {[]kfake.Opt{kfake.TLS(other.broker("127.0.0.1", tls.NoClientCert))}, a.vars("SSL"), "entry 1: its certificate is not valid for it here, see KAFKA_SSL_CA_FILE"},
		"a certificate of another host":      {[]kfake.Opt{kfake.TLS(a.broker("127.0.0.9", tls.NoClientCert))}, a.vars("SSL"), "entry 1: its certificate is not valid"},
		"a certificate that is asked for":    {[]kfake.Opt{kfake.TLS(a.broker("127.0.0.1", tls.RequireAndVerifyClientCert))}, a.vars("SSL"), "entry 1: it refuses TLS as it is offered"},
		"no TLS where there is some":         {[]kfake.Opt{kfake.TLS(a.broker("127.0.0.1", tls.NoClientCert))}, map[string]string{}, "entry 1: it ends the connection"},
		"no SASL where there is some":        {users, map[string]string{}, "entry 1: it ends the connection"},
		"a wrong password":                   {users, sasl(inClear(), "PLAIN", "user", "canary"), "entry 1: it ends the connection: it may not expect what KAFKA_SECURITY_PROTOCOL says, or refuse the credentials"},
		"a wrong password, by SCRAM":         {scrams, sasl(inClear(), "SCRAM-SHA-256", "user", "canary"), "entry 1: it ends the connection: it may not expect what KAFKA_SECURITY_PROTOCOL says, or refuse the credentials"},
		"a user that is not there":           {scrams, sasl(inClear(), "SCRAM-SHA-256", "canary", "right"), "entry 1: it ends the connection: it may not expect what KAFKA_SECURITY_PROTOCOL says, or refuse the credentials"},
		"another mechanism":                  {scrams, sasl(inClear(), "SCRAM-SHA-512", "canary", "right"), "entry 1: it ends the connection: it may not expect what KAFKA_SECURITY_PROTOCOL says, or refuse the credentials"},
		"a user that may do nothing": {
			[]kfake.Opt{kfake.EnableSASL(), kfake.EnableACLs(), kfake.User("PLAIN", "user", "canary")},
			sasl(inClear(), "PLAIN", "user", "canary"),
			"KAFKA_TOPIC_PREFIX: this user may not write to the topic",
		},
		"no broker at all":          {nil, map[string]string{"KAFKA_BOOTSTRAP_SERVERS": "127.0.0.1:1,canary..invalid:9092,[::1]:1"}, "what was tried: entry 1: it refuses connections; entry 2: its name is not known; entry 3: it refuses connections"},
		"a topic that is not there": {nil, map[string]string{"KAFKA_TOPIC_PREFIX": "canary"}, "KAFKA_TOPIC_PREFIX: the topic is not there: create it"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			cluster := newCluster(t, test.opts...)
			if test.vars["KAFKA_BOOTSTRAP_SERVERS"] == "" {
				test.vars["KAFKA_BOOTSTRAP_SERVERS"] = servers(cluster)
			}
			_, log := open(t, test.vars)
			log.await(t, "audit sink kafka: KAFKA_")
			if got := log.String(); !strings.Contains(got, test.want) || strings.Contains(got, "canary") || strings.Contains(got, "127.0.0.1") {
				t.Errorf("got %s", got)
			}
		})
	}
}

// TestABrokerSaysWhatItRefuses has brokers answer as those of Apache Kafka do:
// kfake ends the connection.
func TestABrokerSaysWhatItRefuses(t *testing.T) {
	t.Parallel()
	for want, code := range map[string]*kerr.Error{
		"entry 1: it refuses the credentials of SASL":                     kerr.SaslAuthenticationFailed,
		"entry 1: it does not know the mechanism of KAFKA_SASL_MECHANISM": kerr.UnsupportedSaslMechanism,
	} {
		cluster := newCluster(t, kfake.EnableSASL(), kfake.Superuser("PLAIN", "user", "right"))
		cluster.ControlKey(int16(kmsg.SASLHandshake), func(request kmsg.Request) (kmsg.Response, error, bool) {
			cluster.KeepControl()
			answer := request.ResponseKind().(*kmsg.SASLHandshakeResponse)
			if answer.SupportedMechanisms = []string{"PLAIN"}; code == kerr.UnsupportedSaslMechanism {
				answer.ErrorCode, answer.SupportedMechanisms = code.Code, []string{"canary"}
			}
			return answer, nil, true
		})
		cluster.ControlKey(int16(kmsg.SASLAuthenticate), func(request kmsg.Request) (kmsg.Response, error, bool) {
			cluster.KeepControl()
			answer := request.ResponseKind().(*kmsg.SASLAuthenticateResponse)
			answer.ErrorCode, answer.ErrorMessage = code.Code, kmsg.StringPtr("canary")
			return answer, nil, true
		})
		_, log := open(t, sasl(map[string]string{"KAFKA_SECURITY_PROTOCOL": "SASL_PLAINTEXT", "KAFKA_BOOTSTRAP_SERVERS": servers(cluster)}, "PLAIN", "user", "canary"))
		log.await(t, "audit sink kafka: KAFKA_")
		if got := log.String(); !strings.Contains(got, want) || strings.Contains(got, "canary") {
			t.Errorf("got %s, want %s", got, want)
		}
	}
}

func TestAPasswordThatIsChangedIsUsedByTheNextConnection(t *testing.T) {
	t.Parallel()
	cluster := newCluster(t, kfake.EnableSASL(), kfake.Superuser("PLAIN", "user", "canary"))
	file := filepath.Join(t.TempDir(), "password")
	if err := os.WriteFile(file, []byte("wrong\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	sink, log := open(t, map[string]string{
		"KAFKA_BOOTSTRAP_SERVERS": servers(cluster), "KAFKA_SECURITY_PROTOCOL": "SASL_PLAINTEXT", "KAFKA_SASL_USERNAME": "user", "KAFKA_SASL_PASSWORD_FILE": file,
	})
	log.await(t, "or refuse the credentials")
	if err := os.WriteFile(file, []byte("canary\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	write(t, sink, numbered(0, 10), 0)
}

func TestACertificateThatIsRenewedIsShownByTheNextConnection(t *testing.T) {
	t.Parallel()
	old, renewed := newAuthority(t), newAuthority(t)
	cluster := newCluster(t, kfake.TLS(renewed.broker("127.0.0.1", tls.RequireAndVerifyClientCert)))
	vars := old.client(renewed.vars("SSL"))
	vars["KAFKA_BOOTSTRAP_SERVERS"] = servers(cluster)
	sink, log := open(t, vars)
	log.await(t, "it refuses TLS as it is offered")
	next := renewed.client(map[string]string{})
	for _, name := range []string{"KAFKA_SSL_CERT_FILE", "KAFKA_SSL_KEY_FILE"} {
		text, err := os.ReadFile(next[name])
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(vars[name], text, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write(t, sink, numbered(0, 10), 0)
}
