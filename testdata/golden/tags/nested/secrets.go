// Package nested declares with structs in structs: named groups, used more than
// once, and embedded ones.
package nested

type secrets struct {
	common

	Primary  store
	Fallback store
	Login    `secret:"openbao+kv2://secret/nested/login"`
	Deep     struct {
		Deeper struct {
			Deepest deepest
		}
	}
}

// common is embedded: its secrets are the root's.
type common struct {
	// Signs what leaves.
	SigningKey []byte `secret:"openbao+kv2://secret/nested#signing_key"`
}

// store is a group with a name, whose secrets come from one place wherever it
// stands.
type store struct {
	DSN string `secret:"openbao+kv2://secret/nested/store#dsn"`
}

type deepest struct {
	common

	Token string `secret:"openbao+kv2://secret/nested/deepest#token"`
}

// Login is a document whose accessor has the name of its type.
type Login struct{ Username, Password string }
