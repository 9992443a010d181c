package kv2

import (
	"net/http"
	"slices"

	"github.com/secretsgen/secretsgen/runtime/providers"
)

// document is what the body of a 200 or 404 means; testdata holds what a real
// server answers. version is the pin, 0 for the latest.
func document(status int, body []byte, version int) (providers.Document, error) {
	value, meta, err := versioned(status, body, "data", version)
	if err != nil {
		return providers.Document{}, err
	}
	return providers.Fields(value, meta), nil
}

// subkeys is the same for the keys without their values, sorted.
func subkeys(status int, body []byte, version int) ([]string, providers.Metadata, error) {
	value, meta, err := versioned(status, body, "subkeys", version)
	if err != nil {
		return nil, providers.Metadata{}, err
	}
	keys := make([]string, 0, len(value))
	for key, below := range value {
		if below.Kind() != providers.Null && below.Kind() != providers.JSON {
			return nil, providers.Metadata{}, malformed() // a value, where none may be
		}
		keys = append(keys, key)
	}
	slices.Sort(keys)
	return keys, meta, nil
}

// versioned is what an answer tells about one version under the given name.
func versioned(status int, body []byte, name string, version int) (map[string]providers.Value, providers.Metadata, error) {
	data, err := dataOf(status, body)
	if err != nil {
		return nil, providers.Metadata{}, err
	}
	text, ok := data["metadata"]
	if !ok {
		return nil, providers.Metadata{}, misconfigured() // version 1 of the engine
	}
	state, ok := parseState(text)
	if !ok || version > 0 && state.meta.Version != version {
		return nil, providers.Metadata{}, malformed()
	}
	value := data[name]
	switch {
	case state.destroyed:
		return nil, providers.Metadata{}, &providers.SecretVersionDestroyedError{Version: state.meta.Version}
	case value.Kind() == providers.Null && !state.meta.Deletes.IsZero():
		return nil, providers.Metadata{}, &providers.SecretVersionDeletedError{Version: state.meta.Version}
	case value.Kind() != providers.JSON, status != http.StatusOK:
		return nil, providers.Metadata{}, malformed()
	}
	fields, err := providers.ParseObject(value.Bytes())
	if err != nil {
		return nil, providers.Metadata{}, malformed()
	}
	return fields, state.meta, nil
}

// dataOf is the data of an answer, or what it means that there is none.
func dataOf(status int, body []byte) (map[string]providers.Value, error) {
	answer, err := providers.ParseObject(body)
	switch {
	case err != nil && status == http.StatusNotFound:
		return nil, misconfigured() // no such server answers so
	case err != nil:
		return nil, malformed()
	}
	if faults, ok := answer["errors"]; ok && status == http.StatusNotFound {
		return nil, notFound(faults)
	}
	if answer["data"].Kind() != providers.JSON {
		return nil, withoutData(answer)
	}
	data, err := providers.ParseObject(answer["data"].Bytes())
	if err != nil {
		return nil, malformed()
	}
	return data, nil
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
