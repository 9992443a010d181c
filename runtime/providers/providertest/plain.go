package providertest

import "github.com/secretsgen/secretsgen/runtime/providers"

// document is a document that does not redact itself, to be compared.
type document struct {
	Scalar   bool
	Values   map[string]value // under "" for a scalar
	Metadata providers.Metadata
}

type value struct {
	Kind  providers.Kind
	Bytes string
}

func plain(d providers.Document) document {
	p := document{Values: map[string]value{}, Metadata: plainMetadata(d.Metadata())}
	scalar, ok := d.Scalar()
	if ok {
		p.Scalar = true
		p.Values[""] = value{scalar.Kind(), string(scalar.Bytes())}
	}
	fields, _ := d.Fields()
	for key, v := range fields {
		p.Values[key] = value{v.Kind(), string(v.Bytes())}
	}
	return p
}

// plainMetadata has nil for custom metadata that is empty.
func plainMetadata(m providers.Metadata) providers.Metadata {
	if len(m.Custom) == 0 {
		m.Custom = nil
	}
	return m
}
