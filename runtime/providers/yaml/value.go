package yaml

import (
	"strings"

	"github.com/secretsgen/secretsgen/internal/yamltree"
	"github.com/secretsgen/secretsgen/runtime/providers"
	"github.com/secretsgen/secretsgen/runtime/providers/internal/strictjson"
)

// value keeps the type of a scalar where JSON has it, and makes JSON of a list
// or mapping, which is what a KV server would hold.
func value(n *yamltree.Node) providers.Value {
	kind, text := providers.JSON, appendJSON(nil, n)
	if n.Kind == yamltree.Scalar {
		kind, text = scalar(n)
	}
	return providers.NewValue(kind, text)
}

func scalar(n *yamltree.Node) (providers.Kind, []byte) {
	switch {
	case n.Type == yamltree.Null:
		return providers.Null, nil
	case n.Type == yamltree.Bool:
		return providers.Bool, []byte(strings.ToLower(n.Value))
	case n.Type != yamltree.String && strictjson.IsNumber([]byte(n.Value)):
		return providers.Number, []byte(n.Value)
	}
	return providers.Text, []byte(n.Value)
}

func appendJSON(dst []byte, n *yamltree.Node) []byte {
	switch n.Kind {
	case yamltree.Mapping:
		dst = append(dst, '{')
		for i, pair := range n.Pairs {
			if i > 0 {
				dst = append(dst, ',')
			}
			dst = strictjson.AppendString(dst, []byte(pair.Key.Value))
			dst = append(dst, ':')
			dst = appendJSON(dst, pair.Value)
		}
		return append(dst, '}')
	case yamltree.Sequence:
		dst = append(dst, '[')
		for i, item := range n.Items {
			if i > 0 {
				dst = append(dst, ',')
			}
			dst = appendJSON(dst, item)
		}
		return append(dst, ']')
	case yamltree.Scalar:
	}
	switch kind, text := scalar(n); kind {
	case providers.Null:
		return append(dst, "null"...)
	case providers.Text:
		return strictjson.AppendString(dst, text)
	default:
		return append(dst, text...)
	}
}
