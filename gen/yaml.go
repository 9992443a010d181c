package gen

import (
	"cmp"
	"go/build"
	"path"
	"path/filepath"
	"strings"

	"github.com/secretsgen/secretsgen/gen/diag"
	"github.com/secretsgen/secretsgen/gen/gotypes"
	"github.com/secretsgen/secretsgen/gen/model"
	"github.com/secretsgen/secretsgen/gen/readyaml"
)

// readYAML reads the YAML files of a folder, into the model that its struct
// tags made if there are any. The Go files that are built say what its package
// is called. It reports whether all could be read as YAML.
func (p *Package) readYAML(bases []string, built *build.Context, diags *diag.List) (whole bool) {
	whole = true
	var files []readyaml.File
	for _, base := range bases {
		name := path.Join(p.Dir, base)
		// A byte more than is allowed: its reader refuses a longer file, and it
		// need not be read whole.
		data, err := readRegular(filepath.Join(p.disk, base), readyaml.MaxBytes+1)
		if err != nil {
			diags.Add(unreadable(name, err, "check that it is a file and may be read"))
			whole = false
			continue
		}
		files = append(files, readyaml.File{Name: name, Base: base, Data: data})
	}
	if len(files) == 0 {
		return whole
	}
	var beside neighbors
	if p.Model == nil {
		beside = neighborsIn(p.Dir, p.disk, built)
		p.Model = &model.Package{
			Dir:        p.Dir,
			Name:       cmp.Or(beside.pkg, nameOf(p.disk)),
			ImportPath: gotypes.ImportPath(p.disk),
			Declared:   beside.declared,
		}
	}
	var found diag.List
	readyaml.Read(p.Model, files, &found)
	for _, d := range found.Sorted() {
		switch d.Code {
		case diag.Syntax, diag.Limit, diag.Unsupported:
			whole = false
		}
		diags.Add(d)
	}
	if beside.pkg != "" && p.Model.Name != beside.pkg {
		diags.Add(diag.Diagnostic{
			Pos:     p.Model.NamePos,
			Code:    diag.InvalidValue,
			Message: "this is not the package of the Go files beside it",
			Hint:    "remove the key",
		})
	}
	return whole
}

// nameOf makes the name of a package of that of its folder.
func nameOf(disk string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r >= 'a' && r <= 'z', r >= '0' && r <= '9', r == '_':
			return r
		case r >= 'A' && r <= 'Z':
			return r - 'A' + 'a'
		}
		return -1
	}, filepath.Base(disk))
}
