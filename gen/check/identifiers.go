package check

import (
	"strings"

	"github.com/secretsgen/secretsgen/gen/model"
	"github.com/secretsgen/secretsgen/gen/names"
)

// identifiers finds generated identifiers at package level that would be declared
// twice. All of them are listed here; authors compares them with the author's.
func (c *checker) identifiers() {
	c.roots()
	groups := map[string]bool{}
	types := map[string]bool{}
	c.walk(func(s *model.Secret, i int, within string) {
		name := s.Path[i]
		o := occupant{words: s.Path[:i+1], pos: name.Pos, path: within + "/" + name.Go}
		switch last := i == len(s.Path)-1; {
		case last && s.Type.Kind == model.Document && s.Type.Go == nil:
			c.document(s, o)
		case last && s.Type.Kind == model.Document && !types[s.Type.Go.Name]:
			types[s.Type.Go.Name] = true
			c.ownDocument(s)
		case !last && !groups[o.path]:
			groups[o.path] = true
			c.group(o)
		}
	})
}

// roots declares what is generated for the roots, whatever they hold.
func (c *checker) roots() {
	for _, root := range c.pkg.Roots {
		c.declare(root.Name, occupant{what: "the root type " + clip(root.Name), pos: root.Pos})
		c.declare(root.Name+"Values", occupant{what: "the type that Load returns", pos: root.Pos})
		open, create, declarations := names.Functions(root.Name)
		for _, function := range []string{open, create, declarations} {
			c.declare(function, occupant{what: "the generated function " + function, pos: root.Pos})
		}
	}
}

// fakes finds functions of the fake that have the name of a type there. All of its
// other identifiers are those of the accessors, and in a package of their own.
func (c *checker) fakes() {
	for _, root := range c.pkg.Roots {
		_, with := names.FakeFunctions(root.Name)
		if taken, ok := c.declared[with]; ok {
			c.collide(occupant{what: "a function of the fake of " + clip(root.Name), pos: root.Pos}, taken, with)
		}
	}
}

// typeName is the name of the type that is generated for a path: the root's name
// and those of the path, joined.
func typeName(path string) string { return strings.ReplaceAll(path, "/", "") }

// group declares what is generated for a group, whose name is o's.
func (c *checker) group(o occupant) {
	name := typeName(o.path)
	o.what = "the type of the group "
	if c.declare(name, o) {
		o.what = "the type of the values of the group "
		c.declare(name+"Values", o)
	}
}

// document declares what is generated for a secret with fields, whose name is
// o's.
func (c *checker) document(s *model.Secret, o occupant) {
	name := typeName(o.path)
	o.what = "the type of the secret "
	if !c.declare(name, o) {
		return
	}
	o.what = "the function that decodes the secret "
	c.declare(names.Decoder(name), o)
	for _, f := range s.Fields {
		if f.Type.Limits.Pattern != nil && f.Name.Go != "" {
			o.what = "the pattern of the field " + f.Name.Text + " of "
			c.declare(names.FieldPattern(name, f.Name.Go), o)
		}
	}
}

// ownDocument declares what is generated for a struct of the author's that
// documents are read into, however many.
func (c *checker) ownDocument(s *model.Secret) {
	name := s.Type.Go.Name
	o := occupant{what: "the function that decodes the type " + clip(name), pos: s.Type.Pos, path: name}
	c.declare(names.Decoder(name), o)
	for _, f := range s.Fields {
		if f.Type.Limits.Pattern != nil && f.Name.Go != "" {
			o.what = "the pattern of the field " + f.Name.Text + " of the type " + clip(name)
			c.declare(names.FieldPattern(name, f.Name.Go), o)
		}
	}
}

// declare adds a generated identifier, and reports whether it was free. Where
// two are generated for one path, that is a finding of members.
func (c *checker) declare(name string, o occupant) bool {
	first, taken := c.declared[name]
	if !taken {
		c.declared[name] = o
	} else if o.path == "" || o.path != first.path {
		c.collide(o, first, name)
	}
	return !taken
}

// spelled is a path as the author wrote it, for a message. Its names are valid.
func spelled(path []model.Name) string {
	words := make([]string, len(path))
	for i, name := range path {
		words[i] = name.Text
	}
	return clip(strings.Join(words, "."))
}

// clip keeps messages on a line: 32 names make a path of 2,000 bytes.
func clip(text string) string {
	const longest = 80
	if len(text) <= longest {
		return text
	}
	return text[:longest] + "…"
}
