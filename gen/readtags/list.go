package readtags

import (
	"cmp"
	"context"
	"os"
	"path/filepath"
	"slices"

	"golang.org/x/tools/go/packages"

	"github.com/secretsgen/secretsgen/gen/diag"
	"github.com/secretsgen/secretsgen/gen/output"
)

// commandLine is what the go command calls the package of files that are named
// one by one, and whatever it can't name at all.
const commandLine = "command-line-arguments"

// A folder is a Go package as the go command lists it.
type folder struct {
	dir        string // the absolute folder that positions are shown from
	shown      string
	importPath string // empty for files named on the command line
	paths      []string
	overlay    map[string][]byte
}

// list asks the go command for names and files alone: with nothing more asked
// for it resolves no import, and what is wrong inside of files is not its to say.
func list(ctx context.Context, cfg Config, diags *diag.List) []folder {
	dir, err := filepath.Abs(cfg.Dir)
	if err == nil {
		_, err = os.Stat(dir)
	}
	if err != nil {
		diags.Add(diag.Diagnostic{
			Pos:     diag.Pos{File: filepath.ToSlash(cfg.Dir)},
			Code:    diag.Unreadable,
			Message: "the folder to work in can't be read",
			Hint:    "name a folder that exists",
		})
		return nil
	}
	cfg.Dir = dir
	patterns := cfg.Patterns
	if len(patterns) == 0 {
		patterns = []string{"./..."}
	}
	var folders []folder
	for _, m := range modulesOf(dir, patterns) {
		folders = append(folders, m.list(ctx, cfg, diags)...)
	}
	slices.SortFunc(folders, func(a, b folder) int { return cmp.Compare(a.shown, b.shown) })
	return slices.CompactFunc(folders, func(a, b folder) bool { return a.shown == b.shown })
}

// list asks for the packages of one module.
func (m *module) list(ctx context.Context, cfg Config, diags *diag.List) []folder {
	listed, err := packages.Load(&packages.Config{
		Context:    ctx,
		Mode:       packages.NeedName | packages.NeedFiles,
		Dir:        m.dir,
		BuildFlags: cfg.BuildFlags,
		Env:        cfg.Env,
		Overlay:    cfg.Overlay,
	}, m.patterns...)
	switch {
	case ctx.Err() != nil:
		return nil // nothing is wrong with what was to be read
	case err != nil:
		diags.Add(m.listFailure(cfg.Dir, err))
		return nil
	}
	var folders []folder
	for _, p := range listed {
		switch {
		case len(p.GoFiles) > 0:
			folders = append(folders, folderOf(p, cfg.Dir, cfg))
		case p.Dir == "":
			diags.Add(m.missing(cfg.Dir, p))
		default:
			// Tests only, excluded by build tags, or not Go: secrets.yaml may
			// stand there alone.
		}
	}
	return folders
}

func folderOf(p *packages.Package, dir string, cfg Config) folder {
	f := folder{
		dir:        dir,
		shown:      diag.Relative(dir, filepath.Dir(p.GoFiles[0])),
		importPath: p.PkgPath,
		overlay:    cfg.Overlay,
	}
	if f.importPath == commandLine {
		f.importPath = ""
	}
	for _, path := range p.GoFiles {
		if filepath.Base(path) != output.FileName {
			f.paths = append(f.paths, path)
		}
	}
	return f
}
