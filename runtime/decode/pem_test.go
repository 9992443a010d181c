package decode_test

import (
	"crypto"
	"crypto/ecdh"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/secretsgen/secretsgen/internal/testpem"
	"github.com/secretsgen/secretsgen/runtime/decode"
	"github.com/secretsgen/secretsgen/runtime/providers"
)

func file(text string) decode.Document { return one(providers.Binary, text) }

func TestAChainOfCertificatesIsReadInItsOrder(t *testing.T) {
	t.Parallel()
	chain := testpem.Chain(t, testpem.Ed25519(t), "host.example")
	leaf, authority := testpem.Certificates(chain[:1]), testpem.Certificates(chain[1:])
	for name, test := range map[string]struct {
		text string
		want []*x509.Certificate
	}{
		"one":                          {leaf, chain[:1]},
		"two":                          {leaf + authority, chain},
		"in the order as stored":       {authority + leaf, []*x509.Certificate{chain[1], chain[0]}},
		"with comments between":        {"subject=host\n" + leaf + "\n issuer: x - y\n" + authority + "\ndone\n", chain},
		"with the newlines of others":  {strings.ReplaceAll(leaf+authority, "\n", "\r\n"), chain},
		"without a newline at the end": {strings.TrimSpace(leaf + authority), chain},
	} {
		got, err := decode.Certificates(file(test.text))
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if diff := cmp.Diff(raws(test.want), raws(got)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

func raws(chain []*x509.Certificate) (all [][]byte) {
	for _, c := range chain {
		all = append(all, c.Raw)
	}
	return all
}

func TestAChainThatIsNotWholeIsRefused(t *testing.T) {
	t.Parallel()
	key := testpem.Ed25519(t)
	chain := testpem.Chain(t, key, "host.example")
	leaf, authority := testpem.Certificates(chain[:1]), testpem.Certificates(chain[1:])
	broken := strings.Replace(authority, "\n", "\n!", 1)
	const (
		unread = "refused: holds a PEM block that cannot be read"
		other  = "refused: holds a PEM block that is not a certificate"
	)
	for name, test := range map[string]struct {
		doc  decode.Document
		want string
	}{
		"text":                             {file("canary"), "refused: is not PEM"},
		"DER":                              {file(string(chain[0].Raw)), "refused: is not UTF-8 text: declare it as bytes"},
		"a document":                       {fields(map[string]string{"a": leaf}), "refused: is a whole document and not one value: name a #key"},
		"nothing":                          {file("\n"), "refused: is empty"},
		"null":                             {null, "refused: is null"},
		"a key behind it":                  {file(leaf + testpem.PKCS8(t, key)), other},
		"a key before it":                  {file(testpem.PKCS8(t, key) + leaf), other},
		"a certificate of another type":    {file(strings.ReplaceAll(leaf, "CERTIFICATE", "TRUSTED CERTIFICATE")), other},
		"a certificate with headers":       {file(string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Headers: map[string]string{"A": "b"}, Bytes: chain[0].Raw}))), other},
		"a second one that is broken":      {file(leaf + broken), unread},
		"a first one that is broken":       {file(broken + leaf), unread},
		"one that is broken alone":         {file(broken), unread},
		"one that breaks off":              {file(leaf + authority[:len(authority)/2]), unread},
		"one that begins in a line":        {file(leaf + "x" + authority), unread},
		"an end without a beginning":       {file("-----END CERTIFICATE-----\n" + leaf), unread},
		"an end without one behind it":     {file(leaf + "-----END CERTIFICATE-----\n"), unread},
		"one that begins with four dashes": {file(leaf + authority[1:]), unread},
		"what is no certificate":           {file(testpem.Block("CERTIFICATE", []byte("canary"))), "refused: holds a certificate that cannot be parsed"},
		"data behind the certificate":      {file(testpem.Block("CERTIFICATE", append([]byte(nil), append(chain[0].Raw, 0)...))), "refused: holds a certificate that cannot be parsed"},
		"a certificate that is cut short":  {file(testpem.Block("CERTIFICATE", chain[0].Raw[:len(chain[0].Raw)-1])), "refused: holds a certificate that cannot be parsed"},
	} {
		if diff := cmp.Diff(any(test.want), refusal(decode.Certificates, test.doc)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

// formats are the ways in which keys are stored.
func formats(t *testing.T) map[string]struct {
	text string
	key  crypto.Signer
} {
	t.Helper()
	rsaKey, ecKey, edKey := testpem.RSA(t), testpem.ECDSA(t), testpem.Ed25519(t)
	sec1, err := x509.MarshalECPrivateKey(ecKey)
	if err != nil {
		t.Fatal(err)
	}
	parameters := testpem.Block("EC PARAMETERS", []byte{6, 8, 0x2a, 0x86, 0x48, 0xce, 0x3d, 3, 1, 7})
	return map[string]struct {
		text string
		key  crypto.Signer
	}{
		"PKCS#1":                  {testpem.Block("RSA PRIVATE KEY", x509.MarshalPKCS1PrivateKey(rsaKey)), rsaKey},
		"PKCS#8 of RSA":           {testpem.PKCS8(t, rsaKey), rsaKey},
		"PKCS#8 of ECDSA":         {testpem.PKCS8(t, ecKey), ecKey},
		"PKCS#8 of Ed25519":       {testpem.PKCS8(t, edKey), edKey},
		"SEC 1":                   {testpem.Block("EC PRIVATE KEY", sec1), ecKey},
		"SEC 1 behind parameters": {parameters + testpem.Block("EC PRIVATE KEY", sec1), ecKey},
	}
}

func TestAPrivateKeyOfEachFormatIsRead(t *testing.T) {
	t.Parallel()
	for name, test := range formats(t) {
		for where, doc := range map[string]decode.Document{"a file": file(test.text), "text": one(providers.Text, test.text), "comments": file("key:\n" + test.text + "end\n")} {
			got, err := decode.PrivateKey(doc)
			if err != nil {
				t.Errorf("%s in %s: %v", name, where, err)
				continue
			}
			if !test.key.(interface{ Equal(crypto.PrivateKey) bool }).Equal(got) { //nolint:forcetypeassert // all have it
				t.Errorf("%s in %s: another key", name, where)
			}
		}
	}
}

func TestWhatIsNotOneKeyThatSignsIsRefused(t *testing.T) {
	t.Parallel()
	keys := formats(t)
	parameters, _, _ := strings.Cut(keys["SEC 1 behind parameters"].text, keys["SEC 1"].text)
	exchange, err := ecdh.X25519().GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	ed := keys["PKCS#8 of Ed25519"]
	chain := testpem.Certificates(testpem.Chain(t, ed.key, "host.example"))
	legacy := pem.EncodeToMemory(&pem.Block{Type: "RSA PRIVATE KEY", Headers: map[string]string{"Proc-Type": "4,ENCRYPTED", "DEK-Info": "AES-256-CBC,00"}, Bytes: []byte("canary")})
	headers := pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Headers: map[string]string{"A": "canary"}, Bytes: []byte("canary")})
	const (
		encrypted = "refused: holds an encrypted private key: store it without a passphrase, the store encrypts it"
		other     = "refused: holds a PEM block that is not a private key"
		many      = "refused: holds more than one private key"
		unparsed  = "refused: holds a private key that cannot be parsed"
	)
	for name, test := range map[string]struct{ text, want string }{
		"an encrypted PKCS#8 key":          {testpem.Block("ENCRYPTED PRIVATE KEY", []byte("canary")), encrypted},
		"an encrypted PKCS#1 key":          {string(legacy), encrypted},
		"a key and an encrypted one":       {ed.text + string(legacy), encrypted},
		"two keys":                         {ed.text + keys["SEC 1"].text, many},
		"one key twice":                    {ed.text + ed.text, many},
		"a key with headers":               {string(headers), other},
		"a key that can't sign":            {testpem.PKCS8(t, exchange), "refused: holds a private key that cannot sign"},
		"a certificate":                    {chain, other},
		"a key and its certificate":        {ed.text + chain, other},
		"a public key":                     {testpem.Block("PUBLIC KEY", []byte("canary")), other},
		"a key of OpenSSH":                 {testpem.Block("OPENSSH PRIVATE KEY", []byte("canary")), other},
		"parameters alone":                 {parameters, other},
		"parameters behind their key":      {keys["SEC 1"].text + parameters, other},
		"parameters twice":                 {parameters + parameters + keys["SEC 1"].text, other},
		"parameters of another key":        {parameters + ed.text, other},
		"what is no key":                   {testpem.Block("PRIVATE KEY", []byte("canary")), unparsed},
		"what is no PKCS#1 key":            {testpem.Block("RSA PRIVATE KEY", []byte("canary")), unparsed},
		"what is no SEC 1 key":             {testpem.Block("EC PRIVATE KEY", []byte("canary")), unparsed},
		"a PKCS#1 key under another label": {strings.ReplaceAll(keys["PKCS#1"].text, "RSA PRIVATE", "PRIVATE"), unparsed},
		"a key that is cut short":          {ed.text[:len(ed.text)-10], "refused: holds a PEM block that cannot be read"},
		"a key behind one that is broken":  {strings.Replace(ed.text, "\n", "\n!", 1) + ed.text, "refused: holds a PEM block that cannot be read"},
		"text":                             {"canary", "refused: is not PEM"},
	} {
		if diff := cmp.Diff(any(test.want), refusal(decode.PrivateKey, file(test.text))); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

func TestAKeyPairIsReadFromTwoKeysOfOneDocument(t *testing.T) {
	t.Parallel()
	for name, key := range map[string]crypto.Signer{"RSA": testpem.RSA(t), "ECDSA": testpem.ECDSA(t), "Ed25519": testpem.Ed25519(t)} {
		chain := testpem.Chain(t, key, "host.example")
		stored := map[string]string{"crt": testpem.Certificates(chain), "key": testpem.PKCS8(t, key), "ca": "other"}
		object, err := json.Marshal(stored)
		if err != nil {
			t.Fatal(err)
		}
		for where, doc := range map[string]decode.Document{"fields": fields(stored), "a JSON file": file(string(object) + "\n")} {
			got, err := decode.TLSKeyPair("crt", "key")(doc)
			if err != nil {
				t.Errorf("%s in %s: %v", name, where, err)
				continue
			}
			if diff := cmp.Diff(raws(chain), got.Certificate); diff != "" || got.Leaf == nil || !got.Leaf.Equal(chain[0]) {
				t.Errorf("%s in %s: another chain or leaf (-want +got):\n%s", name, where, diff)
			}
			if !key.(interface{ Equal(crypto.PrivateKey) bool }).Equal(got.PrivateKey) { //nolint:forcetypeassert // all have it
				t.Errorf("%s in %s: another key", name, where)
			}
		}
	}
}

func TestAKeyPairThatIsNoneSaysWhy(t *testing.T) {
	t.Parallel()
	key, other := testpem.ECDSA(t), testpem.ECDSA(t)
	chain := testpem.Certificates(testpem.Chain(t, key, "host.example"))
	good := testpem.PKCS8(t, key)
	for name, test := range map[string]struct {
		doc         decode.Document
		field, rule string
	}{
		"another key":                 {fields(map[string]string{"crt": chain, "key": testpem.PKCS8(t, other)}), "", "holds a private key that does not belong to its certificate"},
		"a key of another kind":       {fields(map[string]string{"crt": chain, "key": testpem.PKCS8(t, testpem.Ed25519(t))}), "", "holds a private key that does not belong to its certificate"},
		"certificate and key swapped": {fields(map[string]string{"crt": good, "key": chain}), "crt", "holds a PEM block that is not a certificate"},
		"an empty key":                {fields(map[string]string{"crt": chain, "key": ""}), "key", "is empty"},
		"one value":                   {file(chain + good), "", "is one value and not a document of fields"},
		"absent":                      {providers.Absent(), "", "is absent"},
		"null":                        {null, "", "is null"},
	} {
		got, err := decode.TLSKeyPair("crt", "key")(test.doc)
		e, ok := errors.AsType[*decode.Error](err)
		if !ok || got.PrivateKey != nil || got.Certificate != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if diff := cmp.Diff(&decode.Error{Field: test.field, Rule: test.rule}, e); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
	for field, doc := range map[string]decode.Document{
		"crt": fields(map[string]string{"key": good}),
		"key": fields(map[string]string{"crt": chain}),
	} {
		_, err := decode.TLSKeyPair("crt", "key")(doc)
		if missing, ok := errors.AsType[*providers.SecretKeyNotFoundError](err); !ok || missing.Field != field {
			t.Errorf("without %s: %v", field, err)
		}
	}
}

func TestAKeyOfARSAOrACurveKeepsItsType(t *testing.T) {
	t.Parallel()
	p384, err := ecdsa.GenerateKey(elliptic.P384(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	got, err := decode.PrivateKey(file(testpem.PKCS8(t, p384)))
	if key, ok := got.(*ecdsa.PrivateKey); !ok || err != nil || key.Curve != elliptic.P384() {
		t.Errorf("%T, %v", got, err)
	}
	got, err = decode.PrivateKey(file(formats(t)["PKCS#1"].text))
	if _, ok := got.(*rsa.PrivateKey); !ok || err != nil {
		t.Errorf("%T, %v", got, err)
	}
}
