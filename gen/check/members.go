package check

import (
	"fmt"
	"path"
	"slices"

	"github.com/secretsgen/secretsgen/gen/diag"
	"github.com/secretsgen/secretsgen/gen/model"
)

// An occupant is what has a Go name already.
type occupant struct {
	what  string       // "the group ", or "the root type Secrets"
	words []model.Name // what it is of, as the author wrote it; may be nil
	pos   diag.Pos     // zero where it is in no file
	text  string       // a member's name as the author wrote it
	role  role
	path  string // of a generated identifier: what it is generated for
}

// String says what it is, in a message. It is put together where it is needed:
// most names collide with nothing.
func (o occupant) String() string {
	if o.words == nil {
		return o.what
	}
	return o.what + spelled(o.words)
}

type role uint8

const (
	generated role = iota // by us, whatever is declared
	group
	secret
	declared // by the author, in Go
)

// members finds names that are one in Go within a group, or within a document,
// and such that have a meaning there already.
func (c *checker) members() {
	groups := map[string]map[string]occupant{}
	for _, root := range c.pkg.Roots {
		groups[root.Name] = rootMethods()
	}
	c.walk(func(s *model.Secret, i int, within string) {
		name := s.Path[i]
		o := occupant{what: "the secret ", words: s.Path[:i+1], pos: name.Pos, text: name.Text, role: secret}
		if i < len(s.Path)-1 {
			o.role, o.what = group, "the group "
		}
		if groups[within] == nil {
			groups[within] = map[string]occupant{}
		}
		c.settle(groups[within], name.Go, o)
	})
	for _, s := range c.pkg.Secrets {
		if s.Type.Go == nil {
			c.fields(s)
		}
	}
}

// accessors finds secrets of two roots that would have one accessor: policies and
// the audit trail tell a package's declarations apart by nothing else.
func (c *checker) accessors() {
	if len(c.pkg.Roots) < 2 {
		return
	}
	first := map[string]*model.Secret{}
	for _, s := range c.pkg.Secrets {
		other, taken := first[s.Accessor]
		if !taken {
			first[s.Accessor] = s
			continue
		}
		invalid := slices.ContainsFunc(s.Path, func(n model.Name) bool { return n.Go == "" })
		if other.Root != s.Root && !invalid {
			c.diags.Add(diag.Diagnostic{
				Pos:     s.Pos,
				Code:    diag.DuplicateName,
				Message: "the accessor " + clip(s.Accessor) + " is declared in two structs of the package",
				Hint:    "rename one, or put it into a group",
				Related: []diag.Related{{Pos: other.Pos, Message: "the first one"}},
			})
		}
	}
}

// settle gives the name to o unless it is taken.
func (c *checker) settle(names map[string]occupant, name string, o occupant) {
	first, taken := names[name]
	switch {
	case !taken && hasMeaning(name):
		c.collide(o, occupant{what: "a method that Go gives a meaning"}, name)
		names[name] = o
	case !taken:
		names[name] = o
	case o.role == group && first.role == group && (o.text == first.text || path.Ext(o.pos.File) != path.Ext(first.pos.File)):
		// One group, in several files or in the words of YAML and of Go.
	case o.role == secret && first.role == secret && o.text == first.text:
		c.diags.Add(diag.Diagnostic{
			Pos:     o.pos,
			Code:    diag.DuplicateName,
			Message: o.String() + " is declared twice",
			Hint:    "remove or rename one",
			Related: related(first),
		})
	default:
		c.collide(o, first, name)
	}
}

// fields finds the names of a document's fields that collide. They are those of
// a generated struct; an author's own struct compiles already.
func (c *checker) fields(s *model.Secret) {
	names := map[string]occupant{"Redacted": {what: "what makes the struct redact itself"}}
	for _, f := range s.Fields {
		if f.Name.Go != "" {
			c.settle(names, f.Name.Go, occupant{what: "the field " + f.Name.Text, pos: f.Name.Pos})
		}
	}
}

// collide reports that o would have a name that is taken.
func (c *checker) collide(o, taken occupant, name string) {
	message := fmt.Sprintf("%s would be %s in Go, which is %s", o, clip(name), taken)
	if o.role == declared {
		message = fmt.Sprintf("%s has the name of %s", o, taken)
	}
	c.diags.Add(diag.Diagnostic{
		Pos:     c.place(o.pos),
		Code:    diag.NameCollision,
		Message: message,
		Hint:    "rename one",
		Related: related(taken),
	})
}

func related(o occupant) []diag.Related {
	if o.pos == (diag.Pos{}) {
		return nil
	}
	return []diag.Related{{Pos: o.pos, Message: o.String()}}
}

// rootMethods are the methods that the root has beside its accessors.
func rootMethods() map[string]occupant {
	names := map[string]occupant{}
	for _, name := range []string{"Preflight", "Load", "Close"} {
		names[name] = occupant{what: "the generated method " + name}
	}
	return names
}

// hasMeaning reports whether fmt, errors, log/slog, the encoders or database/sql
// look for a method of that name, or go vet for its signature. A field of that
// name would also hide the method that redacts a struct.
func hasMeaning(name string) bool {
	switch name {
	case "String", "GoString", "Format", "Error", "Is", "As", "Unwrap", "LogValue",
		"MarshalJSON", "UnmarshalJSON", "MarshalJSONTo", "UnmarshalJSONFrom",
		"MarshalText", "UnmarshalText", "AppendText",
		"MarshalBinary", "UnmarshalBinary", "AppendBinary",
		"MarshalXML", "UnmarshalXML", "MarshalXMLAttr", "UnmarshalXMLAttr",
		"GobEncode", "GobDecode", "Scan", "Value", "ReadByte", "UnreadByte", "WriteByte", "ReadRune", "UnreadRune",
		"ReadFrom", "WriteTo", "Seek":
		return true
	}
	return false
}
