package emit

import (
	"github.com/dave/jennifer/jen"

	"github.com/secretsgen/secretsgen/gen/model"
	"github.com/secretsgen/secretsgen/gen/names"
)

// Fake writes the package that stands in for the accessors of p in tests, as the
// bytes of its secrets_gen.go, which belongs in a folder of the package's name
// below that of p. A package that none can import has no fake: then Fake returns
// nil. It is pure as [File] is, and has the same error.
func Fake(p *model.Package) ([]byte, error) {
	if !hasFake(p) {
		return nil, nil
	}
	l, err := newPlan(p)
	if err != nil {
		return nil, err
	}
	f := l.fake()
	return f.unit.render(f.decls())
}

// hasFake reports whether another package can import p.
func hasFake(p *model.Package) bool { return p.ImportPath != "" && p.Name != "main" }

// A fake is the plan of a package that stands in for another.
type fake struct {
	*plan
	unit *unit
}

func (l *plan) fake() *fake {
	f := &fake{plan: l, unit: &unit{
		pkg:        names.FakePackage(l.pkg.Name),
		constraint: l.pkg.Constraint,
		expected:   map[string]int{},
		fake:       true,
	}}
	f.unit.doc = "Package " + f.unit.pkg + " stands in for the secrets of package " + l.pkg.Name + " in tests: " +
		"what its New functions return reads the values of a struct, without a server, a policy or a setting."
	for _, source := range l.pkg.Sources {
		f.unit.sources = append(f.unit.sources, "../"+source)
	}
	for _, r := range l.roots {
		create, with := names.FakeFunctions(r.typeName)
		f.unit.expected["func "+create] = 1
		f.unit.expected["func "+with] = 1
		for _, g := range r.groups {
			f.unit.expected["type "+g.typeName] = 1
		}
	}
	f.setImports()
	return f
}

// setImports names what the fake imports: what makes it, the package that it
// stands in for, and what the types of values are from.
func (f *fake) setImports() {
	declared := map[string]bool{}
	for name := range f.unit.expected {
		declared[identifierIn(name)] = true
	}
	i := newImporter(declared)
	i.own(secretstestPath)
	for _, t := range f.types() {
		if p := pathOf(t.Kind); p != "" && t.Go == nil {
			i.own(p)
		}
	}
	i.other(f.pkg.ImportPath, f.pkg.Name, "pkg")
	i.foreign(f.types())
	f.unit.imports = i.imports
}

func (f *fake) decls() []jen.Code {
	var decls []jen.Code
	for _, r := range f.roots {
		for _, g := range r.groups {
			decls = append(decls, f.typeDecl(g))
		}
		decls = append(decls, f.new(r), f.with(r))
	}
	return decls
}

// typeDecl is the type of the values of a group.
func (f *fake) typeDecl(g *group) jen.Code {
	doc := comment(g.typeName + " are the values below " + g.path + ".")
	if g.isRoot() {
		doc = comment(g.typeName + " are the values that the accessors of a " + f.pkg.Name + "." + g.typeName + " read. " +
			"What is left out is a secret that is not there.")
	}
	var fields []jen.Code
	for _, child := range g.groups {
		fields = append(fields, jen.Id(child.goName).Id(child.typeName).Comment("// the values below "+child.path))
	}
	for _, s := range g.secrets {
		if !s.canBeNamed() {
			continue
		}
		value := jen.Qual(secretstestPath, "Value").Types(s.valueTypeFrom(f.pkg.ImportPath))
		fields = append(fields, jen.Id(s.goName).Add(value).Comment("// "+s.Accessor))
	}
	return block(doc, jen.Type().Id(g.typeName).Struct(fields...))
}

// canBeNamed reports whether another package can name the type of the secret.
func (s *secret) canBeNamed() bool {
	return s.Type.Go == nil || isExported(s.Type.Go.Name)
}

// new is the function that makes the accessors.
func (f *fake) new(r *root) jen.Code {
	create, with := names.FakeFunctions(r.typeName)
	doc := comment(create + " returns accessors that read the values of f for every caller. They are closed when the test ends.")
	client := jen.Qual(secretstestPath, "New").Call(jen.Id("tb"), jen.Id(with).Call(jen.Id("f"))).Dot("Client")
	return block(doc, jen.Func().Id(create).
		Params(jen.Id("tb").Qual(secretstestPath, "TB"), jen.Id("f").Id(r.typeName)).
		Op("*").Qual(f.pkg.ImportPath, r.typeName).
		Block(
			jen.Id("tb").Dot("Helper").Call(),
			jen.List(jen.Id("s"), jen.Err()).Op(":=").Qual(f.pkg.ImportPath, r.newName).Call(client),
			jen.If(failed()).Block(jen.Id("tb").Dot("Fatalf").Call(jen.Lit(f.unit.pkg+": %v"), jen.Err())),
			jen.Return(jen.Id("s")),
		))
}

// with is the function that has a kit read the values.
func (f *fake) with(r *root) jen.Code {
	_, with := names.FakeFunctions(r.typeName)
	doc := comment(with + " has the client of a secretstest.Kit read the values of f, for tests that deny, count or look at the audit trail.")
	args := []jen.Code{jen.Qual(f.pkg.ImportPath, r.declarationsName).Call()}
	for _, s := range r.secrets {
		if s.canBeNamed() {
			args = append(args, jen.Qual(secretstestPath, "For").Call(jen.Lit(s.Accessor), s.reached(jen.Id("f"))))
		}
	}
	return block(doc, jen.Func().Id(with).
		Params(jen.Id("f").Id(r.typeName)).
		Qual(secretstestPath, "Option").
		Block(jen.Return(jen.Qual(secretstestPath, "WithFake").
			Custom(jen.Options{Open: "(", Close: ")", Separator: ",", Multi: true}, args...))))
}

// reached is the secret's field, from its root.
func (s *secret) reached(from *jen.Statement) *jen.Statement {
	for _, name := range s.Path {
		from = from.Dot(name.Go)
	}
	return from
}
