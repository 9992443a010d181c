package verifytest

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/rand"
	"crypto/rsa"
	"encoding/json"

	_ "crypto/sha256" // RS256 and the like
	_ "crypto/sha512" // RS384, RS512 and the like
)

// Sign returns a JWT in compact form with this header and these claims as they
// are: nothing is added, so that anything can be left out or wrong.
func (k *Key) Sign(header, claims map[string]any) string {
	return k.SignRaw(marshal(header), marshal(claims))
}

// SignRaw signs a header and claims that need not be JSON.
func (k *Key) SignRaw(header, claims []byte) string {
	input := encode(header) + "." + encode(claims)
	return input + "." + encode(k.signature([]byte(input)))
}

func marshal(object map[string]any) []byte {
	text, err := json.Marshal(object)
	if err != nil {
		panic("verifytest: not JSON: " + err.Error()) // a slip of the test's
	}
	return text
}

var hashes = map[string]crypto.Hash{"256": crypto.SHA256, "384": crypto.SHA384, "512": crypto.SHA512}

// signature is that of RFC 7518 section 3. Keys are made by NewKey and fit.
func (k *Key) signature(input []byte) []byte {
	var options crypto.SignerOpts = crypto.Hash(0)
	if k.Algorithm != "EdDSA" {
		hash := hashes[k.Algorithm[2:]]
		h := hash.New()
		h.Write(input)
		input, options = h.Sum(nil), hash
	}
	switch private := k.private.(type) {
	case *ecdsa.PrivateKey:
		r, s, err := ecdsa.Sign(rand.Reader, private, input)
		if err != nil {
			panic(err)
		}
		size := (private.Params().BitSize + 7) / 8
		signature := make([]byte, 2*size)
		r.FillBytes(signature[:size])
		s.FillBytes(signature[size:])
		return signature
	case *rsa.PrivateKey:
		if k.Algorithm[0] == 'P' {
			options = &rsa.PSSOptions{SaltLength: rsa.PSSSaltLengthEqualsHash, Hash: options.HashFunc()}
		}
	}
	signature, err := k.private.Sign(rand.Reader, input, options)
	if err != nil {
		panic(err)
	}
	return signature
}
