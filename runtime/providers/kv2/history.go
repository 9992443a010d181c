package kv2

import (
	"net/http"
	"strconv"
	"time"

	"github.com/secretsgen/secretsgen/runtime/providers"
)

// history is what the answer of the metadata path says about one version, 0 for
// the current one: what a read would return beside the value, or its error. The
// path has no value that would tell whether a deletion is over, so that now, the
// server's clock to the second, decides.
func history(status int, body []byte, version int, now time.Time) (providers.Metadata, error) {
	data, err := dataOf(status, body)
	if err != nil {
		return providers.Metadata{}, err
	}
	if _, ok := data["versions"]; !ok {
		return providers.Metadata{}, misconfigured() // version 1 of the engine
	}
	current, err := strconv.Atoi(string(data["current_version"].Bytes()))
	versions, kind := data["versions"], data["current_version"].Kind()
	custom, ok := parseCustom(data)
	if err != nil || current < 0 || kind != providers.Number || !ok || status != http.StatusOK || versions.Kind() != providers.JSON {
		return providers.Metadata{}, malformed()
	}
	all, err := providers.ParseObject(versions.Bytes())
	if err != nil {
		return providers.Metadata{}, malformed()
	}
	if version == 0 {
		version = current
	}
	entry, ok := all[strconv.Itoa(version)]
	if !ok { // never written, or pruned; 0 is a path with metadata and no version
		return providers.Metadata{}, &providers.SecretNotFoundError{}
	}
	return fate(entry, version, custom, now)
}

// fate reads the entry of one version.
func fate(entry providers.Value, version int, custom map[string]string, now time.Time) (providers.Metadata, error) {
	fields, err := providers.ParseObject(entry.Bytes())
	if err != nil || entry.Kind() != providers.JSON {
		return providers.Metadata{}, malformed()
	}
	s, ok := parseFate(fields)
	deletes := s.meta.Deletes
	switch {
	case !ok:
		return providers.Metadata{}, malformed()
	case s.destroyed:
		return providers.Metadata{}, &providers.SecretVersionDestroyedError{Version: version}
	case !deletes.IsZero() && deletes.Before(now.Add(time.Second)):
		return providers.Metadata{}, &providers.SecretVersionDeletedError{Version: version}
	}
	s.meta.Version, s.meta.Custom = version, custom
	return s.meta, nil
}
