package emit

import "github.com/dave/jennifer/jen"

// handshake makes a mismatch of generator and runtime a compile error with an
// explanation.
func (l *plan) handshake() jen.Code {
	doc := comment("This file needs a runtime of the same generation. If the next line does not compile, " +
		`bring the secretsgen command and the runtime module to one version and run "go generate" again.`)
	return block(doc, jen.Const().Id("_").Op("=").Add(inRuntime("Generation1")))
}

// open is the function that makes a client from settings. It closes a client that
// nothing can be bound to, because nobody else has it.
func (l *plan) open() jen.Code {
	doc := comment(l.openName + " makes a client from cfg and the providers that the declarations name, " +
		"and binds the declarations to it. It reads no secret and opens no connection. " +
		"A *runtime.ConfigError lists everything that is missing or malformed in cfg.")
	extensions := []jen.Code{inRuntime("Declared").Call(jen.Id(l.declarationsName).Call())}
	for _, p := range l.providers {
		extensions = append(extensions, jen.Qual(p.path, "Provider").Call())
	}
	all := jen.Append(jen.Index().Add(inRuntime("Extension")).Add(literal(extensions...)), jen.Id("ext").Op("..."))
	return block(doc, jen.Func().Id(l.openName).
		Params(ctxParam(), jen.Id("cfg").Add(inRuntime("Config")), jen.Id("ext").Op("...").Add(inRuntime("Extension"))).
		Params(jen.Op("*").Id(l.root.typeName), jen.Error()).
		Block(
			jen.List(jen.Id("client"), jen.Err()).Op(":=").Add(inRuntime("New")).
				Call(jen.Id("ctx"), jen.Id("cfg"), all.Op("...")),
			returnIfErr(),
			jen.List(jen.Id("s"), jen.Err()).Op(":=").Id(l.newName).Call(jen.Id("client")),
			jen.If(failed()).Block(jen.Return(jen.Nil(),
				jen.Qual(errorsPath, "Join").Call(jen.Err(), jen.Id("client").Dot("Close").Call(jen.Id("ctx"))))),
			jen.Return(jen.Id("s"), jen.Nil()),
		))
}

// new is the function that binds the declarations to a client.
func (l *plan) new() jen.Code {
	doc := comment(l.newName + " binds the declarations to client. It reads no secret.")
	return block(doc, jen.Func().Id(l.newName).
		Params(jen.Id("client").Op("*").Add(inRuntime("Client"))).
		Params(jen.Op("*").Id(l.root.typeName), jen.Error()).
		Block(
			jen.Id("set").Op(":=").Add(inRuntime("NewSet")).
				Call(jen.Id("client"), jen.Id(l.declarationsName).Call()),
			jen.Id("s").Op(":=").Op("&").Add(l.root.bound()),
			returnIfErr(jen.Err().Op(":=").Id("set").Dot("Err").Call()),
			jen.Return(jen.Id("s"), jen.Nil()),
		))
}

// preflight is the method that asks about every declaration.
func (l *plan) preflight() jen.Code {
	doc := comment("Preflight asks the PDP about every secret at once, without reading any.")
	return block(doc, l.root.method("Preflight").Params(ctxParam()).Error().
		Add(oneLine(jen.Return(jen.Id("s").Dot("set").Dot("Preflight").Call(jen.Id("ctx"))))))
}

// close is the method that closes the client.
func (l *plan) close() jen.Code {
	doc := comment("Close flushes the audit trail and closes the client, also one that was passed to " +
		l.newName + ".")
	return block(doc, l.root.method("Close").Params(ctxParam()).Error().
		Add(oneLine(jen.Return(jen.Id("s").Dot("set").Dot("Close").Call(jen.Id("ctx"))))))
}

// declarations is the function that lists what the package declares.
func (l *plan) declarations() jen.Code {
	doc := comment(l.declarationsName + " lists what package " + l.pkg.Name + " declares, in the order of its source.")
	elements := make([]jen.Code, len(l.secrets))
	for i, s := range l.secrets {
		elements[i] = jen.Values(
			jen.Id("Accessor").Op(":").Lit(s.Accessor),
			jen.Id("URI").Op(":").Lit(s.URI.String()),
		)
	}
	result := jen.Index().Add(inRuntime("Declaration"))
	return block(doc, jen.Func().Id(l.declarationsName).Params().Add(result).
		Block(jen.Return(result.Clone().Add(literal(elements...)))))
}
