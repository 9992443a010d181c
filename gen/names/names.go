// Package names turns the author's words into Go names.
//
// A name comes in as it stands in secrets.yaml (api_token, api-token, apiToken)
// or in a tagged struct (APIToken). [Go] gives the exported Go name, with the
// initialisms that staticcheck knows plus DB and OAuth, and [Snake] the part of
// an accessor id. All spellings of the same words give the same two names, so a
// declaration has the same accessor in either form (DESIGN section 3).
//
// To make that true, words are what can be told apart in a Go name. A digit
// never starts a word: key_2 is key2, as Key2 is. Where two words run together,
// as in a_b or ui_d, they are one: ab, uid.
//
// A new initialism goes to initialism.go, and renames what is generated for
// every declaration that has it: it is a breaking change.
package names

import (
	"slices"
	"strings"
)

// maxLength bounds a declared name, in bytes.
const maxLength = 64

// Valid reports whether text may be declared as the name of a secret, group or
// field: ASCII letters, digits, "_" and "-", starting with a letter, at most 64
// bytes. Only such names may become identifiers, or stand in a message.
func Valid(text string) bool {
	for i := range len(text) {
		switch c := text[i]; {
		case isLower(c), isUpper(c):
		case i > 0 && (isDigit(c) || c == '_' || c == '-'):
		default:
			return false
		}
	}
	return text != "" && len(text) <= maxLength
}

// Go returns the exported Go name of a valid name: APIToken for api_token.
func Go(text string) string { return join(words(text)) }

// Snake returns the words of a valid name in lower snake case: api_token for
// APIToken. It has the same Go name.
func Snake(text string) string { return strings.Join(words(text), "_") }

// Functions returns the names of the generated functions that go with the root
// type, which are those of DESIGN section 3 for the default root, Secrets, and
// carry any other root's name.
func Functions(root string) (open, create, declarations string) {
	if root == "Secrets" {
		return "Open", "New", "Declarations"
	}
	return "Open" + root, "New" + root, root + "Declarations"
}

// words returns the words of a name that can be told apart in its Go name.
func words(text string) []string {
	words := split(text)
	// Words that run together are joined, never split, so this ends.
	for {
		again := split(join(words))
		if slices.Equal(again, words) {
			return words
		}
		words = again
	}
}

func join(words []string) string {
	var b strings.Builder
	for _, word := range words {
		b.WriteString(spell(word))
	}
	return b.String()
}

// Exported reports whether text is an exported Go identifier in ASCII, at most
// as long as a declared name.
func Exported(text string) bool {
	return Valid(text) && isUpper(text[0]) && !strings.Contains(text, "-")
}

// Decoder returns the name of the function that decodes a struct type.
func Decoder(typeName string) string { return "decode" + capitalized(typeName) }

// FieldPattern returns the name of the variable that holds the pattern of a
// field of a struct type.
func FieldPattern(typeName, field string) string { return "pattern" + capitalized(typeName) + field }

// capitalized is for the names of the author's types, which need not be exported.
func capitalized(name string) string {
	if name == "" {
		return ""
	}
	return strings.ToUpper(name[:1]) + name[1:]
}

// FakePackage returns the name of the package that stands in for another in
// tests, which is that of its folder too.
func FakePackage(name string) string { return name + "fake" }

// FakeFunctions returns the names of the functions of a fake that go with the
// root type.
func FakeFunctions(root string) (create, with string) {
	_, create, _ = Functions(root)
	return create, "With" + strings.TrimPrefix(create, "New")
}
