package emit

import "github.com/dave/jennifer/jen"

// typeDecl is the type whose methods are the accessors of a group.
func (g *group) typeDecl(pkg string) jen.Code {
	doc := comment(g.typeName + " reads the secrets below " + g.path + ".")
	if g.isRoot() {
		doc = comment(g.typeName + " reads the secrets that package " + pkg + " declares. It is safe for concurrent use.")
	}
	var fields []jen.Code
	for _, child := range g.groups {
		fields = append(fields,
			comment(child.goName+" holds the secrets below "+child.path+"."),
			jen.Id(child.goName).Id(child.typeName))
	}
	if len(fields) > 0 {
		fields = append(fields, jen.Empty())
	}
	for _, s := range g.secrets {
		fields = append(fields, jen.Id(s.handle).Add(inRuntime("Handle").Types(s.valueType())))
	}
	if g.isRoot() {
		fields = append(fields, jen.Id("set").Op("*").Add(inRuntime("Set")))
	}
	return block(doc, jen.Type().Id(g.typeName).Struct(fields...))
}

// bound is the literal that binds every declaration of the group.
func (g *group) bound() *jen.Statement {
	var fields []jen.Code
	for _, child := range g.groups {
		fields = append(fields, keyed(child.goName, child.bound()))
	}
	for _, s := range g.secrets {
		bind := inRuntime("Bind").Call(jen.Id("set"), jen.Lit(s.Accessor), s.decoder())
		fields = append(fields, keyed(s.handle, bind))
	}
	if g.isRoot() {
		fields = append(fields, keyed("set", jen.Id("set")))
	}
	return jen.Id(g.typeName).Add(literal(fields...))
}

// accessor is the method that reads one declaration.
func (s *secret) accessor() jen.Code {
	doc := about(s.goName+" reads "+s.Accessor, s.Description)
	return block(doc, s.group.method(s.goName).
		Params(ctxParam()).
		Params(inRuntime("Secret").Types(s.valueType()), jen.Error()).
		Block(jen.Return(jen.Id(s.group.receiver).Dot(s.handle).Dot("Read").Call(jen.Id("ctx")))))
}
