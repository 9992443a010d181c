package gen

import (
	"bytes"
	"context"
	"errors"
	"go/token"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/secretsgen/secretsgen/gen/diag"
	"github.com/secretsgen/secretsgen/gen/gofiles"
	"github.com/secretsgen/secretsgen/gen/output"
	"github.com/secretsgen/secretsgen/gen/readtags"
	"github.com/secretsgen/secretsgen/gen/sample"
)

const (
	yamlName = "secrets.yaml"
	goName   = "generate.go"
)

// Start is a package that is to have its first declaration.
type Start struct {
	Dir    string   // working folder, as of a [Source]
	Folder string   // of the package; made if it is not there
	Tenant string   // its id, printable text
	Mounts []string // of the tenant: at least one, each a mount of a reference
}

// Started is what was written.
type Started struct {
	Paths  []string // as shown
	Folder string   // as the go command wants it
}

// Begin writes a commented secrets.yaml, and a Go file with the line that
// generates from it unless the folder has one: both of them, or nothing and a
// finding. Nothing is overwritten, and a package that declares secrets already is
// left alone. The error is that of ctx, and then nothing was written; or else
// one of the files could not be moved to its place.
func Begin(ctx context.Context, start Start, diags *diag.List) (Started, error) {
	dir, err := filepath.Abs(start.Dir)
	if err != nil {
		return Started{}, err
	}
	s := starting{dir: dir, disk: start.Folder, diags: diags}
	if !filepath.IsAbs(s.disk) {
		s.disk = filepath.Join(dir, s.disk)
	}
	s.shown = diag.Relative(dir, s.disk)
	started := Started{Folder: s.shown}
	if s.shown != "." {
		started.Folder = pattern(s.shown)
	}
	s.look()
	if s.tagged && diags.Empty() {
		if err := s.lookAtTags(ctx); err != nil {
			return Started{}, err
		}
	}
	if !diags.Empty() {
		return started, ctx.Err()
	}
	type file struct {
		name    string
		content []byte
	}
	files := []file{{yamlName, sample.YAML(start.Tenant, start.Mounts)}}
	if !s.generates {
		files = append(files, file{goName, sample.Go(s.packageName(), s.documented)})
	}
	err = commit(ctx, diags, func(batch *output.Batch) {
		for _, f := range files {
			if err := batch.Create(filepath.Join(s.disk, f.name), f.content); err != nil {
				diags.Add(unwritable(path.Join(s.shown, f.name), err))
			}
		}
	})
	if err != nil || !diags.Empty() {
		return started, err
	}
	for _, f := range files {
		started.Paths = append(started.Paths, path.Join(s.shown, f.name))
	}
	return started, nil
}

// starting is the folder that a declaration is to begin in.
type starting struct {
	dir   string // the working folder, absolute
	disk  string // the folder
	shown string
	diags *diag.List

	tagged     bool // a Go file may hold a tagged struct
	documented bool // another Go file may hold the package's documentation
	generates  bool // a Go file has the line that generates
}

// look reports what is in the way of the files.
func (s *starting) look() {
	at := func(name string) string { return path.Join(s.shown, name) }
	state, err := output.Compare(s.disk, nil)
	if err == nil && state == output.Foreign {
		err = output.ErrForeign
	}
	switch {
	case errors.Is(err, output.ErrNoModule):
		s.diags.Add(unwritable(at(yamlName), err))
		return
	case err != nil:
		s.diags.Add(unwritable(at(output.FileName), err))
		return
	}
	entries, err := os.ReadDir(s.disk)
	if errors.Is(err, fs.ErrNotExist) {
		return
	}
	if err != nil {
		s.diags.Add(unreadable(s.shown, err, "name a folder, as ./config"))
		return
	}
	own := false // generate.go is there
	for _, entry := range entries {
		switch name := entry.Name(); {
		case isYAML(name):
			s.diags.Add(diag.Diagnostic{
				Pos:     diag.Pos{File: at(name)},
				Code:    diag.Unwritable,
				Message: "is there already, and declares the secrets of its package",
				Hint:    "edit it, or name another folder",
			})
		case name == goName:
			own = true
			fallthrough
		case isGo(name) && name != output.FileName, strings.HasSuffix(name, "_test.go"):
			s.lookAtGo(name)
		}
	}
	if own && !s.generates {
		s.diags.Add(diag.Diagnostic{
			Pos:     diag.Pos{File: at(goName)},
			Code:    diag.Unwritable,
			Message: "is there already, and does not generate accessors",
			Hint:    `add the line "//go:generate go tool secretsgen generate ." to it, and try again`,
		})
	}
}

// lookAtGo reads a Go file.
func (s *starting) lookAtGo(name string) {
	source, err := readRegular(filepath.Join(s.disk, name), 0)
	if err != nil {
		s.diags.Add(unreadable(path.Join(s.shown, name), err, ""))
		return
	}
	s.generates = s.generates || generates(source)
	if isGo(name) {
		s.documented = true
		s.tagged = s.tagged || mayDeclare(source)
	}
}

// generates reports whether a Go file has a line by which "go generate" runs the
// command, in whatever way it is called.
func generates(source []byte) bool {
	for line := range bytes.Lines(source) {
		words := bytes.Fields(line)
		if !bytes.HasPrefix(line, []byte("//go:generate")) || !slices.ContainsFunc(words, func(word []byte) bool { return string(word) == "generate" }) {
			continue
		}
		if slices.ContainsFunc(words, func(word []byte) bool {
			command, _, _ := strings.Cut(path.Base(string(word)), "@")
			return strings.TrimSuffix(command, ".exe") == "secretsgen"
		}) {
			return true
		}
	}
	return false
}

// lookAtTags reports a tagged struct, or what keeps it from being known.
func (s *starting) lookAtTags(ctx context.Context) error {
	var found diag.List
	packages, err := readtags.Read(ctx, readtags.Config{Dir: s.dir, Patterns: []string{pattern(s.shown)}}, &found)
	if err != nil {
		return err
	}
	for _, p := range packages {
		s.diags.Add(diag.Diagnostic{
			Pos:     diag.Pos{File: path.Join(s.shown, yamlName)},
			Code:    diag.Unwritable,
			Message: "is not written: the package declares its secrets by a tagged struct already",
			Hint:    "add to the struct, or name another folder; all that a secrets.yaml beside it must have is version: 1 and tenant: {id: dev, mounts: [secret]}",
			Related: []diag.Related{{Pos: p.Roots[0].Pos, Message: "the struct"}},
		})
		return nil
	}
	for _, d := range found.Sorted() {
		s.diags.Add(d)
	}
	return nil
}

// packageName is the name of the package, be it there or not.
func (s *starting) packageName() string {
	built := gofiles.Context(nil, nil)
	if beside := neighborsIn(s.shown, s.disk, &built); beside.pkg != "" {
		return beside.pkg
	}
	if name := nameOf(s.disk); token.IsIdentifier(name) && name != "_" && name != "main" {
		return name
	}
	return "secrets"
}
