package emit

import "github.com/dave/jennifer/jen"

// generatesType reports whether the struct type of a document is ours to write.
func (s *secret) generatesType() bool { return s.isDocument() && s.GoType == "" }

// typeDecl is the struct type of a document.
func (s *secret) typeDecl() jen.Code {
	doc := comment(s.typeName + " is the value of " + s.Accessor + ". It redacts itself when printed.")
	fields := []jen.Code{inRuntime("Redacted"), jen.Empty()}
	for _, f := range s.Fields {
		name := s.fieldName(f)
		if !isBlank(f.Description) {
			fields = append(fields, about(name+" is the key "+f.Key, f.Description))
		}
		fields = append(fields, jen.Id(name).Add(goType(f.Type)))
	}
	return block(doc, jen.Type().Id(s.typeName).Struct(fields...))
}

// decodeFunc is the function that fills the struct type of a document.
func (s *secret) decodeFunc() jen.Code {
	fields := make([]jen.Code, len(s.Fields))
	for i, f := range s.Fields {
		field := jen.Qual(decodePath, "Field").
			Call(jen.Id("f"), jen.Lit(f.Key), jen.Qual(decodePath, decoder(f.Type)))
		fields[i] = keyed(s.fieldName(f), field)
	}
	return block(jen.Func().Id(s.decode).
		Params(jen.Id("doc").Qual(decodePath, "Document")).
		Params(jen.Id(s.typeName), jen.Error()).
		Block(
			jen.Id("f").Op(":=").Qual(decodePath, "FieldsOf").Call(jen.Id("doc")),
			jen.Id("v").Op(":=").Id(s.typeName).Add(literal(fields...)),
			jen.Return(jen.Id("v"), jen.Id("f").Dot("Err").Call()),
		))
}
