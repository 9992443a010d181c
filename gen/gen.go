// Package gen turns declarations into generated code: it finds the folders that
// declare, reads them into the model, has the model checked, and emits.
//
//	project, err := gen.Load(ctx, gen.Source{}, &diags)
//	...
//	outputs := project.Outputs(&diags) // compared with what is there
//	gen.Write(ctx, outputs, &diags)    // all of them, or none
//
// The rooms below each do one step:
//
//	declarations → readyaml, readtags → model → gotypes → check → emit → output
//
// [Begin] writes a first declaration, for which gen/sample has the text.
//
// Nothing here reads or holds a secret value. Everything that is wrong goes to
// one list of diagnostics, whatever the stage, and a run with findings writes
// nothing at all. Of the runtime this package borrows the grammar of references and
// the rules of values, and nothing else, so that a reference that builds is one
// that resolves, and a default one that decodes (DESIGN section 1).
package gen

import (
	"context"
	"path/filepath"

	"github.com/secretsgen/secretsgen/gen/check"
	"github.com/secretsgen/secretsgen/gen/diag"
	"github.com/secretsgen/secretsgen/gen/gofiles"
	"github.com/secretsgen/secretsgen/gen/gotypes"
	"github.com/secretsgen/secretsgen/gen/model"
	"github.com/secretsgen/secretsgen/gen/readtags"
)

// Source says where declarations are looked for.
type Source struct {
	Dir      string   // working folder, which patterns and positions are relative to. Empty: the process's own
	Patterns []string // folders, or folders with "/..."; none means "./..."

	// Tags are the build tags that Go files are chosen by. Nil means those of
	// GOFLAGS, and an empty list none, as it is with the go command.
	Tags []string

	// Progress is called as the run comes to each folder and package, from
	// [Load] and from the methods of its Project, which wait for it. It may be
	// nil.
	Progress func(Progress)
}

// Project is what a run found.
type Project struct {
	Packages []*Package // by folder

	dir string // the working folder, absolute
	src Source
}

// Package is one package that declares secrets, or that did: then Model is nil
// and a generated file is left over.
type Package struct {
	Model *model.Package
	Dir   string // as shown

	disk      string // as opened
	aboveSeen bool   // the run looks at the folder above too
}

// Load finds and reads the declarations and has them checked. What is wrong
// goes to diags; what could be read is returned all the same, and nothing may be
// generated from it unless diags stays empty. The error is that of ctx, or says
// that the process has no working folder.
func Load(ctx context.Context, src Source, diags *diag.List) (*Project, error) {
	dir, err := filepath.Abs(src.Dir)
	if err != nil {
		return nil, err
	}
	folders := discover(dir, src, diags)
	tagged, err := readTagged(ctx, dir, folders, src.Tags, diags)
	if err != nil {
		return nil, err
	}
	project := &Project{dir: dir, src: src}
	looked := map[string]bool{}
	whole := map[*model.Package]bool{}
	built := gofiles.Context(src.Tags, nil)
	for i, f := range folders {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		src.report(Checking, i+1, len(folders))
		looked[f.disk] = true
		p := &Package{Dir: f.path, disk: f.disk, Model: tagged[f.path]}
		read := p.readYAML(f.yaml, &built, diags)
		if p.Model != nil {
			whole[p.Model] = read
		}
		if p.Model != nil || f.output {
			project.Packages = append(project.Packages, p)
		}
	}
	for _, p := range project.Packages {
		p.aboveSeen = looked[filepath.Dir(p.disk)]
	}
	declaring := project.declaring()
	if err := gotypes.Resolve(ctx, gotypes.Config{Dir: dir, Tags: src.Tags}, declaring, diags); err != nil {
		return nil, err
	}
	for _, p := range declaring {
		judge(p, whole[p], diags)
	}
	if len(project.Packages) == 0 && diags.Empty() {
		diags.Add(diag.Diagnostic{
			Pos:     diag.Pos{File: "."},
			Code:    diag.NoDeclarations,
			Message: "no package that was looked at declares secrets",
			Hint:    "write a secrets.yaml, or name the folder that has one",
		})
	}
	return project, nil
}

// judge has a package checked. What a file may declare that could not be read is
// not reported as missing.
func judge(p *model.Package, whole bool, diags *diag.List) {
	var found diag.List
	check.Check(p, &found)
	for _, d := range found.Sorted() {
		if whole || d.Code != diag.MissingTenant && d.Code != diag.MissingMounts {
			diags.Add(d)
		}
	}
}

// readTagged reads the struct tags of every folder that may have some, in one
// go; a tree that declares in YAML alone never starts the go command.
func readTagged(ctx context.Context, dir string, folders []folder, tags []string, diags *diag.List) (map[string]*model.Package, error) {
	var patterns []string
	for _, f := range folders {
		if f.tagged {
			patterns = append(patterns, pattern(f.path))
		}
	}
	tagged := map[string]*model.Package{}
	if len(patterns) == 0 {
		return tagged, ctx.Err()
	}
	packages, err := readtags.Read(ctx, readtags.Config{Dir: dir, Patterns: patterns, BuildFlags: gofiles.Flags(tags)}, diags)
	if err != nil {
		return nil, err
	}
	for _, p := range packages {
		tagged[p.Dir] = p
	}
	return tagged, nil
}

// pattern is a shown folder as the go command wants it.
func pattern(path string) string {
	if filepath.IsLocal(path) {
		return "./" + path
	}
	return path
}
