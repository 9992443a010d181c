// Package readtags reads declarations from tagged structs (DESIGN section 3):
//
//	//go:generate go tool secretsgen generate
//	type secrets struct {
//		API struct { // an anonymous struct without a tag is a group
//			// Bearer token of the payments API.
//			Token string `secret:"openbao+kv2://secret/myapp/api#token?version=3"`
//		}
//		DB  DBLogin `secret:"openbao+kv2://secret/myapp/db"` // a struct with a tag is a document
//		Key []byte  `secret:"openbao+kv2://secret/myapp/tls#key" secretopt:"encoding=base64"`
//	}
//
//	type DBLogin struct {
//		Username string
//		Password string `secret:"#pass"` // else the key is "password"
//	}
//
// The declaration is the one unexported struct type of a package that has a
// reference in a secret tag, its own or that of an anonymous struct inside it.
// Its exported name is the generated root. A field's comment, above it or behind
// it, is the secret's description. Options stand in secretopt, separated by
// commas; encoding is the one there is.
//
// [Read] fills a model.Package for each Go package that declares, and leaves it to
// gen/check to judge references, names and tenant. Tags say nothing of a tenant,
// instances or schemes: a secrets.yaml beside them does, and who reads that fills
// them in.
//
// # What it looks at
//
// The go command says which files a package has, so that build tags, go.work and
// vendoring count; the files are read as syntax alone. Types are not checked and
// imports not loaded, because the code around a declaration calls what is yet to
// be generated. For the same reason secrets_gen.go is never opened: neither a
// stale nor a broken one keeps the generator from replacing it.
//
// # Changing this room
//
// A new option of secretopt goes to options.go and a new Go type to types.go. The
// Go type checker stays out of here: it costs a load of every dependency. Messages
// name fields and never quote a tag or a line, because what was put there by
// mistake may be a value.
package readtags
