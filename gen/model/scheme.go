package model

import (
	"strings"

	"github.com/secretsgen/secretsgen/gen/nearest"
	"github.com/secretsgen/secretsgen/runtime/uri"
)

// meantScheme returns the scheme that somebody who wrote an unknown one probably
// meant: a built-in one or one of those declared, or "".
func meantScheme(written string, declared []string) string {
	known := uri.BuiltinSchemes()
	for _, scheme := range declared {
		if uri.ValidScheme(scheme) {
			known = append(known, scheme)
		}
	}
	written = strings.ToLower(written)
	if near := nearest.Word(written, known); near != "" {
		return near
	}
	provider, engine, _ := strings.Cut(written, "+")
	if engine == "" || strings.HasPrefix(engine, "kv") {
		switch provider { // what people call the built-in ones
		case "vault", "hashivault", "hcvault":
			return "hashicorp+kv2"
		case "bao":
			return "openbao+kv2"
		}
	}
	return ""
}
