package readtags

import (
	"fmt"
	"go/ast"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/secretsgen/secretsgen/gen/diag"
)

// A candidate is a named struct that may be a declaration, or a part of one.
type candidate struct {
	*declaredType
	// tagged says that it has a secret tag that is not the #key of a document's
	// field, and whole that one of them has "://". Those of its groups count.
	tagged, whole bool
	uses          []*candidate // structs of its fields
	groups        []*candidate // those of them whose fields are its own
	inner         []*candidate // those whose group it is
}

// declares says whether there is a reference for generated code in it. An
// exported struct, or one that can't be a declaration, needs a whole one: other
// libraries have a secret tag, too.
func (c *candidate) declares() bool {
	return c.whole || c.tagged && !ast.IsExported(c.name())
}

// candidatesOf looks at every struct of a package.
func candidatesOf(s *scope) map[*declaredType]*candidate {
	all := map[*declaredType]*candidate{}
	for _, t := range s.types {
		if t.structType != nil {
			all[t] = &candidate{declaredType: t}
		}
	}
	for _, t := range s.types {
		if c := all[t]; c != nil {
			c.look(s, all, t.file, t.structType)
		}
	}
	for _, t := range s.types {
		if c := all[t]; c != nil {
			c.spread()
		}
	}
	return all
}

// look reads the tags of a struct, and of anonymous ones inside of it.
func (c *candidate) look(s *scope, all map[*declaredType]*candidate, f *file, typ *ast.StructType) {
	for _, field := range typ.Fields.List {
		secret, tagged, whole := f.reference(field)
		c.tagged = c.tagged || tagged
		c.whole = c.whole || whole
		at, pointer := s.pointed(site{f, field.Type})
		switch in := s.structure(at); {
		case in == nil:
		case in.named == nil:
			c.look(s, all, in.file, in.typ)
		default:
			used := all[in.named]
			c.uses = append(c.uses, used)
			if !secret && !pointer {
				c.groups = append(c.groups, used)
				used.inner = append(used.inner, c)
			}
		}
	}
}

// reference says whether a field has a secret tag, one that is not a #key, and a
// whole reference in it. A tag that can't be split counts by its text, so that it
// is reported.
func (f *file) reference(field *ast.Field) (secret, tagged, whole bool) {
	if field.Tag == nil {
		return false, false, false
	}
	t := f.tag(field)
	pairs, fault := t.pairs()
	text := ""
	for _, p := range pairs {
		if p.key == keySecret {
			text, secret, tagged = p.value, true, !strings.HasPrefix(p.value, "#")
		}
	}
	if fault != nil && !tagged {
		text, tagged = t.text, strings.Contains(t.text, keySecret+":")
	}
	return secret || tagged, tagged, tagged && strings.Contains(text, "://")
}

// spread tells those whose group c is, and theirs, of its references.
func (c *candidate) spread() {
	for next := []*candidate{c}; len(next) > 0; {
		last := next[len(next)-1]
		next = next[:len(next)-1]
		for _, outer := range last.inner {
			if last.tagged && !outer.tagged || last.whole && !outer.whole {
				outer.tagged = outer.tagged || last.tagged
				outer.whole = outer.whole || last.whole
				next = append(next, outer)
			}
		}
	}
}

// declarations returns the structs that are declarations, in order of their
// places: those that declare and are no part of another that does. Of structs
// that are parts of each other it is the first.
func declarations(s *scope, all map[*declaredType]*candidate, diags *diag.List) []*declaredType {
	var declaring []*candidate
	part := map[*candidate]bool{}
	for _, t := range s.types {
		c := all[t]
		if c == nil || !c.tagged {
			continue
		}
		if c.declares() {
			declaring = append(declaring, c)
		}
		for _, used := range c.uses {
			part[used] = part[used] || used != c
		}
	}
	slices.SortStableFunc(declaring, func(a, b *candidate) int { return a.pos().Compare(b.pos()) })

	var found []*declaredType
	seen := map[*candidate]bool{}
	for _, parts := range []bool{false, true} {
		for _, c := range declaring {
			if seen[c] || part[c] != parts {
				continue
			}
			c.mark(seen)
			if c.sound(diags) {
				found = append(found, c.declaredType)
			}
		}
	}
	slices.SortStableFunc(found, func(a, b *declaredType) int { return a.pos().Compare(b.pos()) })
	return differing(found, diags)
}

// mark adds c and all its parts to seen.
func (c *candidate) mark(seen map[*candidate]bool) {
	seen[c] = true
	for next := []*candidate{c}; len(next) > 0; {
		last := next[len(next)-1]
		next = next[:len(next)-1]
		for _, used := range last.uses {
			if !seen[used] {
				seen[used] = true
				next = append(next, used)
			}
		}
	}
}

// sound reports a struct that declares and can't be a declaration.
func (c *candidate) sound(diags *diag.List) bool {
	switch {
	case ast.IsExported(c.name()):
		diags.Add(diag.Diagnostic{
			Pos:     c.pos(),
			Code:    diag.InvalidName,
			Message: fmt.Sprintf("the declaration %s is exported, but that name is for what is generated from it", c.name()),
			Hint:    "start its name with a lower-case letter",
		})
		return false
	case c.alias() || c.generic():
		diags.Add(diag.Diagnostic{
			Pos:     c.pos(),
			Code:    diag.InvalidValue,
			Message: fmt.Sprintf("the declaration %s is an alias or has type parameters", c.name()),
			Hint:    fmt.Sprintf("write: type %s struct { … }", c.name()),
		})
		return false
	}
	return true
}

// differing reports declarations of one generated name, and leaves them out but
// for the first.
func differing(found []*declaredType, diags *diag.List) []*declaredType {
	first := map[string]*declaredType{}
	return slices.DeleteFunc(found, func(t *declaredType) bool {
		name := rootName(t.name())
		other := first[name]
		if other == nil {
			first[name] = t
			return false
		}
		diags.Add(diag.Diagnostic{
			Pos:     t.pos(),
			Code:    diag.DuplicateName,
			Message: fmt.Sprintf("the declarations %s and %s have one generated name, %s", other.name(), t.name(), name),
			Hint:    "rename one",
			Related: []diag.Related{{Pos: other.pos(), Message: "the first one"}},
		})
		return true
	})
}

// rootName is the exported spelling of the declaration's name.
func rootName(name string) string {
	first, size := utf8.DecodeRuneInString(name)
	return string(unicode.ToUpper(first)) + name[size:]
}
