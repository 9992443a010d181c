package emit

import (
	"github.com/dave/jennifer/jen"

	"github.com/secretsgen/secretsgen/gen/model"
)

// goType is the Go type of a scalar, or nil for any other kind.
func goType(t model.Type) *jen.Statement {
	switch t.Kind {
	case model.String:
		return jen.String()
	case model.Bytes:
		return jen.Index().Byte()
	case model.Int:
		return jen.Int()
	case model.Bool:
		return jen.Bool()
	case model.Duration:
		return jen.Qual(timePath, "Duration")
	case model.JSON:
		return jen.Qual(jsonPath, "RawMessage")
	case model.Document:
	}
	return nil
}

// decoder is the name of a scalar's decoder in runtime/decode, or empty for any
// other kind.
func decoder(t model.Type) string {
	switch t.Kind {
	case model.String:
		return "String"
	case model.Bytes:
		return bytesDecoder(t.Encoding)
	case model.Int:
		return "Int"
	case model.Bool:
		return "Bool"
	case model.Duration:
		return "Duration"
	case model.JSON:
		return "JSON"
	case model.Document:
	}
	return ""
}

func bytesDecoder(e model.Encoding) string {
	switch e {
	case "", model.Raw:
		return "Bytes"
	case model.Base64:
		return "Base64"
	case model.Base64URL:
		return "Base64URL"
	case model.Hex:
		return "Hex"
	}
	return ""
}

// valueType is the T of a declaration's Secret[T].
func (s *secret) valueType() *jen.Statement {
	if s.isDocument() {
		return jen.Id(s.typeName)
	}
	return goType(s.Type)
}

// decoder is the function that makes the T of a document.
func (s *secret) decoder() *jen.Statement {
	if s.isDocument() {
		return jen.Id(s.decode)
	}
	return jen.Qual(decodePath, decoder(s.Type))
}
