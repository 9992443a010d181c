package wrapping

import (
	"strconv"
	"time"

	"github.com/secretsgen/secretsgen/runtime/providers"
	"github.com/secretsgen/secretsgen/runtime/providers/kv2/internal/exchange"
)

// Token returns the wrapping token of an answer that was asked for wrapped, to
// live for ttl at the most. The error is [Invalid]: of a plain answer, too, whose
// value has travelled as no value should.
func Token(body []byte, ttl time.Duration) (string, error) {
	info, ok := exchange.Object(body, "wrap_info")
	token := info["token"]
	if !ok || token.Kind() != providers.Text || !sendable(string(token.Bytes())) || !within(info["ttl"], ttl) {
		return "", Invalid()
	}
	return string(token.Bytes()), nil
}

// Invalid is the error of what can't be unwrapped, or must not be.
func Invalid() error { return &providers.ProviderError{Code: providers.WrapInvalid} }

// sendable reports whether a token can stand in a header.
func sendable(token string) bool { return token != "" && exchange.Printable(token) }

// within reports whether a number of seconds is at most limit.
func within(v providers.Value, limit time.Duration) bool {
	seconds, err := strconv.ParseFloat(string(v.Bytes()), 64)
	return v.Kind() == providers.Number && err == nil && seconds <= limit.Seconds()
}
