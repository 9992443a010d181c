package emit

import "github.com/dave/jennifer/jen"

// handshake makes a mismatch of generator and runtime a compile error with an
// explanation.
func handshake() jen.Code {
	doc := comment("This file needs a runtime of the same generation. If the next line does not compile, " +
		`bring the secretsgen command and the runtime module to one version and run "go generate" again.`)
	return block(doc, jen.Const().Id("_").Op("=").Add(inRuntime("Generation1")))
}

// open is the function that makes a client from settings. It closes a client that
// nothing can be bound to, because nobody else has it.
func (r *root) open() jen.Code {
	doc := comment(r.openName + " makes a client from cfg and the providers that the declarations name, " +
		"and binds the declarations to it. It reads no secret and opens no connection. " +
		"A *runtime.ConfigError lists everything that is missing or malformed in cfg.")
	extensions := []jen.Code{inRuntime("Declared").Call(jen.Id(r.declarationsName).Call())}
	for _, p := range r.providers {
		extensions = append(extensions, jen.Qual(p.path, "Provider").Call())
	}
	all := jen.Append(jen.Index().Add(inRuntime("Extension")).Add(literal(extensions...)), jen.Id("ext").Op("..."))
	return block(doc, jen.Func().Id(r.openName).
		Params(ctxParam(), jen.Id("cfg").Add(inRuntime("Config")), jen.Id("ext").Op("...").Add(inRuntime("Extension"))).
		Params(jen.Op("*").Id(r.typeName), jen.Error()).
		Block(
			jen.List(jen.Id("client"), jen.Err()).Op(":=").Add(inRuntime("New")).
				Call(jen.Id("ctx"), jen.Id("cfg"), all.Op("...")),
			returnIfErr(),
			jen.List(jen.Id("s"), jen.Err()).Op(":=").Id(r.newName).Call(jen.Id("client")),
			jen.If(failed()).Block(jen.Return(jen.Nil(),
				jen.Qual(errorsPath, "Join").Call(jen.Err(), jen.Id("client").Dot("Close").Call(jen.Id("ctx"))))),
			jen.Return(jen.Id("s"), jen.Nil()),
		))
}

// new is the function that binds the declarations to a client.
func (r *root) new() jen.Code {
	doc := comment(r.newName + " binds the declarations to client. It reads no secret.")
	return block(doc, jen.Func().Id(r.newName).
		Params(jen.Id("client").Op("*").Add(inRuntime("Client"))).
		Params(jen.Op("*").Id(r.typeName), jen.Error()).
		Block(
			jen.Id("set").Op(":=").Add(inRuntime("NewSet")).
				Call(jen.Id("client"), jen.Id(r.declarationsName).Call()),
			jen.Id("s").Op(":=").Op("&").Add(r.bound()),
			returnIfErr(jen.Err().Op(":=").Id("set").Dot("Err").Call()),
			jen.Return(jen.Id("s"), jen.Nil()),
		))
}

// preflight is the method that asks about every declaration.
func (r *root) preflight() jen.Code {
	doc := comment("Preflight asks the PDP about every secret at once, without reading any.")
	return block(doc, r.method("Preflight").Params(ctxParam()).Error().
		Add(oneLine(jen.Return(jen.Id("s").Dot("set").Dot("Preflight").Call(jen.Id("ctx"))))))
}

// close is the method that closes the client.
func (r *root) close() jen.Code {
	doc := comment("Close flushes the audit trail and closes the client, also one that was passed to " +
		r.newName + ".")
	return block(doc, r.method("Close").Params(ctxParam()).Error().
		Add(oneLine(jen.Return(jen.Id("s").Dot("set").Dot("Close").Call(jen.Id("ctx"))))))
}

// declarations is the function that lists what the package declares.
func (r *root) declarations(pkg string) jen.Code {
	doc := comment(r.declarationsName + " lists what package " + pkg + " declares, in the order of its source.")
	elements := make([]jen.Code, len(r.secrets))
	for i, s := range r.secrets {
		elements[i] = jen.Values(s.declaration()...)
	}
	result := jen.Index().Add(inRuntime("Declaration"))
	return block(doc, jen.Func().Id(r.declarationsName).Params().Add(result).
		Block(jen.Return(result.Clone().Add(literal(elements...)))))
}

// declaration are the elements of a secret's runtime.Declaration.
func (s *secret) declaration() []jen.Code {
	elements := []jen.Code{
		keyed("Accessor", jen.Lit(s.Accessor)),
		keyed("URI", jen.Lit(s.URI.String())),
	}
	if len(s.Profiles) > 0 {
		profiles := make([]jen.Code, len(s.Profiles))
		for i, p := range s.Profiles {
			profiles[i] = jen.Lit(p.Name).Op(":").Lit(p.URI.String())
		}
		elements = append(elements, keyed("Profiles", jen.Map(jen.String()).String().Values(profiles...)))
	}
	if s.Cache != nil {
		elements = append(elements, keyed("Cache", goLiteral(s.Cache.Value)))
	}
	if s.ResponseWrap != nil {
		elements = append(elements, keyed("ResponseWrap", goLiteral(s.ResponseWrap.Value)))
	}
	return elements
}
