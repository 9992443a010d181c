package otelsecrets

import (
	"go.opentelemetry.io/otel/attribute"

	"github.com/secretsgen/secretsgen/runtime/observe"
)

// The attributes that a span may have. There is no way to add another: what a
// span gets comes out of the two functions below.
const (
	accessorKey    attribute.Key = "secrets.accessor"
	resourceRefKey attribute.Key = "secrets.resource_ref"
	providerKey    attribute.Key = "secrets.provider"
	itemsKey       attribute.Key = "secrets.items"

	effectKey      attribute.Key = "secrets.effect"
	codeKey        attribute.Key = "secrets.code"
	grantCachedKey attribute.Key = "secrets.grant_cached"
	valueCachedKey attribute.Key = "secrets.value_cached"
	kvVersionKey   attribute.Key = "secrets.kv_version"
)

// begun are the attributes of a span from its beginning, for samplers to see.
func begun(about observe.About) []attribute.KeyValue {
	attrs := make([]attribute.KeyValue, 0, 4)
	attrs = appendText(attrs, accessorKey, about.Accessor)
	attrs = appendText(attrs, resourceRefKey, about.ResourceRef)
	attrs = appendText(attrs, providerKey, about.Provider)
	if about.Items > 0 {
		attrs = append(attrs, itemsKey.Int(about.Items))
	}
	return attrs
}

// ended are the attributes that a span gets at its end.
func ended(op observe.Operation, outcome observe.Outcome) []attribute.KeyValue {
	attrs := make([]attribute.KeyValue, 0, 5)
	attrs = appendText(attrs, effectKey, string(outcome.Effect))
	attrs = appendText(attrs, codeKey, outcome.Code)
	if op == observe.Resolve {
		attrs = append(attrs, grantCachedKey.Bool(outcome.GrantCached), valueCachedKey.Bool(outcome.ValueCached))
	}
	if outcome.KVVersion > 0 {
		attrs = append(attrs, kvVersionKey.Int(outcome.KVVersion))
	}
	return attrs
}

func appendText(attrs []attribute.KeyValue, key attribute.Key, text string) []attribute.KeyValue {
	if text == "" {
		return attrs
	}
	return append(attrs, key.String(text))
}
