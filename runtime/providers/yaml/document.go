package yaml

import (
	"strings"

	"github.com/secretsgen/secretsgen/internal/yamltree"
	"github.com/secretsgen/secretsgen/runtime/providers"
)

// versionsKey stands in place of the keys of a document with a history.
const versionsKey = "$versions"

// fault is something in the file that the store's form does not allow. It never
// quotes the file.
type fault struct {
	line, column int
	message      string
}

func (f *fault) Error() string { return f.message }

func faultAt(n *yamltree.Node, message string) error {
	return &fault{line: n.Line, column: n.Col, message: message}
}

// find returns the document at a location. The error is a *fault or one of
// package providers.
func find(root *yamltree.Node, at providers.Location) (providers.Document, error) {
	mount, err := child(root, at.Mount, "the file must map mounts to mappings of paths")
	if err != nil {
		return providers.Document{}, err
	}
	doc, err := child(mount, at.Path, "a mount must map paths to mappings of keys")
	if err != nil {
		return providers.Document{}, err
	}
	versions, err := child(doc, versionsKey, "a path must map keys to values, or have "+versionsKey)
	switch {
	case err != nil:
		return providers.Document{}, err
	case isNull(doc):
		return providers.Document{}, &providers.SecretNotFoundError{}
	case versions != nil && len(doc.Pairs) > 1:
		return providers.Document{}, faultAt(versions, versionsKey+" stands in place of keys: move them into a version's data")
	case versions != nil:
		return version(versions, at.Version)
	case at.Version > 1:
		return providers.Document{}, &providers.SecretNotFoundError{}
	}
	return fields(doc, 1), nil
}

// version returns one version of a document, the last one if n is 0.
func version(versions *yamltree.Node, n int) (providers.Document, error) {
	if versions.Kind != yamltree.Sequence || len(versions.Items) == 0 {
		return providers.Document{}, faultAt(versions, versionsKey+" must be a list of at least one version")
	}
	if n == 0 {
		n = len(versions.Items)
	}
	if n > len(versions.Items) {
		return providers.Document{}, &providers.SecretNotFoundError{}
	}
	const form = "a version must be {data: {...}}, {deleted: true} or {destroyed: true}"
	item := versions.Items[n-1]
	if item.Kind != yamltree.Mapping || len(item.Pairs) != 1 {
		return providers.Document{}, faultAt(item, form)
	}
	key, value := item.Pairs[0].Key, item.Pairs[0].Value
	isTrue := value.Type == yamltree.Bool && strings.EqualFold(value.Value, "true")
	switch {
	case key.Value == "data" && value.Kind == yamltree.Mapping:
		return fields(value, n), nil
	case key.Value == "deleted" && isTrue:
		return providers.Document{}, &providers.SecretVersionDeletedError{Version: n}
	case key.Value == "destroyed" && isTrue:
		return providers.Document{}, &providers.SecretVersionDestroyedError{Version: n}
	}
	return providers.Document{}, faultAt(item, form)
}

// child returns the value under key, or nil if there is none. What is null or
// nil itself has no children; anything else but a mapping is a fault.
func child(n *yamltree.Node, key, form string) (*yamltree.Node, error) {
	if isNull(n) {
		return nil, nil
	}
	if n.Kind != yamltree.Mapping {
		return nil, faultAt(n, form)
	}
	for _, pair := range n.Pairs {
		if pair.Key.Value == key {
			return pair.Value, nil
		}
	}
	return nil, nil
}

func isNull(n *yamltree.Node) bool { return n == nil || n.Type == yamltree.Null }

func fields(n *yamltree.Node, version int) providers.Document {
	values := make(map[string]providers.Value, len(n.Pairs))
	for _, pair := range n.Pairs {
		values[pair.Key.Value] = value(pair.Value)
	}
	return providers.Fields(values, providers.Metadata{Version: version})
}
