// Package leakcheck looks for a planted value, a canary, in any output.
//
// Plant a canary that occurs nowhere else, run what is to be checked, and give
// everything that it wrote to [Find]:
//
//	canary := leakcheck.NewCanary()
//	kit.Set("openbao+kv2://secret/myapp/api#token", canary)
//	...
//	if forms := leakcheck.Find(logs, canary); len(forms) > 0 {
//		t.Errorf("the log holds the token as %v", forms)
//	}
//
// A value leaks in more forms than its own: encoded, escaped, cut short, printed
// as a list of bytes. Find knows those that loggers, encoders and printers make.
package leakcheck

import (
	"bytes"
	"crypto/rand"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"
)

// prefixLength is how much of a canary counts as a leak of it, in bytes.
const prefixLength = 12

// NewCanary returns a random value that occurs nowhere else. It holds
// characters that encoders escape.
func NewCanary() string { return `canary-"<` + rand.Text() + `>&\` + "é" }

// Find returns the names of the forms in which output holds the canary or its
// first 12 bytes, sorted; none means that no leak was found. A canary shorter
// than 12 bytes proves nothing: it is reported as "canary too short".
func Find(output []byte, canary string) []string {
	if len(canary) < prefixLength {
		return []string{"canary too short"}
	}
	var found []string
	for name, form := range forms([]byte(canary)) {
		if form != "" && bytes.Contains(output, []byte(form)) {
			found = append(found, name)
		}
	}
	slices.Sort(found)
	return found
}

// forms spells a value in every way that is looked for.
func forms(value []byte) map[string]string {
	all := map[string]string{
		"plain":          string(value),
		"prefix":         string(value[:prefixLength]),
		"reversed":       reversed(value),
		"hex":            hex.EncodeToString(value[:prefixLength]),
		"upper-case hex": strings.ToUpper(hex.EncodeToString(value[:prefixLength])),
		"URL-escaped":    url.QueryEscape(string(value)),
		"path-escaped":   url.PathEscape(string(value)),
		"quoted":         inner(strconv.Quote(string(value))),
		"ASCII-quoted":   inner(strconv.QuoteToASCII(string(value))),
		"JSON-escaped":   jsonForm(value),
		"byte list":      inner(fmt.Sprint(value[:prefixLength])),
		"Go byte list":   goBytes(value[:prefixLength]),
	}
	// Base64 spells the same bytes in three ways, by their place in a larger
	// text; the characters that touch a neighbor are left out.
	for shift := range 3 {
		padded := append(make([]byte, shift), value...)
		padded = padded[:len(padded)/3*3]
		text := base64.StdEncoding.EncodeToString(padded)[shift+boolInt(shift > 0):]
		all["base64, shifted by "+strconv.Itoa(shift)] = text
		all["base64url, shifted by "+strconv.Itoa(shift)] = strings.NewReplacer("+", "-", "/", "_").Replace(text)
	}
	return all
}

func reversed(value []byte) string {
	b := bytes.Clone(value)
	slices.Reverse(b)
	return string(b)
}

func inner(s string) string { return s[1 : len(s)-1] }

func jsonForm(value []byte) string {
	b, err := json.Marshal(string(value))
	if err != nil {
		return ""
	}
	return inner(string(b))
}

// goBytes is how %#v prints bytes, without the type.
func goBytes(value []byte) string {
	parts := make([]string, len(value))
	for i, b := range value {
		parts[i] = fmt.Sprintf("0x%x", b)
	}
	return strings.Join(parts, ", ")
}

func boolInt(b bool) int {
	if b {
		return 1
	}
	return 0
}
