package emit

import "github.com/dave/jennifer/jen"

// valuesDecl is the type of the values of a group, read at once.
func (g *group) valuesDecl() jen.Code {
	doc := comment(g.values + " are the values below " + g.path + ".")
	if g.isRoot() {
		doc = comment(g.values + " is what Load returns: every secret, read once.")
	}
	var fields []jen.Code
	for _, child := range g.groups {
		fields = append(fields, jen.Id(child.goName).Id(child.values).Comment("// the values below "+child.path))
	}
	for _, s := range g.secrets {
		fields = append(fields, jen.Id(s.goName).Add(inRuntime("Secret").Types(s.valueType())).Comment("// "+s.Accessor))
	}
	return block(doc, jen.Type().Id(g.values).Struct(fields...))
}

// load is the method that reads every declaration.
func (r *root) load() jen.Code {
	doc := comment("Load reads every secret: one batch authorization, and each document once.")
	return block(doc, r.method("Load").Params(ctxParam()).
		Params(jen.Op("*").Id(r.values), jen.Error()).
		Block(
			jen.List(jen.Id("loaded"), jen.Err()).Op(":=").
				Id("s").Dot("set").Dot("Load").Call(jen.Id("ctx")),
			returnIfErr(),
			jen.Id("v").Op(":=").Op("&").Add(r.taken(jen.Id("s"))),
			returnIfErr(jen.Err().Op(":=").Id("loaded").Dot("Err").Call()),
			jen.Return(jen.Id("v"), jen.Nil()),
		))
}

// taken is the literal that takes every value of the group, which is reached by
// from, out of what was loaded.
func (g *group) taken(from *jen.Statement) *jen.Statement {
	var fields []jen.Code
	for _, child := range g.groups {
		fields = append(fields, keyed(child.goName, child.taken(from.Clone().Dot(child.goName))))
	}
	for _, s := range g.secrets {
		take := inRuntime("Take").Call(jen.Id("loaded"), from.Clone().Dot(s.handle))
		fields = append(fields, keyed(s.goName, take))
	}
	return jen.Id(g.values).Add(literal(fields...))
}
