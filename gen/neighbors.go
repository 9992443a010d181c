package gen

import (
	"go/build"
	"go/parser"
	"go/token"
	"os"
	"path"
	"path/filepath"

	"github.com/secretsgen/secretsgen/gen/diag"
	"github.com/secretsgen/secretsgen/gen/gofiles"
	"github.com/secretsgen/secretsgen/gen/model"
	"github.com/secretsgen/secretsgen/gen/output"
)

// neighbors are the Go files beside declarations in YAML.
type neighbors struct {
	pkg      string // the name of their package; empty where there are none
	declared []model.Identifier
}

// neighborsIn reads the Go files that a folder's package is built from, but for
// the generated one. What is wrong with them is for their compiler to say, so
// what can be read of them is all that counts.
func neighborsIn(shown, disk string, built *build.Context) neighbors {
	var n neighbors
	entries, _ := os.ReadDir(disk) // was read before
	for _, entry := range entries {
		name := entry.Name()
		if !isGo(name) || name == output.FileName || !isRegular(filepath.Join(disk, name)) {
			continue
		}
		if match, err := built.MatchFile(disk, name); err != nil || !match {
			continue
		}
		files := token.NewFileSet()
		file, _ := parser.ParseFile(files, filepath.Join(disk, name), nil, parser.SkipObjectResolution)
		if file == nil || !file.Name.Pos().IsValid() {
			continue
		}
		if n.pkg == "" {
			n.pkg = file.Name.Name
		}
		for _, identifier := range gofiles.Identifiers(file) {
			at := files.PositionFor(identifier.Pos(), false)
			n.declared = append(n.declared, model.Identifier{
				Name: identifier.Name,
				Pos:  diag.Pos{File: path.Join(shown, name), Line: at.Line, Col: at.Column},
			})
		}
	}
	return n
}
