package gen

import (
	"context"
	"errors"
	"path"

	"github.com/secretsgen/secretsgen/gen/diag"
	"github.com/secretsgen/secretsgen/gen/emit"
	"github.com/secretsgen/secretsgen/gen/output"
)

// Output is one generated file with what stands in its place.
type Output struct {
	Path   string // as shown
	State  output.State
	Orphan bool // the folder declares nothing any more

	disk    string // the folder, as opened
	content []byte
}

// Outputs emits the generated file of every package and compares it with what
// is there. Call it only for a project without findings.
func (p *Project) Outputs(diags *diag.List) []Output {
	var outputs []Output
	for _, pkg := range p.Packages {
		o := Output{Path: path.Join(pkg.Dir, output.FileName), Orphan: pkg.Model == nil, disk: pkg.disk}
		if pkg.Model != nil {
			content, err := emit.File(pkg.Model)
			if err != nil {
				diags.Addf(diag.Pos{File: o.Path}, diag.Internal, "%v", err)
				continue
			}
			o.content = content
		}
		var err error
		o.State, err = output.Compare(o.disk, o.content)
		switch {
		case err != nil:
			diags.Add(unwritable(o.Path, err))
		case o.Orphan && o.State == output.Foreign:
			// Somebody else's file of that name.
		case o.State == output.Foreign:
			diags.Add(unwritable(o.Path, output.ErrForeign))
		default:
			outputs = append(outputs, o)
		}
	}
	return outputs
}

// Finding says how the file differs from what should be there, if it does.
func (o Output) Finding() (finding diag.Diagnostic, differs bool) {
	finding = diag.Diagnostic{Pos: diag.Pos{File: o.Path}, Hint: `run "secretsgen generate"`}
	switch {
	case o.Orphan:
		finding.Code, finding.Message = diag.Orphaned, "is generated, and nothing in its folder declares secrets any more"
		finding.Hint = "delete it"
	case o.State == output.Missing:
		finding.Code, finding.Message = diag.Missing, "is not there yet"
	case o.State == output.Stale:
		finding.Code, finding.Message = diag.Stale, "is not what its declarations give"
	default:
		return diag.Diagnostic{}, false
	}
	return finding, true
}

// Write puts the files that differ in their places: all of them, or none and a
// finding. An orphan stays as it is, because only its author knows that it is
// not needed. The error is that of ctx, and then nothing was written.
func Write(ctx context.Context, outputs []Output, diags *diag.List) error {
	return commit(ctx, diags, func(batch *output.Batch) {
		for _, o := range outputs {
			if o.Orphan {
				continue
			}
			if err := batch.Generate(o.disk, o.content); err != nil {
				diags.Add(unwritable(o.Path, err))
			}
		}
	})
}

// commit writes what stage adds to a batch, if that finds nothing wrong.
func commit(ctx context.Context, diags *diag.List, stage func(*output.Batch)) (err error) {
	var batch output.Batch
	defer func() { err = errors.Join(err, batch.Close()) }()
	stage(&batch)
	if err := ctx.Err(); err != nil {
		return err
	}
	if !diags.Empty() {
		return nil
	}
	return batch.Commit()
}

// unwritable says why a file can't be put in its place.
func unwritable(path string, err error) diag.Diagnostic {
	d := diag.Diagnostic{Pos: diag.Pos{File: path}, Code: diag.Unwritable, Message: "can't be written: " + reason(err)}
	d.Hint = "check that its folder may be written, and is no link out of the module"
	switch {
	case errors.Is(err, output.ErrForeign):
		d.Code, d.Message = diag.NotGenerated, "stands where the generated file goes, and was not generated"
		d.Hint = "move it away, or delete it"
	case errors.Is(err, output.ErrNoModule):
		d.Code, d.Message = diag.NoModule, "its folder is in no Go module"
		d.Hint = `run "go mod init" where the module should begin`
	case errors.Is(err, output.ErrInTheWay):
		d.Hint = "wait for the other run; if there is none, one was killed: delete " + path + ".tmp"
	case errors.Is(err, output.ErrNotRegular):
		d.Hint = "put the file itself there"
	}
	return d
}
