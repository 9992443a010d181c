package gen

import (
	"bytes"
	"context"
	"maps"
	"path/filepath"
	"slices"

	"github.com/secretsgen/secretsgen/gen/diag"
	"github.com/secretsgen/secretsgen/gen/model"
	"github.com/secretsgen/secretsgen/gen/output"
	"github.com/secretsgen/secretsgen/gen/rewrite"
	"github.com/secretsgen/secretsgen/runtime/uri"
)

// NotCanonical reports every reference that is legal and not in its canonical
// form.
func (p *Project) NotCanonical(diags *diag.List) {
	for _, pkg := range p.declaring() {
		for _, s := range pkg.Secrets {
			notCanonical(s.Ref, s.URI, diags)
			for _, profile := range s.Profiles {
				notCanonical(profile.Ref, profile.URI, diags)
			}
		}
	}
}

func notCanonical(ref model.Reference, parsed uri.URI, diags *diag.List) {
	if !parsed.IsZero() && parsed.String() != ref.Text {
		diags.Add(diag.Diagnostic{
			Pos:     ref.Pos,
			Code:    diag.NotCanonical,
			Message: "the reference is not in its canonical form",
			Hint:    `run "secretsgen fmt"`,
		})
	}
}

// Rewrite is a file of the author's with its references in canonical form.
type Rewrite struct {
	Path string // as shown

	disk    string
	content []byte
}

// Rewrites puts the references of every file into their canonical form, byte
// for byte everything else as it is, and returns the files that this changes,
// by path. Call it only for a project without findings.
func (p *Project) Rewrites(diags *diag.List) []Rewrite {
	var rewrites []Rewrite
	for _, pkg := range p.declaring() {
		refs := rewrite.References(pkg)
		for _, file := range slices.Sorted(maps.Keys(refs)) {
			disk := filepath.Join(p.dir, filepath.FromSlash(file))
			source, err := readRegular(disk, 0)
			if err != nil {
				diags.Add(unreadable(file, err, ""))
				continue
			}
			content := rewrite.Apply(source, refs[file], scope(pkg), diags)
			if !bytes.Equal(source, content) {
				rewrites = append(rewrites, Rewrite{Path: file, disk: disk, content: content})
			}
		}
	}
	return rewrites
}

// WriteRewrites puts the files in the places of the old ones: all of them, or
// none and a finding. The error is that of ctx, and then nothing was written.
func WriteRewrites(ctx context.Context, rewrites []Rewrite, diags *diag.List) error {
	return commit(ctx, diags, func(batch *output.Batch) {
		for _, r := range rewrites {
			if err := batch.Rewrite(r.disk, r.content); err != nil {
				diags.Add(unwritable(r.Path, err))
			}
		}
	})
}

func (p *Project) declaring() []*model.Package {
	var declaring []*model.Package
	for _, pkg := range p.Packages {
		if pkg.Model != nil {
			declaring = append(declaring, pkg.Model)
		}
	}
	return declaring
}

// scope is what the references of a package may name. The mounts were checked
// before.
func scope(p *model.Package) uri.Scope {
	s := uri.Scope{AnyMount: true}
	for _, scheme := range slices.Concat(p.Instances, p.Schemes) {
		s.Schemes = append(s.Schemes, scheme.Name)
	}
	return s
}
