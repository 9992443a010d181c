package rewrite

import (
	"github.com/secretsgen/secretsgen/gen/diag"
	"github.com/secretsgen/secretsgen/gen/model"
	"github.com/secretsgen/secretsgen/runtime/uri"
)

// References returns the references of a package by the file that they stand in,
// as its positions name it.
func References(p *model.Package) map[string][]model.Reference {
	refs := map[string][]model.Reference{}
	for _, secret := range p.Secrets {
		for _, ref := range secret.References() {
			refs[ref.Pos.File] = append(refs[ref.Pos.File], ref)
		}
	}
	return refs
}

// Apply returns src with refs, which must be those of that one file, in the
// canonical form that package uri gives them under scope. Where nothing changes
// it returns src itself, and it never writes to src.
//
// A reference that is not legal goes to diags under its own codes, and one that
// can't be exchanged byte for byte under diag.NotCanonical; both stay as they
// are. References that share one place, as those of "A, B string" do, are
// exchanged once. One without text is skipped: its reader has reported it.
func Apply(src []byte, refs []model.Reference, scope uri.Scope, diags *diag.List) []byte {
	var edits []edit
	lines := linesOf(src)
	for _, ref := range refs {
		if ref.Text == "" {
			continue
		}
		parsed, err := uri.Parse(ref.Text, scope)
		if err != nil {
			ref.Report(err, scope, diags)
			continue
		}
		e := edit{start: lines.offset(ref.Pos, len(src)), old: ref.Text, new: parsed.String()}
		if e.new == e.old {
			continue
		}
		if !ref.Exact || !e.safe(src) {
			diags.Add(diag.Diagnostic{
				Pos:     ref.Pos,
				Code:    diag.NotCanonical,
				Message: "the reference is not canonical, and can't be rewritten as it is quoted",
				Hint:    `write by hand what "secretsgen uri" prints for it: on one line, in double quotes, without escapes`,
			})
			continue
		}
		edits = append(edits, e)
	}
	if len(edits) == 0 {
		return src
	}
	return splice(src, edits)
}
