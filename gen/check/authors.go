package check

import (
	"github.com/secretsgen/secretsgen/gen/diag"
	"github.com/secretsgen/secretsgen/gen/names"
)

// authors finds identifiers that the package declares itself, as far as they are
// known, and that keep generated code from compiling.
func (c *checker) authors() {
	judged := map[string]bool{}
	judge := func(name string, o occupant, imported bool) {
		if !judged[name] {
			judged[name] = true
			c.author(name, o, imported)
		}
	}
	if s := c.pkg.Struct; s != nil {
		judge(s.Name, occupant{what: "the tagged struct", pos: s.Pos, role: declared}, names.IsImport(s.Name))
	}
	for _, s := range c.pkg.Secrets {
		switch {
		case s.GoType == "":
		case !isASCII(s.GoType):
			c.diags.Add(diag.Diagnostic{
				Pos:     s.Type.Pos,
				Code:    diag.InvalidName,
				Message: "the name of this type has letters that generated code never has",
				Hint:    "use ASCII letters, digits and _",
			})
		default:
			o := occupant{what: "the type " + clip(s.GoType), pos: s.Type.Pos, role: declared}
			if s.GoType == "f" || s.GoType == "doc" {
				c.collide(o, occupant{what: "a variable of the function that decodes it"}, s.GoType)
			}
			judge(s.GoType, o, names.IsImport(s.GoType))
		}
	}
	for _, d := range c.pkg.Declared {
		judge(d.Name, occupant{what: "the identifier " + clip(d.Name), pos: d.Pos, role: declared}, isImported(d.Name))
	}
}

// author judges an identifier of the author's, which must not be one of those
// that generated code declares, imports or expects of Go.
func (c *checker) author(name string, o occupant, imported bool) {
	if imported {
		c.collide(o, occupant{what: "a package that generated code imports"}, name)
	}
	if isPredeclared(name) {
		c.collide(o, occupant{what: "an identifier of Go's own that generated code needs"}, name)
	}
	if taken, ok := c.types[name]; ok {
		c.collide(o, taken, name)
	}
}

// isImported reports whether every generated file imports a package under name.
// What only some import, env and file above all, is a usual name of a function.
func isImported(name string) bool {
	switch name {
	case "context", "errors", "runtime", "decode":
		return true
	}
	return false
}

// isPredeclared reports whether generated code uses name as Go declares it.
func isPredeclared(name string) bool {
	switch name {
	case "string", "byte", "int", "bool", "error", "nil", "append":
		return true
	}
	return false
}
