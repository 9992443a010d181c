package gen

import (
	"context"
	"errors"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/secretsgen/secretsgen/gen/diag"
	"github.com/secretsgen/secretsgen/gen/emit"
	"github.com/secretsgen/secretsgen/gen/names"
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

// Outputs emits the generated files of every package, which are its accessors
// and their fake, and compares them with what is there. What is left over of
// packages that declare nothing any more comes with them. Call it only for a
// project without findings.
func (p *Project) Outputs(diags *diag.List) []Output {
	var outputs []Output
	wanted := map[string]bool{} // by path as shown
	for i, pkg := range p.Packages {
		p.src.report(Generating, i+1, len(p.Packages))
		if pkg.Model == nil {
			continue
		}
		for _, o := range pkg.outputs(diags) {
			if wanted[o.Path] {
				diags.Add(diag.Diagnostic{
					Pos:     diag.Pos{File: o.Path},
					Code:    diag.NameCollision,
					Message: "a package that declares secrets stands where the fake of another goes",
					Hint:    "rename one of the two folders",
				})
				continue
			}
			wanted[o.Path] = true
			if o.compare(diags) {
				outputs = append(outputs, o)
			}
		}
	}
	for _, pkg := range p.Packages {
		o := Output{Path: path.Join(pkg.Dir, output.FileName), Orphan: true, disk: pkg.disk}
		if pkg.Model == nil && !wanted[o.Path] && !pkg.isFake() && o.compare(diags) {
			outputs = append(outputs, o)
		}
	}
	slices.SortFunc(outputs, func(a, b Output) int { return strings.Compare(a.Path, b.Path) })
	return outputs
}

// outputs emits the files of a package that declares.
func (p *Package) outputs(diags *diag.List) []Output {
	accessors := Output{Path: path.Join(p.Dir, output.FileName), disk: p.disk}
	folder := names.FakePackage(p.Model.Name)
	fake := Output{Path: path.Join(p.Dir, folder, output.FileName), disk: filepath.Join(p.disk, folder)}
	var err error
	if accessors.content, err = emit.File(p.Model); err == nil {
		fake.content, err = emit.Fake(p.Model)
	}
	if err != nil {
		diags.Addf(diag.Pos{File: accessors.Path}, diag.Internal, "%v", err)
		return nil
	}
	if fake.content == nil {
		return []Output{accessors}
	}
	return []Output{accessors, fake}
}

// isFake reports whether a package that declares nothing is the fake of one that
// does and that this run does not look at.
func (p *Package) isFake() bool {
	above := filepath.Dir(p.disk)
	bases, err := os.ReadDir(above)
	if err != nil || !strings.HasSuffix(filepath.Base(p.disk), names.FakePackage("")) {
		return false
	}
	return !p.aboveSeen && slices.ContainsFunc(bases, func(e os.DirEntry) bool { return isYAML(e.Name()) || isGo(e.Name()) })
}

// compare tells what stands in the place of the file, and reports whether it is
// ours to write or to tell of.
func (o *Output) compare(diags *diag.List) bool {
	var err error
	o.State, err = output.Compare(o.disk, o.content)
	switch {
	case err != nil:
		diags.Add(unwritable(o.Path, err))
		return false
	case o.Orphan && o.State == output.Foreign:
		return false // somebody else's file of that name
	case o.State == output.Foreign:
		diags.Add(unwritable(o.Path, output.ErrForeign))
		return false
	}
	return true
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
	case errors.Is(err, output.ErrExists):
		d.Hint = "wait for who is writing it, and look at it"
	case errors.Is(err, output.ErrInTheWay):
		d.Hint = "wait for the other run; if there is none, one was killed: delete " + path + ".tmp"
	case errors.Is(err, output.ErrNotRegular):
		d.Hint = "put the file itself there"
	}
	return d
}
