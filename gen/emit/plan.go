package emit

import (
	"strings"
	"time"

	"github.com/secretsgen/secretsgen/gen/model"
	"github.com/secretsgen/secretsgen/gen/names"
)

// plan is a package's declarations with the Go names of everything that is
// generated for them. The emitter and Verify both follow it.
type plan struct {
	pkg     *model.Package
	roots   []*root
	imports map[string]imported // every package that the file may import, by path
}

// root is a root type with its functions.
type root struct {
	*group

	groups    []*group  // the root's own, then the others depth first
	secrets   []*secret // in order of declaration
	documents []*secret // the first of each struct type that none before it in the file has
	providers []provider

	openName, newName, declarationsName string
}

// group is the root or a mapping of secrets.
type group struct {
	goName   string // of the parent's field; empty for the root
	path     string // as in accessors: "db.replica"; empty for the root
	typeName string // "SecretsDBReplica"
	values   string // the type of what Load reads: "SecretsDBReplicaValues"
	receiver string

	groups  []*group
	secrets []*secret
	byName  map[string]*group
}

// secret is one declaration in its group.
type secret struct {
	*model.Secret

	group    *group
	goName   string // of its accessor
	handle   string // the field that holds its handle
	typeName string // of a document: its struct type, generated or the user's own
	decode   string // of a document: the function that decodes it
}

// newPlan lays p out. It takes no name on trust: what check should have refused
// is an [*Error] here.
func newPlan(p *model.Package) (*plan, error) {
	if !isIdentifier(p.Name) {
		return nil, fault(0, "the name of the package is not a Go identifier")
	}
	l := &plan{pkg: p}
	roots := map[*model.Root]*root{}
	for _, declared := range p.Roots {
		if !isExported(declared.Name) {
			return nil, fault(0, "the name of a root is not an exported Go identifier")
		}
		r := &root{group: &group{typeName: declared.Name, values: declared.Name + "Values", receiver: "s"}}
		r.openName, r.newName, r.declarationsName = names.Functions(declared.Name)
		roots[declared] = r
		l.roots = append(l.roots, r)
	}
	for _, s := range p.Secrets {
		r := roots[s.Root]
		if r == nil {
			return nil, fault(0, "a declaration has no root")
		}
		if err := r.add(s); err != nil {
			return nil, err
		}
	}
	if err := l.setDocuments(); err != nil {
		return nil, err
	}
	for _, r := range l.roots {
		if len(r.secrets) == 0 {
			return nil, fault(0, "there is nothing to generate")
		}
		r.settle(r.group)
		var err error
		if r.providers, err = providersOf(p, r.secrets); err != nil {
			return nil, err
		}
	}
	l.setImports()
	return l, nil
}

func (r *root) add(declared *model.Secret) error {
	if len(declared.Path) == 0 || declared.Accessor == "" || declared.URI.IsZero() {
		return fault(0, "a declaration has not been checked")
	}
	for _, profile := range declared.Profiles {
		if profile.URI.IsZero() || !names.Valid(profile.Name) {
			return fault(0, "a profile has not been checked")
		}
	}
	for _, l := range []*model.Literal{declared.Cache, declared.ResponseWrap} {
		if l == nil {
			continue
		}
		if _, checked := l.Value.(time.Duration); !checked {
			return fault(0, "a time of a declaration has not been checked")
		}
	}
	for _, name := range declared.Path {
		if !isExported(name.Go) {
			return fault(0, "a declaration has a name that is not an exported Go identifier")
		}
	}
	last := len(declared.Path) - 1
	g := r.group
	for _, name := range declared.Path[:last] {
		g = g.child(name)
	}
	name := declared.Path[last]
	s := &secret{Secret: declared, group: g, goName: name.Go, handle: handle(name)}
	if s.isDocument() {
		s.typeName = g.typeName + s.goName
		if s.Type.Go != nil {
			s.typeName = s.Type.Go.Name
		}
		s.decode = names.Decoder(s.typeName)
	}
	if err := s.judge(); err != nil {
		return err
	}
	g.secrets = append(g.secrets, s)
	r.secrets = append(r.secrets, s)
	return nil
}

// judge refuses types that can't be written.
func (s *secret) judge() error {
	if !s.isDocument() {
		return judgeType(s.Type)
	}
	if !isIdentifier(s.typeName) {
		return fault(0, "a declaration has a Go type that is not an identifier")
	}
	return nil
}

func (s *secret) judgeFields() error {
	for _, f := range s.Fields {
		if !isExported(s.fieldName(f)) {
			return fault(0, "a field has a name that is not an exported Go identifier")
		}
		if f.Type.Kind.ReadsDocuments() {
			return fault(0, "a field has the type of a document")
		}
		if err := judgeType(f.Type); err != nil {
			return err
		}
	}
	return nil
}

// settle lists g and what is below it, and settles what depends on siblings.
func (r *root) settle(g *group) {
	r.groups = append(r.groups, g)
	g.renameReserved()
	for _, child := range g.groups {
		r.settle(child)
	}
}

func (g *group) child(name model.Name) *group {
	if c, ok := g.byName[name.Go]; ok {
		return c
	}
	c := &group{
		goName:   name.Go,
		path:     strings.TrimPrefix(g.path+"."+name.Snake, "."),
		typeName: g.typeName + name.Go,
		values:   g.typeName + name.Go + "Values",
		receiver: strings.ToLower(name.Go[:1]),
	}
	if g.byName == nil {
		g.byName = map[string]*group{}
	}
	g.byName[name.Go] = c
	g.groups = append(g.groups, c)
	return c
}

func (g *group) isRoot() bool { return g.goName == "" }

func (s *secret) isDocument() bool { return s.Type.Kind == model.Document }

// fieldName is the Go name of a field. The fields of a user's own type are
// spelled as the user spelled them.
func (s *secret) fieldName(f model.Field) string {
	if s.Type.Go != nil {
		return f.Name.Text
	}
	return f.Name.Go
}

// patternName is the variable that holds the pattern of a document's field.
func (s *secret) patternName(f model.Field) string { return names.FieldPattern(s.typeName, f.Name.Go) }

// types are the types of all secrets and fields, in order of declaration.
func (l *plan) types() []model.Type {
	var all []model.Type
	for _, s := range l.pkg.Secrets {
		all = append(all, s.Type)
	}
	for _, r := range l.roots {
		for _, s := range r.documents {
			for _, f := range s.Fields {
				all = append(all, f.Type)
			}
		}
	}
	return all
}

// setDocuments finds whose struct types need a decoder: those of the author's have
// one for all the secrets that are read into them.
func (l *plan) setDocuments() error {
	seen := map[string]bool{}
	for _, r := range l.roots {
		for _, s := range r.secrets {
			if !s.isDocument() || seen[s.decode] && s.Type.Go != nil {
				continue
			}
			seen[s.decode] = true
			r.documents = append(r.documents, s)
			if err := s.judgeFields(); err != nil {
				return err
			}
		}
	}
	return nil
}
