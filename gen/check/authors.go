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
	for _, root := range c.pkg.Roots {
		if s := root.Struct; s != nil {
			judge(s.Name, occupant{what: "the tagged struct", pos: s.Pos, role: declared}, names.IsImport(s.Name))
		}
	}
	for _, t := range c.types() {
		if t.Go == nil || t.Go.Path != "" {
			continue
		}
		name := t.Go.Name
		if !isASCII(name) {
			c.diags.Add(diag.Diagnostic{
				Pos:     t.Go.Pos,
				Code:    diag.InvalidName,
				Message: "the name of this type has letters that generated code never has",
				Hint:    "use ASCII letters, digits and _",
			})
			continue
		}
		o := occupant{what: "the type " + clip(name), pos: t.Go.Pos, role: declared}
		if names.IsVariable(name) {
			c.collide(o, occupant{what: "a variable of the function that decodes it"}, name)
		}
		judge(name, o, names.IsImport(name))
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
	if taken, ok := c.declared[name]; ok {
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
	case "string", "byte", "int", "uint", "float64", "bool", "error", "nil", "true", "false", "append":
		return true
	}
	return false
}
