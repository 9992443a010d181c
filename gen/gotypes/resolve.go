package gotypes

import (
	"context"
	"fmt"
	"go/build"
	"path/filepath"
	"slices"

	"github.com/secretsgen/secretsgen/gen/diag"
	"github.com/secretsgen/secretsgen/gen/gofiles"
	"github.com/secretsgen/secretsgen/gen/model"
)

// maxPackages bounds the packages of other types that one run looks at.
const maxPackages = 1000

// Config says where types are looked for.
type Config struct {
	// Dir is the absolute folder that the folders of packages are relative to.
	Dir string

	// Tags are the build tags, as those of the go command's -tags. Nil means those
	// of GOFLAGS, and an empty list none.
	Tags []string

	// Env is the environment of the go command. Nil means the process's own.
	Env []string
}

// Resolve finds the Go types that packages name, and fills how each is read. A
// document whose struct reads itself becomes a Named and loses its fields. What
// is wrong goes to diags; a type with a finding has no Reads.
//
// The error is that of ctx.
func Resolve(ctx context.Context, cfg Config, packages []*model.Package, diags *diag.List) error {
	r := &resolver{
		cfg:     cfg,
		build:   gofiles.Context(cfg.Tags, cfg.Env),
		diags:   diags,
		modules: map[string]*moduleLoad{},
		foreign: map[string]bool{},
	}
	for _, p := range packages {
		if err := ctx.Err(); err != nil {
			return err
		}
		r.collect(p)
	}
	if len(r.foreign) > maxPackages {
		diags.Add(diag.Diagnostic{
			Pos:     r.tooMany,
			Code:    diag.Limit,
			Message: fmt.Sprintf("more than %d packages of Go types are named in one run", maxPackages),
			Hint:    "gather the types in fewer packages",
		})
		return ctx.Err()
	}
	for _, m := range r.ordered {
		m.load(ctx, cfg)
		if err := ctx.Err(); err != nil {
			return err
		}
	}
	// The documents first: the fields of one that reads itself are nobody's.
	for _, u := range r.uses {
		if u.document != nil {
			r.convert(u)
		}
	}
	for _, u := range r.uses {
		if u.document == nil && (u.of == nil || u.of.Type.Kind == model.Document) {
			r.settle(u)
		}
	}
	for _, d := range r.declaring {
		d.dropStructs()
	}
	return ctx.Err()
}

// A resolver holds what one run asks.
type resolver struct {
	cfg       Config
	build     build.Context
	diags     *diag.List
	declaring []*declaring
	uses      []*use
	modules   map[string]*moduleLoad // by folder
	ordered   []*moduleLoad
	foreign   map[string]bool // paths of packages asked for by declarations
	tooMany   diag.Pos        // of the first path beyond the limit
}

// A use is one place that names a Go type.
type use struct {
	in  *declaring
	typ *model.Type

	document *model.Secret // whose type it is; nil for a type of any other kind
	of       *model.Secret // the document that a field is of; nil for a secret
	verdict  *verdict      // nil until known
}

// collect looks at what a package names, settles what needs no command, and
// asks for the rest.
func (r *resolver) collect(p *model.Package) {
	var d *declaring
	add := func(t *model.Type, document, of *model.Secret) {
		if t.Go == nil {
			return
		}
		if d == nil {
			d = r.declare(p)
		}
		u := &use{in: d, typ: t, document: document, of: of}
		r.uses = append(r.uses, u)
		r.ask(u)
	}
	seen := map[*model.Field]bool{}
	for _, s := range p.Secrets {
		switch s.Type.Kind {
		case model.Named, model.JSON:
			add(&s.Type, nil, nil)
		case model.Document:
			if s.Type.Go != nil && s.Type.Go.Path == "" {
				add(&s.Type, s, nil)
			}
			if len(s.Fields) == 0 || seen[&s.Fields[0]] {
				continue // secrets of one struct share its fields
			}
			seen[&s.Fields[0]] = true
			for i := range s.Fields {
				switch t := &s.Fields[i].Type; t.Kind {
				case model.Named, model.JSON:
					add(t, nil, s)
				}
			}
		}
	}
}

// declare takes note of a package and its module.
func (r *resolver) declare(p *model.Package) *declaring {
	d := &declaring{
		model:     p,
		dir:       filepath.Join(r.cfg.Dir, filepath.FromSlash(p.Dir)),
		structs:   map[string]*model.Struct{},
		converted: map[string]bool{},
	}
	if filepath.IsAbs(filepath.FromSlash(p.Dir)) {
		d.dir = filepath.FromSlash(p.Dir)
	}
	top := moduleOf(d.dir)
	d.importPath = p.ImportPath
	if d.importPath == "" {
		d.importPath = importPath(top, d.dir)
	}
	for _, s := range p.Structs {
		d.structs[s.Name] = s
	}
	r.declaring = append(r.declaring, d)
	if top == "" {
		return d
	}
	m := r.modules[top]
	if m == nil {
		m = &moduleLoad{dir: top, asked: map[string]bool{}, declaring: map[string]*declaring{}, imports: map[string]map[string]bool{}}
		r.modules[top] = m
		r.ordered = append(r.ordered, m)
	}
	d.module = m
	if d.importPath != "" {
		m.declaring[d.importPath] = d
	}
	return d
}

// ask tells what is known of a use by its name and by syntax, or has its package
// loaded.
func (r *resolver) ask(u *use) {
	t := u.typ.Go
	if !identifier(t.Name) {
		u.verdict = &verdict{fault: faultOfName}
		return
	}
	if t.Path != "" && t.Path == u.in.importPath {
		t.Path = "" // the declaring package by its own path
	}
	if t.Path == "" {
		r.askOwn(u)
		return
	}
	if f := u.in.unreachable(t); f != nil {
		u.verdict = &verdict{fault: f}
		return
	}
	if !r.foreign[t.Path] {
		r.foreign[t.Path] = true
		if len(r.foreign) == maxPackages+1 {
			r.tooMany = t.Pos
		}
	}
	u.in.module.ask(t.Path)
	u.in.module.declared(u.in, t.Path)
}

// askOwn tells what is known of a type of the declaring package, or has what it
// depends on loaded.
func (r *resolver) askOwn(u *use) {
	if u.document != nil && u.in.plain(u.typ.Go.Name) {
		u.verdict = &verdict{fault: faultOfNeither(u.typ.Go.Name)}
		return
	}
	own := r.ownOf(u.in)
	if v, decided := own.bySyntax(u); decided {
		u.verdict = &v
		return
	}
	if u.in.module == nil {
		return // checked without its imports
	}
	for _, path := range own.needs(u.typ.Go.Name) {
		if importable(path, u.in.module.dir) {
			u.in.module.ask(path)
		}
	}
}

func (r *resolver) ownOf(d *declaring) *ownPackage {
	if d.own != nil {
		return d.own
	}
	d.own = readOwn(d, r.build)
	if len(d.own.broken) == 0 {
		return d.own
	}
	// Declarations in YAML have nobody else who reads the Go files beside them.
	d.own.reported = slices.ContainsFunc(r.diags.Sorted(), func(found diag.Diagnostic) bool {
		return (found.Code == diag.Syntax || found.Code == diag.Unreadable) && slices.Contains(d.own.broken, found.Pos.File)
	})
	return d.own
}

// known is what is known of a use once all is loaded.
func (r *resolver) known(u *use) verdict {
	switch {
	case u.verdict != nil:
		return *u.verdict
	case u.typ.Go.Path == "":
		return r.ownOf(u.in).byTypes(u)
	}
	return u.in.module.judge(u)
}

// convert makes a Named of a document whose struct, which is of its own package,
// reads itself. Whatever else is found of a document is no fault: it is read by
// its fields.
func (r *resolver) convert(u *use) {
	v := r.known(u)
	if v.fault != nil || v.reads == "" {
		return
	}
	u.typ.Kind = model.Named
	u.typ.Go.Reads = v.reads
	u.document.Fields = nil
	u.in.converted[u.typ.Go.Name] = true
}

// settle writes down what is known of a type.
func (r *resolver) settle(u *use) {
	v := r.known(u)
	switch {
	case v.fault != nil && v.fault.shadow && u.in.own.reported:
		// Its own finding says what to do.
	case v.fault != nil:
		r.report(u.typ.Go, v.fault)
	default:
		u.typ.Go.Reads = v.reads
	}
}
