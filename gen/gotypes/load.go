package gotypes

import (
	"context"
	"go/parser"
	"go/token"
	"go/types"
	"maps"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"

	"golang.org/x/tools/go/packages"

	"github.com/secretsgen/secretsgen/gen/gofiles"
	"github.com/secretsgen/secretsgen/gen/output"
)

// A moduleLoad is what the go command says in the folder of one module.
type moduleLoad struct {
	dir       string
	paths     []string // to load
	asked     map[string]bool
	declaring map[string]*declaring      // by import path
	imports   map[string]map[string]bool // by import path of a declaring package, those that its declarations add

	noCommand bool
	hints     hints
	packages  map[string]*packages.Package // those loaded and all that they depend on
	importers map[string][]string          // by import path, those that import it
	dependent map[string]map[string]bool   // by import path, all that depend on it
}

// ask has a package loaded.
func (m *moduleLoad) ask(path string) {
	if !m.asked[path] {
		m.asked[path] = true
		m.paths = append(m.paths, path)
	}
}

// declared takes note that generated code of a package is to import path.
func (m *moduleLoad) declared(d *declaring, path string) {
	if m.imports[d.importPath] == nil {
		m.imports[d.importPath] = map[string]bool{}
	}
	m.imports[d.importPath][path] = true
}

// load runs the go command, if anything was asked for. What goes wrong shows in
// the packages that are missing then.
func (m *moduleLoad) load(ctx context.Context, cfg Config) {
	if len(m.paths) == 0 {
		return
	}
	slices.Sort(m.paths)
	config := &packages.Config{
		Context: ctx,
		// Without NeedDeps and without an overlay types come from export data.
		Mode: packages.NeedName | packages.NeedFiles | packages.NeedImports | packages.NeedTypes,
		Dir:  m.dir,
		Env:  cfg.Env,

		BuildFlags: gofiles.Flags(cfg.Tags),
	}
	loaded, err := packages.Load(config, m.paths...)
	if err != nil {
		_, noCommand := exec.LookPath("go")
		m.noCommand = noCommand != nil
		return
	}
	m.packages = map[string]*packages.Package{}
	for p := range packages.Postorder(loaded) {
		m.packages[p.PkgPath] = p
	}
	m.importers = map[string][]string{}
	for path, p := range m.packages {
		for _, of := range m.importsOf(p) {
			m.importers[of] = append(m.importers[of], path)
		}
	}
	m.dependent = map[string]map[string]bool{}
}

// importsOf are the packages that one imports, or is to. The generated file of one
// that declares is about to be replaced, so its imports are those that its types
// ask for.
func (m *moduleLoad) importsOf(p *packages.Package) []string {
	d := m.declaring[p.PkgPath]
	isGenerated := func(file string) bool { return filepath.Base(file) == output.FileName }
	var paths []string
	if d == nil || !slices.ContainsFunc(p.GoFiles, isGenerated) {
		for _, of := range p.Imports {
			paths = append(paths, of.PkgPath)
		}
	} else {
		for _, file := range p.GoFiles {
			if !isGenerated(file) {
				paths = append(paths, importsIn(file)...)
			}
		}
	}
	return slices.AppendSeq(paths, maps.Keys(m.imports[p.PkgPath]))
}

func importsIn(file string) []string {
	syntax, _ := parser.ParseFile(token.NewFileSet(), file, nil, parser.ImportsOnly)
	if syntax == nil {
		return nil
	}
	var paths []string
	for _, spec := range syntax.Imports {
		if path, err := strconv.Unquote(spec.Path.Value); err == nil {
			paths = append(paths, path)
		}
	}
	return paths
}

// dependsOn reports whether a package imports another, or imports what does.
func (m *moduleLoad) dependsOn(path, on string) bool {
	if on == "" {
		return false
	}
	all := m.dependent[on]
	if all == nil {
		all = map[string]bool{}
		m.dependent[on] = all
		for todo := []string{on}; len(todo) > 0; {
			next := todo[len(todo)-1]
			todo = todo[:len(todo)-1]
			for _, importer := range m.importers[next] {
				if !all[importer] {
					all[importer] = true
					todo = append(todo, importer)
				}
			}
		}
	}
	return all[path]
}

// judge says what is known of a type of another package.
func (m *moduleLoad) judge(u *use) verdict {
	t := u.typ.Go
	p := m.packages[t.Path]
	switch {
	case m.noCommand:
		return verdict{fault: faultOfCommand}
	case p == nil, p.Name == "", p.Types == nil:
		return verdict{fault: faultOfLoading(t.Path)}
	case p.Name == "main":
		return verdict{fault: faultOfMain(t.Path)}
	case m.dependsOn(t.Path, u.in.importPath):
		return verdict{fault: faultOfCycle(t.Path)}
	}
	t.Package = p.Name
	v := verdict{}
	obj := p.Types.Scope().Lookup(t.Name)
	if obj == nil {
		v.fault = faultOfAbsence(t, t.Path, m.hints.word(t.Name, func() []string { return exported(p) }))
	} else {
		v = judge(obj, u.typ)
	}
	if v.fault != nil && (v.fault.absent || v.fault.neither) && (p.IllTyped || len(p.Errors) > 0) {
		v.fault = faultOfErrors(spelled(t), t.Path)
	}
	return v
}

// exported are the exported types of a package.
func exported(p *packages.Package) []string {
	var names []string
	for _, name := range p.Types.Scope().Names() {
		if token.IsExported(name) && isType(p, name) {
			names = append(names, name)
		}
	}
	return names
}

func isType(p *packages.Package, name string) bool {
	_, ok := p.Types.Scope().Lookup(name).(*types.TypeName)
	return ok
}
