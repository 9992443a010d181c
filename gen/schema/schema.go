// Package schema holds the JSON Schema of secrets.yaml, for editors: what a file
// of declarations may say, key by key, with descriptions and examples.
//
// The schema is a file of its own, secrets.schema.json, in the language of JSON
// Schema 2020-12. It knows the form of a file: known keys, kinds of values, which
// key goes with which type, how a reference is written. What a single declaration
// can't show, such as names that collide, mounts that the tenant lacks or bounds
// that contradict, is for "secretsgen check" alone, and so is how a number is
// spelled, which YAML hides: 1e3 is 1000 to an editor.
//
// Its words are the reader's: a key or a type that is added to gen/readyaml
// belongs here too. Tests hold the two together: the words in this package, and
// in e2e/formats what is accepted and refused, over every file of declarations
// that there is and every key with every type. Keys are listed where they are
// known, and rules are written as if and then, because not every editor knows the
// younger words of the language; patterns are those that RE2 and ECMAScript share.
package schema

import _ "embed"

//go:embed secrets.schema.json
var text []byte

// JSON returns the schema as a JSON text that ends with a line feed. The caller
// must not change it.
func JSON() []byte { return text }
