package login

import (
	"errors"
	"log/slog"
	"slices"

	"github.com/secretsgen/secretsgen/runtime/providers"
)

// The failures of a login. None holds anything of what was sent or answered.

func misconfigured() error { return &providers.ProviderError{Code: providers.Misconfigured} }
func malformed() error     { return &providers.ProviderError{Code: providers.Malformed} }
func denied() error        { return &providers.ProviderError{Code: providers.Denied} }
func unavailable() error {
	return &providers.ProviderError{Code: providers.Unavailable, Retryable: true}
}

// hasCode reports whether a failure has one of the codes.
func hasCode(err error, codes ...providers.Code) bool {
	e, ok := errors.AsType[*providers.ProviderError](err)
	return ok && slices.Contains(codes, e.Code)
}

// fileError says for the log which setting's file is at fault. Callers get the
// failure in it.
type fileError struct {
	setting string
	failure error
}

func (e *fileError) Error() string { return "the file of " + e.setting + " can't be used" }

func (e *fileError) Unwrap() error { return e.failure }

// failure is what a caller is told of a login that failed.
func failure(err error) error {
	if e, ok := errors.AsType[*providers.ProviderError](err); ok {
		return e
	}
	return unavailable()
}

// failureAttrs is what an operator is told of it.
func failureAttrs(err error) []any {
	attrs := []any{slog.String("code", string(providers.Unavailable))}
	if e, ok := errors.AsType[*providers.ProviderError](err); ok {
		attrs[0] = slog.String("code", string(e.Code))
	}
	if e, ok := errors.AsType[*fileError](err); ok {
		attrs = append(attrs, slog.String("setting", e.setting))
	}
	return attrs
}
