// Package fields declares in struct tags what yaml/fields declares in YAML, with
// types of its own for the documents.
package fields

import (
	"encoding/json"
	"time"
)

type secrets struct {
	DB struct {
		// Login of the primary.
		Primary Login `secret:"openbao+kv2://secret/fields/db"`
		// Login of the replica.
		Replica Login `secret:"openbao+kv2://secret/fields/replica"`
	}
	TLS TLSFiles `secret:"openbao+kv2://kv/fields/tls?version=2"`
}

// Login opens a database session.
type Login struct {
	Username string
	// Rotated every night by the platform team, so ask for it anew and do not keep
	// it.
	Password         string `secret:"#pass"`
	Port             int
	StatementTimeout time.Duration
}

// TLSFiles is what a listener needs.
type TLSFiles struct {
	Certificate []byte
	PrivateKey  []byte `secret:"#tls.key" secretopt:"encoding=base64"`
	Options     json.RawMessage
	Strict      bool
}
