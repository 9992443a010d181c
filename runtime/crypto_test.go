package runtime_test

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"io"
	"net"
	"net/url"
	"testing"
	"time"

	"github.com/secretsgen/secretsgen/internal/testpem"
	"github.com/secretsgen/secretsgen/runtime"
	"github.com/secretsgen/secretsgen/runtime/decode"
	"github.com/secretsgen/secretsgen/runtime/secretstest"
)

const certificateRef = "openbao+kv2://secret/myapp/tls"

// signers is a key of each kind.
func signers(t *testing.T) map[string]crypto.Signer {
	t.Helper()
	return map[string]crypto.Signer{"RSA": testpem.RSA(t), "ECDSA": testpem.ECDSA(t), "Ed25519": testpem.Ed25519(t)}
}

// readPair reads a key pair, its chain and its key through the corridor.
func readPair(t *testing.T, key crypto.Signer, chain []*x509.Certificate) (runtime.Secret[tls.Certificate], runtime.Secret[[]*x509.Certificate], runtime.Secret[crypto.Signer]) {
	t.Helper()
	kit := secretstest.New(t)
	kit.Set(certificateRef, map[string]any{"crt": testpem.Certificates(chain), "key": testpem.PKCS8(t, key)})
	pair, err := bind(t, kit, "tls", certificateRef, decode.TLSKeyPair("crt", "key")).Read(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	certificates, err := bind(t, kit, "tls.crt", certificateRef+"#crt", decode.Decoder[[]*x509.Certificate](decode.Certificates)).Read(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	signer, err := bind(t, kit, "tls.key", certificateRef+"#key", decode.Decoder[crypto.Signer](decode.PrivateKey)).Read(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return pair, certificates, signer
}

func TestARevealedKeySigns(t *testing.T) {
	t.Parallel()
	for name, key := range signers(t) {
		_, _, secret := readPair(t, key, testpem.Chain(t, key, "host.example"))
		signer := secret.Reveal()
		message := []byte("message")
		digest := sha256.Sum256(message)
		var (
			signature []byte
			err       error
			valid     bool
		)
		switch public := key.Public().(type) {
		case *rsa.PublicKey:
			signature, err = signer.Sign(rand.Reader, digest[:], crypto.SHA256)
			valid = rsa.VerifyPKCS1v15(public, crypto.SHA256, digest[:], signature) == nil
		case *ecdsa.PublicKey:
			signature, err = signer.Sign(rand.Reader, digest[:], crypto.SHA256)
			valid = ecdsa.VerifyASN1(public, digest[:], signature)
		case ed25519.PublicKey:
			signature, err = signer.Sign(rand.Reader, message, crypto.Hash(0))
			valid = ed25519.Verify(public, message, signature)
		}
		if err != nil || !valid {
			t.Errorf("%s: %T signs, and the signature is valid: %v, error %v", name, signer, valid, err)
		}
	}
}

func TestARevealedKeyPairServesAndAuthenticates(t *testing.T) {
	t.Parallel()
	for name, key := range signers(t) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			chain := testpem.Chain(t, key, "host.example")
			pair, certificates, _ := readPair(t, key, chain)
			roots := x509.NewCertPool()
			roots.AddCert(certificates.Reveal()[1])
			server, client := net.Pipe()
			defer client.Close()
			done := make(chan error, 1)
			go func() {
				defer server.Close()
				conn := tls.Server(server, &tls.Config{Certificates: []tls.Certificate{pair.Reveal()}, ClientAuth: tls.RequireAndVerifyClientCert, ClientCAs: roots, MinVersion: tls.VersionTLS13})
				_, err := io.WriteString(conn, "canary")
				done <- err
			}()
			conn := tls.Client(client, &tls.Config{Certificates: []tls.Certificate{pair.Reveal()}, RootCAs: roots, ServerName: "host.example", MinVersion: tls.VersionTLS13})
			got := make([]byte, len("canary"))
			if _, err := io.ReadFull(conn, got); err != nil || string(got) != "canary" {
				t.Errorf("read %q: %v", got, err)
			}
			if err := <-done; err != nil {
				t.Errorf("the server: %v", err)
			}
		})
	}
}

func TestWhatIsRevealedOfAKeyPairIsACopy(t *testing.T) {
	t.Parallel()
	for name, key := range signers(t) {
		chain := testpem.Chain(t, key, "host.example")
		pair, certificates, signer := readPair(t, key, chain)
		p, c, s := pair.Reveal(), certificates.Reveal(), signer.Reveal()
		p.Certificate[0][0] ^= 1
		p.Certificate[1] = nil
		p.Leaf.Raw[0] ^= 1
		p.Leaf.SerialNumber.SetInt64(0)
		p.Leaf.DNSNames[0] = "X"
		p.Leaf.NotAfter = time.Time{}
		c[0].RawSubject[0] ^= 1
		c[0].Extensions[0].Value[0] ^= 1
		c[1] = nil
		for _, spoilt := range []any{p.PrivateKey, s} {
			spoil(t, spoilt)
		}
		again := pair.Reveal()
		if !again.Leaf.Equal(chain[0]) || string(again.Certificate[0]) != string(chain[0].Raw) || string(again.Certificate[1]) != string(chain[1].Raw) ||
			again.Leaf.SerialNumber.Int64() != 2 || again.Leaf.DNSNames[0] != "host.example" || again.Leaf.NotAfter.IsZero() {
			t.Errorf("%s: a change of the revealed key pair reached the secret", name)
		}
		if list := certificates.Reveal(); string(list[0].RawSubject) != string(chain[0].RawSubject) || string(list[0].Extensions[0].Value) != string(chain[0].Extensions[0].Value) || list[1] == nil {
			t.Errorf("%s: a change of the revealed chain reached the secret", name)
		}
		for _, held := range []any{again.PrivateKey, signer.Reveal()} {
			if !key.(interface{ Equal(crypto.PrivateKey) bool }).Equal(held) { //nolint:forcetypeassert // all have it
				t.Errorf("%s: a change of the revealed key reached the secret", name)
			}
		}
	}
}

// spoil changes everything of a private key that its holder can reach.
func spoil(t *testing.T, key any) {
	t.Helper()
	switch key := key.(type) {
	case *rsa.PrivateKey:
		key.D.SetInt64(1)
		key.N.SetInt64(1)
		key.Primes[0].SetInt64(1)
		key.Precomputed.Dp.SetInt64(1)
	case *ecdsa.PrivateKey:
		key.D.SetInt64(1) //nolint:staticcheck // that it may be changed is the point
		key.X.SetInt64(1)
	case ed25519.PrivateKey:
		clear(key)
	default:
		t.Fatalf("a key of type %T", key)
	}
}

func TestKeysAndCertificatesAreEqualByValue(t *testing.T) {
	t.Parallel()
	keys := signers(t)
	for name, key := range keys {
		chain := testpem.Chain(t, key, "host.example")
		pair, certificates, signer := readPair(t, key, chain)
		samePair, sameCertificates, sameSigner := readPair(t, key, chain)
		if !pair.Equal(samePair) || !certificates.Equal(sameCertificates) || !signer.Equal(sameSigner) {
			t.Errorf("%s: what is stored twice is not equal", name)
		}
		for other, otherKey := range keys {
			if other == name {
				otherKey = testpem.ECDSA(t)
			}
			otherPair, otherCertificates, otherSigner := readPair(t, otherKey, testpem.Chain(t, otherKey, "host.example"))
			if pair.Equal(otherPair) || certificates.Equal(otherCertificates) || signer.Equal(otherSigner) {
				t.Errorf("%s: another %s key or certificate is equal", name, other)
			}
		}
		if shorter := runtime.NewSecret(chain[:1]); certificates.Equal(shorter) || shorter.Equal(certificates) {
			t.Errorf("%s: a chain is equal to its beginning", name)
		}
	}
}

func TestURLsTimesAndPointersAreEqualByValueAndCopied(t *testing.T) {
	t.Parallel()
	parse := func(text string) url.URL {
		u, err := url.Parse(text)
		if err != nil {
			t.Fatal(err)
		}
		return *u
	}
	noon := time.Date(2026, 1, 2, 12, 0, 0, 0, time.UTC)
	elsewhere := noon.In(time.FixedZone("", 3600))
	for name, test := range map[string]struct{ got, want bool }{
		"one URL twice":             {equal(t, parse("https://u:p@host/a"), parse("https://u:p@host/a")), true},
		"URLs of other passwords":   {equal(t, parse("https://u:p@host/a"), parse("https://u:q@host/a")), false},
		"a URL without a password":  {equal(t, parse("https://u:p@host/a"), parse("https://u@host/a")), false},
		"a URL without a user":      {equal(t, parse("https://u:p@host/a"), parse("https://host/a")), false},
		"URLs of other queries":     {equal(t, parse("https://host/a?b"), parse("https://host/a?c")), false},
		"pointers to one text":      {equal(t, new("canary"), new("canary")), true},
		"pointers to other texts":   {equal(t, new("canary"), new("other")), false},
		"a pointer and none":        {equal(t, new("canary"), nil), false},
		"no pointers":               {equal[*string](t, nil, nil), true},
		"a pointer to a signer":     {equal(t, new(crypto.Signer), new(crypto.Signer)), true},
		"pointers to one instant":   {equal(t, &noon, &elsewhere), true},
		"pointers to nothing set":   {equal(t, new(time.Time), new(time.Time)), true},
		"a pointer to another time": {equal(t, &noon, new(time.Time)), false},
	} {
		if test.got != test.want {
			t.Errorf("%s: Equal is %v, want %v", name, test.got, test.want)
		}
	}
	when, text := runtime.NewSecret(&noon), runtime.NewSecret(new("canary"))
	*when.Reveal(), *text.Reveal() = time.Time{}, "X"
	if !when.Reveal().Equal(noon) || *text.Reveal() != "canary" {
		t.Error("a change through a revealed pointer reached the secret")
	}
}

// BenchmarkRevealKeyPair is what a copy of a certificate and its key costs.
func BenchmarkRevealKeyPair(b *testing.B) {
	for name, key := range map[string]crypto.Signer{"RSA": testpem.RSA(b), "ECDSA": testpem.ECDSA(b)} {
		chain := testpem.Chain(b, key, "host.example")
		pair := tls.Certificate{Certificate: [][]byte{chain[0].Raw, chain[1].Raw}, PrivateKey: key, Leaf: chain[0]}
		b.Run(name, func(b *testing.B) {
			s := runtime.NewSecret(pair)
			b.ReportAllocs()
			for b.Loop() {
				_ = s.Reveal()
			}
		})
		b.Run(name+", and sign", func(b *testing.B) {
			s := runtime.NewSecret(pair)
			digest := sha256.Sum256(nil)
			for b.Loop() {
				if _, err := s.Reveal().PrivateKey.(crypto.Signer).Sign(rand.Reader, digest[:], crypto.SHA256); err != nil { //nolint:forcetypeassert // it is one
					b.Fatal(err)
				}
			}
		})
		b.Run(name+", sign alone", func(b *testing.B) {
			digest := sha256.Sum256(nil)
			for b.Loop() {
				if _, err := key.Sign(rand.Reader, digest[:], crypto.SHA256); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
