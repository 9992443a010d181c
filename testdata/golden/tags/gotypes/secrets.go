package gotypes

import (
	"math/big"
	"net/netip"

	other "github.com/secretsgen/secretsgen/testdata/golden/pathtype"
)

type secrets struct {
	// Where the other side listens.
	Peer     netip.AddrPort `secret:"openbao+kv2://secret/gotypes#peer"`
	Level    Level          `secret:"openbao+kv2://secret/gotypes#level"`
	Limits   Limits         `secret:"openbao+kv2://secret/gotypes#limits"`
	Settings Settings       `secret:"openbao+kv2://secret/gotypes#settings" secretopt:"type=json"`
	Modulus  *big.Int       `secret:"openbao+kv2://secret/gotypes#modulus"`
	Home     other.Path     `secret:"openbao+kv2://secret/gotypes#home"`
	// The same values, as one document.
	Document Document `secret:"openbao+kv2://secret/gotypes"`
}

// Document is read as a whole.
type Document struct {
	Peer     netip.AddrPort
	Level    *Level
	Settings Settings `secretopt:"type=json"`
}
