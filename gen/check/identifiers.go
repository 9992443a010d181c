package check

import (
	"strings"

	"github.com/secretsgen/secretsgen/gen/model"
	"github.com/secretsgen/secretsgen/gen/names"
)

// identifiers finds generated identifiers at package level that would be declared
// twice. All of them are listed here; authors compares them with the author's.
func (c *checker) identifiers() {
	p := c.pkg
	c.declare(p.Root, occupant{what: "the root type", pos: p.RootPos})
	c.declare(p.Root+"Values", occupant{what: "the type that Load returns", pos: p.RootPos})
	open, create, declarations := names.Functions(p.Root)
	for _, function := range []string{open, create, declarations} {
		c.declare(function, occupant{what: "the generated function " + function, pos: p.RootPos})
	}
	groups := map[string]bool{}
	for _, s := range p.Secrets {
		path := ""
		for i, name := range s.Path {
			if name.Go == "" {
				break
			}
			path += "/" + name.Go
			o := occupant{what: spelled(s.Path[:i+1]), pos: name.Pos, path: path}
			switch last := i == len(s.Path)-1; {
			case last && s.Type.Kind == model.Document:
				c.document(s, o)
			case !last && !groups[path]:
				groups[path] = true
				c.group(o)
			}
		}
	}
}

// typeName is the name of the type that is generated for a path: the root's name
// and those of the path, joined.
func (c *checker) typeName(path string) string {
	return c.pkg.Root + strings.ReplaceAll(path, "/", "")
}

// group declares what is generated for a group, whose name is o's.
func (c *checker) group(o occupant) {
	name, what := c.typeName(o.path), o.what
	o.what = "the type of the group " + what
	if c.declare(name, o) {
		o.what = "the type of the values of the group " + what
		c.declare(name+"Values", o)
	}
}

// document declares what is generated for a secret with fields, whose name is
// o's.
func (c *checker) document(s *model.Secret, o occupant) {
	name, what := c.typeName(o.path), o.what
	if s.GoType == "" {
		o.what = "the type of the secret " + what
		if !c.declare(name, o) {
			return
		}
	}
	o.what = "the function that decodes the secret " + what
	c.declare("decode"+name, o)
}

// declare adds a generated identifier, and reports whether it was free. Where
// two are generated for one path, that is a finding of members.
func (c *checker) declare(name string, o occupant) bool {
	first, taken := c.types[name]
	if !taken {
		c.types[name] = o
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
