package readtags

import (
	"fmt"
	"go/ast"
	"maps"
	"slices"
	"strings"
	"sync"

	"github.com/secretsgen/secretsgen/gen/diag"
	"github.com/secretsgen/secretsgen/gen/model"
)

const (
	// maxDepth bounds groups within groups, as it does in YAML (DESIGN section 3).
	maxDepth = 32
	// maxNodes bounds what a package declares, as it does the nodes in YAML.
	maxNodes = 1_000_000
)

// A reader collects the secrets of one package. It reads each struct once, and
// lays it out wherever it is used.
type reader struct {
	diags   *diag.List
	scope   *scope
	structs map[*declaredType]*candidate

	members   map[*ast.StructType][]member
	sizes     map[*ast.StructType]size
	documents map[*ast.StructType][]model.Field

	// used are the named structs that say what is generated, and files those that
	// they stand in.
	used     map[*declaredType]*model.Struct
	files    map[*file]bool
	printing sync.WaitGroup

	root    *model.Root
	secrets []*model.Secret
	size    int             // of the declarations so far, as sizeOf counts
	open    []*declaredType // named groups around the one that is laid out
	circles map[*declaredType]bool
}

func newReader(s *scope, structs map[*declaredType]*candidate, diags *diag.List) *reader {
	return &reader{
		diags:     diags,
		scope:     s,
		structs:   structs,
		members:   map[*ast.StructType][]member{},
		sizes:     map[*ast.StructType]size{},
		documents: map[*ast.StructType][]model.Field{},
		used:      map[*declaredType]*model.Struct{},
		files:     map[*file]bool{},
		circles:   map[*declaredType]bool{},
	}
}

// declaration lays out a declaration.
func (r *reader) declaration(t *declaredType) *model.Root {
	r.root = &model.Root{Name: rootName(t.name()), Pos: t.pos(), Struct: r.use(t)}
	in := &structure{file: t.file, typ: t.structType, named: t}
	full := r.size > maxNodes
	r.size += r.sizeOf(in).names
	switch {
	case full:
	case r.size > maxNodes:
		r.diags.Add(diag.Diagnostic{
			Pos:     t.pos(),
			Code:    diag.Limit,
			Message: "the package declares more than 1,000,000 names: those in the paths of secrets, and of groups and fields",
			Hint:    "split it, or look for groups that hold each other more often than meant",
		})
	default:
		r.group(in, nil, 0)
	}
	return r.root
}

// use notes a named struct that says what is generated. Its source is printed
// meanwhile, which takes as long as all the rest.
func (r *reader) use(t *declaredType) *model.Struct {
	if r.used[t] == nil {
		s := &model.Struct{Name: t.name(), Pos: t.pos()}
		r.used[t] = s
		r.files[t.file] = true
		r.printing.Go(func() { s.Source, s.Imports = t.literal() })
	}
	return r.used[t]
}

// structures are the structs that say what is generated, in order.
func (r *reader) structures() []*model.Struct {
	r.printing.Wait()
	return slices.SortedFunc(maps.Values(r.used), func(a, b *model.Struct) int { return a.Pos.Compare(b.Pos) })
}

// sources are the names of the files that those stand in, in order.
func (r *reader) sources() []string {
	var names []string
	for f := range r.files {
		names = append(names, f.base())
	}
	slices.Sort(names)
	return names
}

// group lays out the members of a declaration, of a group inside it at path, or of
// a struct that one of them embeds. Depth counts the structs around it.
func (r *reader) group(in *structure, path []model.Name, depth int) {
	if in.named != nil {
		r.use(in.named)
		r.open = append(r.open, in.named)
		defer func() { r.open = r.open[:len(r.open)-1] }()
	}
	for _, m := range r.membersOf(in) {
		path := path
		if m.name.Text != "" {
			path = slices.Concat(path, []model.Name{m.name})
		}
		switch {
		case m.group == nil:
			r.secrets = append(r.secrets, m.at(r.root, path))
		case r.circular(m):
		case depth+1 == maxDepth:
			r.diags.Add(diag.Diagnostic{
				Pos:     m.pos,
				Code:    diag.Limit,
				Message: fmt.Sprintf("groups are nested deeper than %d", maxDepth),
				Hint:    "flatten them",
			})
		default:
			r.group(m.group, path, depth+1)
		}
	}
}

// circular reports a group that contains itself, once for all that do by way of
// each other.
func (r *reader) circular(m member) bool {
	named := m.group.named
	at := slices.Index(r.open, named)
	if named == nil || at < 0 {
		return false
	}
	if !r.circles[named] {
		r.diags.Add(diag.Diagnostic{
			Pos:     m.pos,
			Code:    diag.InvalidValue,
			Message: fmt.Sprintf("the struct %s contains itself", named.name()),
			Hint:    "remove this field, or give it another type",
			Related: []diag.Related{{Pos: named.pos(), Message: "the struct"}},
		})
	}
	for _, t := range r.open[at:] {
		r.circles[t] = true
	}
	return true
}

// description is the comment above a field, or else behind it, on one line.
func description(field *ast.Field) string {
	text := field.Doc.Text()
	if text == "" {
		text = field.Comment.Text()
	}
	return strings.Join(strings.Fields(text), " ")
}
