package kv2

import (
	"net/http"

	"github.com/secretsgen/secretsgen/runtime/providers"
)

// document is what the body of a 200 or 404 means; testdata holds what a real
// server answers. version is the pin, 0 for the latest.
func document(status int, body []byte, version int) (providers.Document, error) {
	answer, err := providers.ParseObject(body)
	switch {
	case err != nil && status == http.StatusNotFound:
		return providers.Document{}, misconfigured() // no such server answers so
	case err != nil:
		return providers.Document{}, malformed()
	}
	if faults, ok := answer["errors"]; ok && status == http.StatusNotFound {
		return providers.Document{}, notFound(faults)
	}
	if answer["data"].Kind() != providers.JSON {
		return providers.Document{}, withoutData(answer)
	}
	data, err := providers.ParseObject(answer["data"].Bytes())
	if err != nil {
		return providers.Document{}, malformed()
	}
	return versioned(status, data, version)
}

// versioned is what the data of an answer means.
func versioned(status int, data map[string]providers.Value, version int) (providers.Document, error) {
	text, ok := data["metadata"]
	if !ok {
		return providers.Document{}, misconfigured() // version 1 of the engine
	}
	state, ok := parseState(text)
	if !ok || version > 0 && state.meta.Version != version {
		return providers.Document{}, malformed()
	}
	value := data["data"]
	switch {
	case state.destroyed:
		return providers.Document{}, &providers.SecretVersionDestroyedError{Version: state.meta.Version}
	case value.Kind() == providers.Null && !state.meta.Deletes.IsZero():
		return providers.Document{}, &providers.SecretVersionDeletedError{Version: state.meta.Version}
	case value.Kind() != providers.JSON, status != http.StatusOK:
		return providers.Document{}, malformed()
	}
	fields, err := providers.ParseObject(value.Bytes())
	if err != nil {
		return providers.Document{}, malformed()
	}
	return providers.Fields(fields, state.meta), nil
}

// notFound tells a path that holds nothing, for which the server lists no
// errors, from a mount or an engine that is not there.
func notFound(faults providers.Value) error {
	if faults.Kind() == providers.JSON && string(faults.Bytes()) == "[]" {
		return &providers.SecretNotFoundError{}
	}
	return misconfigured()
}

// withoutData tells the warning of another engine version from an answer that is
// none.
func withoutData(answer map[string]providers.Value) error {
	if answer["warnings"].Kind() == providers.JSON {
		return misconfigured()
	}
	return malformed()
}

func malformed() error { return &providers.ProviderError{Code: providers.Malformed} }

func misconfigured() error { return &providers.ProviderError{Code: providers.Misconfigured} }
