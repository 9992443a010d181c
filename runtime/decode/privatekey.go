package decode

import (
	"crypto"
	"crypto/x509"
	"encoding/pem"
)

// PrivateKey decodes the private key of a signer in PEM: PKCS#8 ("PRIVATE KEY"),
// PKCS#1 ("RSA PRIVATE KEY") or SEC 1 ("EC PRIVATE KEY", before which its "EC
// PARAMETERS" may stand). It holds one key, which is not encrypted. The key is an
// *rsa.PrivateKey, *ecdsa.PrivateKey or ed25519.PrivateKey.
func PrivateKey(doc Document) (crypto.Signer, error) {
	blocks, err := blocksOf(doc)
	if err != nil {
		return nil, err
	}
	block, err := keyOf(blocks)
	if err != nil {
		return nil, err
	}
	key, err := parseKey(block)
	if err != nil {
		return nil, fail("holds a private key that cannot be parsed")
	}
	signer, ok := key.(crypto.Signer)
	if !ok {
		return nil, fail("holds a private key that cannot sign")
	}
	return signer, nil
}

// keyOf returns the one block that holds a key.
func keyOf(blocks []*pem.Block) (*pem.Block, error) {
	if len(blocks) > 1 && blocks[0].Type == "EC PARAMETERS" && blocks[1].Type == "EC PRIVATE KEY" {
		blocks = blocks[1:]
	}
	for _, block := range blocks {
		switch {
		case encrypted(block):
			return nil, fail("holds an encrypted private key: store it without a passphrase, the store encrypts it")
		case !isKey(block) || len(block.Headers) > 0:
			return nil, fail("holds a PEM block that is not a private key")
		}
	}
	if len(blocks) > 1 {
		return nil, fail("holds more than one private key")
	}
	return blocks[0], nil
}

func parseKey(block *pem.Block) (any, error) {
	switch block.Type {
	case "RSA PRIVATE KEY":
		return x509.ParsePKCS1PrivateKey(block.Bytes)
	case "EC PRIVATE KEY":
		return x509.ParseECPrivateKey(block.Bytes)
	default:
		return x509.ParsePKCS8PrivateKey(block.Bytes)
	}
}
