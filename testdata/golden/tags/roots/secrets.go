// Package roots declares in two structs, each of which has a root of its own.
package roots

type secrets struct {
	Token string `secret:"openbao+kv2://secret/roots#token"`
}

type billing struct {
	Ledger Login `secret:"hashicorp+kv2://secret/roots/ledger"`
	Shared struct {
		Key []byte `secret:"env://secret/KEY" secretopt:"encoding=base64"`
	}
}

// Login opens a session.
type Login struct{ Username, Password string }
