package readyaml

import (
	"slices"

	"github.com/secretsgen/secretsgen/gen/diag"
	"github.com/secretsgen/secretsgen/gen/model"
)

// settleRoot finds the root of the secrets that were read: the one that a file
// names; else that of the tagged struct, if there is just one; else Secrets.
func (r *reader) settleRoot() {
	p := r.pkg
	named := r.into.Name != ""
	declares := slices.ContainsFunc(p.Secrets, func(s *model.Secret) bool { return s.Root == r.into })
	root := r.into
	switch {
	case !named && len(p.Roots) == 1:
		root = p.Roots[0]
	case !named:
		r.into.Name = "Secrets"
	}
	if i := slices.IndexFunc(p.Roots, func(tagged *model.Root) bool { return tagged.Name == r.into.Name }); i >= 0 {
		root = p.Roots[i]
	}
	if root != r.into {
		for _, s := range p.Secrets {
			if s.Root == r.into {
				s.Root = root
			}
		}
		return
	}
	if r.tagged && !declares {
		if named {
			r.diags.Add(diag.Diagnostic{
				Pos:     r.into.Pos,
				Code:    diag.InvalidValue,
				Message: "the root is named after the tagged struct",
				Hint:    "remove the key",
			})
		}
		return
	}
	p.Roots = append(p.Roots, root)
}
