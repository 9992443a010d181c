package emit

import (
	"strings"

	"github.com/secretsgen/secretsgen/gen/model"
	"github.com/secretsgen/secretsgen/gen/names"
)

// plan is a package's declarations with the Go names of everything that is
// generated for them. The emitter and Verify both follow it.
type plan struct {
	pkg       *model.Package
	root      *group
	groups    []*group  // the root, then the others depth first
	secrets   []*secret // in order of declaration
	providers []provider

	openName, newName, declarationsName string // the functions of the root
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
	if !isIdentifier(p.Name) || !isExported(p.Root) {
		return nil, fault(0, "the name of the package or of its root is not a Go identifier")
	}
	if len(p.Secrets) == 0 {
		return nil, fault(0, "there is nothing to generate")
	}
	l := &plan{
		pkg:  p,
		root: &group{typeName: p.Root, values: p.Root + "Values", receiver: "s"},
	}
	l.openName, l.newName, l.declarationsName = names.Functions(p.Root)
	for _, s := range p.Secrets {
		if err := l.add(s); err != nil {
			return nil, err
		}
	}
	l.settle(l.root)
	providers, err := providersOf(p)
	l.providers = providers
	return l, err
}

func (l *plan) add(declared *model.Secret) error {
	if len(declared.Path) == 0 || declared.Accessor == "" || declared.URI.IsZero() {
		return fault(0, "a declaration has not been checked")
	}
	for _, name := range declared.Path {
		if !isExported(name.Go) {
			return fault(0, "a declaration has a name that is not an exported Go identifier")
		}
	}
	last := len(declared.Path) - 1
	g := l.root
	for _, name := range declared.Path[:last] {
		g = g.child(name)
	}
	name := declared.Path[last]
	s := &secret{Secret: declared, group: g, goName: name.Go, handle: handle(name)}
	if s.isDocument() {
		s.typeName = g.typeName + s.goName
		s.decode = "decode" + s.typeName
		if s.GoType != "" {
			s.typeName = s.GoType
		}
	}
	if err := s.judge(); err != nil {
		return err
	}
	g.secrets = append(g.secrets, s)
	l.secrets = append(l.secrets, s)
	return nil
}

// judge refuses types that can't be written.
func (s *secret) judge() error {
	if !s.isDocument() {
		if decoder(s.Type) == "" {
			return fault(0, "a declaration has a type that is not known")
		}
		return nil
	}
	if !isIdentifier(s.typeName) {
		return fault(0, "a declaration has a Go type that is not an identifier")
	}
	for _, f := range s.Fields {
		if !isExported(s.fieldName(f)) {
			return fault(0, "a field has a name that is not an exported Go identifier")
		}
		if decoder(f.Type) == "" {
			return fault(0, "a field has a type that is not known")
		}
	}
	return nil
}

// settle lists g and what is below it, and settles what depends on siblings.
func (l *plan) settle(g *group) {
	l.groups = append(l.groups, g)
	g.renameReserved()
	for _, child := range g.groups {
		l.settle(child)
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
	if s.GoType != "" {
		return f.Name.Text
	}
	return f.Name.Go
}
