package readtags

import (
	"context"

	"github.com/secretsgen/secretsgen/gen/diag"
	"github.com/secretsgen/secretsgen/gen/model"
)

// Config says what Read looks at.
type Config struct {
	// Dir is the folder that patterns are relative to and that positions are
	// shown from. Empty means the working directory.
	Dir string

	// Patterns are those of the go command. None means "./...".
	Patterns []string

	// BuildFlags go to the go command: "-tags=integration".
	BuildFlags []string

	// Env is the environment of the go command. Nil means the process's own.
	Env []string

	// Overlay holds contents that stand in for those of files, by absolute path.
	Overlay map[string][]byte
}

// Read reads the tagged structs of the packages that match, in order of their
// folders; a package without one is left out. It asks the go command once for each
// module that patterns are about, however many they are.
//
// What is wrong with the declarations goes to diags, and what could be read is
// returned all the same, so that the checks that follow have their say as well:
// whoever generates from the result looks at diags first. A secret whose type is
// unknown has no Kind. The error is that of ctx.
func Read(ctx context.Context, cfg Config, diags *diag.List) ([]*model.Package, error) {
	folders := list(ctx, cfg, diags)
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	var packages []*model.Package
	for _, folder := range folders {
		if p := readFolder(folder, diags); p != nil {
			packages = append(packages, p)
		}
	}
	return packages, nil
}

// readFolder returns nil for a package that declares nothing by tags.
func readFolder(f folder, diags *diag.List) *model.Package {
	files, ok := f.parse(diags)
	if !ok || len(files) == 0 {
		return nil
	}
	scope := scopeOf(files)
	structs := candidatesOf(scope)
	declaring := declarations(scope, structs, diags)
	if len(declaring) == 0 {
		return nil
	}
	r := newReader(scope, structs, diags)
	p := &model.Package{
		Dir:        f.shown,
		Name:       files[0].syntax.Name.Name,
		ImportPath: f.importPath,
		Declared:   identifiers(files),
	}
	for _, t := range declaring {
		p.Roots = append(p.Roots, r.declaration(t))
	}
	p.Secrets = r.secrets
	p.Structs = r.structures()
	p.Sources = r.sources()
	p.Constraint = r.constraint(declaring)
	return p
}
