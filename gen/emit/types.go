package emit

import (
	"cmp"

	"github.com/dave/jennifer/jen"

	"github.com/secretsgen/secretsgen/gen/model"
)

// scalarType is the Go type of a kind, and its decoder in runtime/decode: that of
// raw bytes, and for kinds whose decoder takes arguments the one that does. The
// kinds that depend on more than their name have none.
func scalarType(k model.Kind) (goType *jen.Statement, decoder string) {
	switch k {
	case model.String:
		return jen.String(), "String"
	case model.Bytes:
		return jen.Index().Byte(), "Bytes"
	case model.Int:
		return jen.Int(), "Int"
	case model.Uint:
		return jen.Uint(), "Uint"
	case model.Float:
		return jen.Float64(), "Float"
	case model.Bool:
		return jen.Bool(), "Bool"
	case model.Duration:
		return jen.Qual(timePath, "Duration"), "Duration"
	case model.Time:
		return jen.Qual(timePath, "Time"), "Time"
	case model.URL:
		return jen.Qual(urlPath, "URL"), "URL"
	case model.JSON:
		return jen.Qual(jsonPath, "RawMessage"), "JSON"
	case model.Map:
		return jen.Map(jen.String()).String(), "Map"
	case model.Certificates:
		return jen.Index().Op("*").Qual(x509Path, "Certificate"), "Certificates"
	case model.TLSKeyPair:
		return jen.Qual(tlsPath, "Certificate"), "TLSKeyPair"
	case model.PrivateKey:
		return jen.Qual(cryptoPath, "Signer"), "PrivateKey"
	case model.Document, model.Named:
	}
	return nil, ""
}

// pathOf is the package that the Go type of a kind is from, or empty.
func pathOf(k model.Kind) string {
	switch k {
	case model.Duration, model.Time:
		return timePath
	case model.URL:
		return urlPath
	case model.JSON:
		return jsonPath
	case model.Certificates:
		return x509Path
	case model.TLSKeyPair:
		return tlsPath
	case model.PrivateKey:
		return cryptoPath
	default:
		return ""
	}
}

// judgeType refuses a type that is none, or whose literals check has not read.
func judgeType(t model.Type) error {
	if bare, _ := scalarType(t.Kind); bare == nil && t.Kind != model.Named {
		return fault(0, "a declaration has a type that is not known")
	}
	if t.Kind == model.Named && (t.Go == nil || t.Go.Reads == "") {
		return fault(0, "a declaration has a Go type that does not read itself")
	}
	if t.Go != nil && !isIdentifier(t.Go.Name) {
		return fault(0, "a declaration has a Go type that is not an identifier")
	}
	if bytesDecoder(t.Encoding) == "" {
		return fault(0, "a declaration has an encoding that is not known")
	}
	l := t.Limits
	for _, literal := range append([]*model.Literal{t.Default, l.Min, l.Max, l.MinLength, l.MaxLength, l.Pattern}, l.OneOf...) {
		if literal != nil && literal.Value == nil {
			return fault(0, "a declaration has a value that has not been checked")
		}
	}
	return nil
}

// bareType is the Go type of a value that is there. A type of the declaring
// package is reached by home, its path, which is empty in the package itself.
func bareType(t model.Type, home string) *jen.Statement {
	if t.Go != nil {
		return jen.Qual(cmp.Or(t.Go.Path, home), t.Go.Name)
	}
	goType, _ := scalarType(t.Kind)
	return goType
}

// goType is the Go type of a scalar: a pointer where nothing is a value too.
func goType(t model.Type) *jen.Statement { return pointed(t, bareType(t, "")) }

func pointed(t model.Type, bare *jen.Statement) *jen.Statement {
	if t.Pointer() {
		return jen.Op("*").Add(bare)
	}
	return bare
}

// valueType is the T of a declaration's Secret[T].
func (s *secret) valueType() *jen.Statement { return s.valueTypeFrom("") }

// valueTypeFrom is the same in another package, which reaches the declaring one
// by home.
func (s *secret) valueTypeFrom(home string) *jen.Statement {
	if s.isDocument() {
		return pointed(s.Type, jen.Qual(home, s.typeName))
	}
	return pointed(s.Type, bareType(s.Type, home))
}
