// Package schema holds the JSON Schema of secrets.yaml, for editors: what a file
// of declarations may say, key by key, with descriptions and examples.
//
// The schema is a file of its own, secrets.schema.json, in the language of JSON
// Schema 2020-12. It knows the form of a file: known keys, kinds of values, which
// key goes with which type. What a single file can't show, such as names that
// collide or mounts that the tenant lacks, is for "secretsgen check" alone.
//
// Its words are the reader's: a key or a type that is added to gen/readyaml
// belongs here too, and a test holds the two together.
package schema

import _ "embed"

//go:embed secrets.schema.json
var text []byte

// JSON returns the schema as a JSON text that ends with a line feed. The caller
// must not change it.
func JSON() []byte { return text }
