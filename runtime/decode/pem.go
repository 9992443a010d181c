package decode

import (
	"bytes"
	"encoding/pem"
	"slices"
)

// blocksOf reads the PEM blocks of a document (RFC 7468), one or more, all of
// them whole. Between blocks there may be comments. Package pem skips what it
// can't read: a chain would come out shorter than it is stored.
func blocksOf(doc Document) ([]*pem.Block, error) {
	text, err := String(doc)
	if err != nil {
		return nil, err
	}
	var blocks []*pem.Block
	for rest := []byte(text); ; {
		block, after := pem.Decode(rest)
		read := rest[:len(rest)-len(after)]
		if block == nil {
			read = rest
		}
		begins, ends := bytes.Count(read, []byte("-BEGIN ")), bytes.Count(read, []byte("-END "))
		switch {
		case block == nil && begins+ends > 0, block != nil && (begins != 1 || ends != 1):
			return nil, fail("holds a PEM block that cannot be read")
		case block != nil:
			blocks, rest = append(blocks, block), after
		case len(blocks) == 0:
			return nil, fail("is not PEM")
		default:
			return blocks, nil
		}
	}
}

// encrypted reports whether a block is an encrypted private key: PKCS#8, or with
// the headers of RFC 1421.
func encrypted(block *pem.Block) bool {
	_, legacy := block.Headers["DEK-Info"]
	return legacy || block.Type == "ENCRYPTED PRIVATE KEY"
}

// signingKeys are the types of the PEM blocks that hold a private key of a
// format we read.
var signingKeys = []string{"RSA PRIVATE KEY", "PRIVATE KEY", "EC PRIVATE KEY"}

func isKey(block *pem.Block) bool { return slices.Contains(signingKeys, block.Type) }
