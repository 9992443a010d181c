package readyaml

import (
	"slices"

	"github.com/secretsgen/secretsgen/gen/diag"
	"github.com/secretsgen/secretsgen/gen/model"
	"github.com/secretsgen/secretsgen/internal/yamltree"
)

// MaxBytes is the size of the largest file that is read, in bytes. Who reads one
// for [Read] may stop one byte behind.
const MaxBytes = yamltree.MaxBytes

// File is one file of declarations.
type File struct {
	Name string // as diagnostics show it
	Base string // its base name
	Data []byte
}

// Read adds what files declare to p, which struct tags may have filled before,
// and what is wrong with them to diags. Of the files of a package each has a
// version, and only one may set the package, the root and the tenant, unless
// they agree.
func Read(p *model.Package, files []File, diags *diag.List) {
	tagged := len(p.Roots) > 0 || len(p.Sources) > 0
	r := reader{pkg: p, diags: diags, first: map[string]diag.Pos{}, tagged: len(p.Roots) > 0, into: &model.Root{}}
	for _, f := range files {
		r.read(f)
	}
	r.settleRoot()
	slices.Sort(p.Sources)
	p.Sources = slices.Compact(p.Sources)
	if len(files) == 0 {
		return
	}
	whole := diag.Pos{File: files[0].Name}
	if p.Tenant.Pos == (diag.Pos{}) {
		p.Tenant.Pos = whole
	}
	if !tagged && !r.declares {
		diags.Add(diag.Diagnostic{
			Pos:     whole,
			Code:    diag.NoDeclarations,
			Message: "no secrets are declared",
			Hint:    `add a mapping "secrets", or declare a tagged struct`,
		})
	}
}

// A reader reads the files of one package.
type reader struct {
	pkg    *model.Package
	diags  *diag.List
	first  map[string]diag.Pos // where a key was set that one file may set
	tagged bool                // the name is that of the tagged structs' package
	into   *model.Root         // of the secrets that are read

	// declares says that a file has secrets, or might have had if it could be read.
	declares bool
}

// A file is the one that is being read.
type file struct {
	*reader
	name string
	base string
}

func (r *reader) read(from File) {
	f := file{reader: r, name: from.Name, base: from.Base}
	root, problems := yamltree.Parse(from.Data)
	for _, problem := range problems {
		f.problem(problem)
	}
	switch {
	case root == nil:
		f.declares = true
	case root.Kind == yamltree.Mapping:
		f.declarations(root)
	case root.Type == yamltree.Null:
		f.missingVersion(root)
	default:
		f.declares = true
		f.invalid(root, "a file of declarations must be a mapping", "start it with version: 1")
	}
}

// problem passes on what is no YAML, or not of the kind that is read.
func (f *file) problem(p yamltree.Problem) {
	d := diag.Diagnostic{Pos: diag.Pos{File: f.name, Line: p.Line, Col: p.Col}, Message: p.Message}
	switch p.Kind {
	case yamltree.Limit:
		d.Code = diag.Limit
	case yamltree.Unsupported:
		d.Code = diag.Unsupported
	case yamltree.DuplicateKey:
		d.Code = diag.DuplicateKey
		d.Related = []diag.Related{{
			Pos:     diag.Pos{File: f.name, Line: p.RelatedLine, Col: p.RelatedCol},
			Message: "the first one",
		}}
	default:
		d.Code = diag.Syntax
	}
	f.diags.Add(d)
}

func (f *file) pos(n *yamltree.Node) diag.Pos {
	return diag.Pos{File: f.name, Line: n.Line, Col: n.Col}
}
