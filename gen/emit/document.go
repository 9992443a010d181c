package emit

import "github.com/dave/jennifer/jen"

// generatesType reports whether the struct type of a document is ours to write.
func (s *secret) generatesType() bool { return s.isDocument() && s.Type.Go == nil }

// typeDecl is the struct type of a document.
func (s *secret) typeDecl() jen.Code {
	doc := comment(s.typeName + " is the value of " + s.Accessor + ". It redacts itself when printed.")
	fields := []jen.Code{inRuntime("Redacted"), jen.Empty()}
	for _, f := range s.Fields {
		name := s.fieldName(f)
		field := jen.Id(name).Add(goType(f.Type))
		if isBlank(f.Description) {
			field.Comment("// the key " + f.Key)
		} else {
			fields = append(fields, about(name+" is the key "+f.Key, f.Description))
		}
		fields = append(fields, field)
	}
	return block(doc, jen.Type().Id(s.typeName).Struct(fields...))
}

// decodeFunc is the function that fills the struct type of a document.
func (s *secret) decodeFunc() jen.Code {
	fields := make([]jen.Code, len(s.Fields))
	for i, f := range s.Fields {
		var pattern jen.Code
		if f.Type.Limits.Pattern != nil {
			pattern = jen.Id(s.patternName(f))
		}
		field := inDecode("Field").Call(jen.Id("f"), jen.Lit(f.Key), decoderOf(f.Type, pattern))
		fields[i] = keyed(s.fieldName(f), field)
	}
	return block(jen.Func().Id(s.decode).
		Params(jen.Id("doc").Add(inDecode("Document"))).
		Params(jen.Id(s.typeName), jen.Error()).
		Block(
			jen.Id("f").Op(":=").Add(inDecode("FieldsOf")).Call(jen.Id("doc")),
			jen.Id("v").Op(":=").Id(s.typeName).Add(literal(fields...)),
			jen.Return(jen.Id("v"), jen.Id("f").Dot("Err").Call()),
		))
}

// patterns are the variables that hold the patterns of documents' fields: a
// document's decoder is a function, which would make them anew for each value.
func (r *root) patterns() []jen.Code {
	var lines []jen.Code
	for _, s := range r.documents {
		for _, f := range s.Fields {
			if rule := patternRule(f.Type); rule != nil {
				lines = append(lines, jen.Id(s.patternName(f)).Op("=").Add(rule))
			}
		}
	}
	switch len(lines) {
	case 0:
		return nil
	case 1:
		return []jen.Code{block(comment("The pattern of a field. It is compiled when it is first used."), jen.Var().Add(lines...))}
	}
	return []jen.Code{block(comment("The patterns of fields. Each is compiled when it is first used."), jen.Var().Defs(lines...))}
}
