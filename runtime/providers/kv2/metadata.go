package kv2

import (
	"strconv"
	"time"

	"github.com/secretsgen/secretsgen/runtime/providers"
)

// state is the metadata of one version. A deletion_time stands in meta.Deletes,
// whether it lies ahead or not.
type state struct {
	meta      providers.Metadata
	destroyed bool
}

// parseState reads the metadata of an answer; it must be an object with a
// version, and what else it has must be of the right kind.
func parseState(text providers.Value) (state, bool) {
	if text.Kind() != providers.JSON {
		return state{}, false
	}
	fields, err := providers.ParseObject(text.Bytes())
	if err != nil || fields["version"].Kind() != providers.Number {
		return state{}, false
	}
	version, err := strconv.Atoi(string(fields["version"].Bytes()))
	custom, customOK := parseCustom(fields)
	s, ok := parseFate(fields)
	s.meta.Version, s.meta.Custom = version, custom
	return s, ok && err == nil && version > 0 && customOK
}

// parseFate reads when a version was made and what became of it.
func parseFate(fields map[string]providers.Value) (state, bool) {
	created, createdOK := parseTime(fields, "created_time")
	deletes, deletesOK := parseTime(fields, "deletion_time")
	destroyed, destroyedOK := parseBool(fields, "destroyed")
	return state{meta: providers.Metadata{Created: created, Deletes: deletes}, destroyed: destroyed}, createdOK && deletesOK && destroyedOK
}

// parseTime reads an RFC 3339 time. The zero time stands for none, which the
// server writes as "".
func parseTime(fields map[string]providers.Value, key string) (time.Time, bool) {
	text := fields[key].Bytes()
	if len(text) == 0 {
		return time.Time{}, true
	}
	t, err := time.Parse(time.RFC3339, string(text))
	return t, err == nil
}

func parseBool(fields map[string]providers.Value, key string) (value, ok bool) {
	v, ok := fields[key]
	return string(v.Bytes()) == "true", !ok || v.Kind() == providers.Bool
}

// parseCustom reads custom_metadata, which maps text to text or is null.
func parseCustom(fields map[string]providers.Value) (map[string]string, bool) {
	v, ok := fields["custom_metadata"]
	if !ok || v.Kind() == providers.Null {
		return nil, true
	}
	entries, err := providers.ParseObject(v.Bytes())
	if err != nil || v.Kind() != providers.JSON {
		return nil, false
	}
	custom := make(map[string]string, len(entries))
	for key, entry := range entries {
		if entry.Kind() != providers.Text {
			return nil, false
		}
		custom[key] = string(entry.Bytes())
	}
	return custom, true
}
