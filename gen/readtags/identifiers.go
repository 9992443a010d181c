package readtags

import (
	"github.com/secretsgen/secretsgen/gen/gofiles"
	"github.com/secretsgen/secretsgen/gen/model"
)

// identifiers returns what files declare at package level, in order.
func identifiers(files []*file) []model.Identifier {
	var all []model.Identifier
	for _, f := range files {
		for _, name := range gofiles.Identifiers(f.syntax) {
			all = append(all, model.Identifier{Name: name.Name, Pos: f.pos(name.Pos())})
		}
	}
	return all
}
