package emit

import "github.com/dave/jennifer/jen"

// block is a declaration and its doc comment, with an empty line before. Lines
// begin where they begin in the end: formatting leaves the markup of an indented
// doc comment alone and would change it when it ran again.
func block(lines ...jen.Code) jen.Code {
	return jen.Custom(jen.Options{Multi: true}, append([]jen.Code{jen.Empty()}, lines...)...)
}

// literal is a composite literal, or the braces of one, with a line an element.
func literal(elements ...jen.Code) *jen.Statement {
	return jen.Custom(jen.Options{Open: "{", Close: "}", Separator: ",", Multi: true}, elements...)
}

// oneLine is the body of a function that is short enough for one line.
func oneLine(statement jen.Code) *jen.Statement {
	return jen.Custom(jen.Options{Open: "{", Close: "}"}, statement)
}

// keyed is one element of a literal.
func keyed(key string, value jen.Code) jen.Code { return jen.Id(key).Op(":").Add(value) }

func inRuntime(name string) *jen.Statement { return jen.Qual(runtimePath, name) }

func ctxParam() jen.Code { return jen.Id("ctx").Qual(contextPath, "Context") }

// returnIfErr is "if err != nil { return nil, err }", with init before the
// condition where it isn't nil.
func returnIfErr(init ...jen.Code) jen.Code {
	return jen.If(append(init, failed())...).Block(jen.Return(jen.Nil(), jen.Err()))
}

func failed() *jen.Statement { return jen.Err().Op("!=").Nil() }

// method is the head of a method of the group.
func (g *group) method(name string) *jen.Statement {
	receiver := jen.Id(g.receiver)
	if g.isRoot() {
		receiver.Op("*")
	}
	return jen.Func().Params(receiver.Id(g.typeName)).Id(name)
}
