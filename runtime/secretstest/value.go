package secretstest

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strconv"

	"github.com/secretsgen/secretsgen/runtime/providers"
)

// documentOf is a whole document: fields, or one value.
func documentOf(value any, meta providers.Metadata) (providers.Document, error) {
	values, ok := value.(map[string]any)
	if !ok {
		v, err := valueOf(value)
		return providers.Scalar(v, meta), err
	}
	fields := make(map[string]providers.Value, len(values))
	for key, value := range values {
		v, err := valueOf(value)
		if err != nil {
			return providers.Document{}, err
		}
		fields[key] = v
	}
	return providers.Fields(fields, meta), nil
}

// valueOf stores a Go value as a KV store keeps it. It copies what the test
// could change.
func valueOf(value any) (providers.Value, error) {
	switch v := value.(type) {
	case nil:
		return providers.NewValue(providers.Null, nil), nil
	case string:
		return providers.NewValue(providers.Text, []byte(v)), nil
	case []byte:
		return providers.NewValue(providers.Binary, bytes.Clone(v)), nil
	case bool:
		return providers.NewValue(providers.Bool, []byte(strconv.FormatBool(v))), nil
	case int:
		return providers.NewValue(providers.Number, []byte(strconv.Itoa(v))), nil
	case float64:
		return providers.NewValue(providers.Number, []byte(strconv.FormatFloat(v, 'g', -1, 64))), nil
	case json.RawMessage:
		return providers.NewValue(providers.JSON, bytes.Clone(v)), nil
	}
	return providers.Value{}, fmt.Errorf("a stored value can't be a %T", value)
}
