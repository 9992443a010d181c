package readtags

import (
	"bytes"
	"errors"
	"go/ast"
	"go/parser"
	"go/scanner"
	"go/token"
	"os"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/secretsgen/secretsgen/gen/diag"
)

// A file is one parsed Go file.
type file struct {
	name   string // as shown
	text   []byte
	syntax *ast.File
	tokens *token.File

	mu      sync.Mutex
	imports map[string]string // answers of importPath
}

func (f *file) base() string { return path.Base(f.name) }

// pos ignores line directives: a diagnostic is about the file that it names.
func (f *file) pos(p token.Pos) diag.Pos {
	at := f.tokens.PositionFor(p, false)
	return diag.Pos{File: f.name, Line: at.Line, Col: at.Column}
}

// importPath returns what a file imports under name, or "". The name of a package
// that the file gives none is not known here; it is taken to be the one that its
// path says by custom, and where no path does, the one path that has it in its
// last part.
func (f *file) importPath(name string) string {
	f.mu.Lock()
	defer f.mu.Unlock()
	found, asked := f.imports[name]
	if !asked {
		found = f.findImport(name)
		if f.imports == nil {
			f.imports = map[string]string{}
		}
		f.imports[name] = found
	}
	return found
}

func (f *file) findImport(name string) string {
	var near []string
	assumed := ""
	for _, spec := range f.syntax.Imports {
		imported, _ := strconv.Unquote(spec.Path.Value) // which the parser did before
		switch {
		case spec.Name != nil && spec.Name.Name == name:
			return imported
		case spec.Name != nil:
		case packageName(imported) == name:
			assumed = imported
		case strings.Contains(path.Base(withoutVersion(imported)), name):
			near = append(near, imported)
		}
	}
	if assumed == "" && len(near) == 1 {
		assumed = near[0]
	}
	return assumed
}

// packageName is what a package is called by custom: "yaml" for gopkg.in/yaml.v3,
// "ulid" for github.com/oklog/ulid/v2.
func packageName(imported string) string {
	return strings.TrimPrefix(path.Base(withoutVersion(imported)), "go-")
}

// withoutVersion is an import path without the major version at its end.
func withoutVersion(imported string) string {
	return majorVersion.ReplaceAllString(imported, "")
}

var majorVersion = regexp.MustCompile(`[/.]v[0-9]+$`)

// dotImports reports whether names of a file may be those of other packages.
func (f *file) dotImports() bool {
	return slices.ContainsFunc(f.syntax.Imports, func(spec *ast.ImportSpec) bool {
		return spec.Name != nil && spec.Name.Name == "."
	})
}

// qualified returns a selector of a package with its import path in place of the
// package's name, "encoding/json.RawMessage".
func (f *file) qualified(e *ast.SelectorExpr) string {
	if name, ok := e.X.(*ast.Ident); ok {
		return f.importPath(name.Name) + "." + e.Sel.Name
	}
	return e.Sel.Name
}

// parse reads the files of a folder if one of them may hold a tag of ours, and
// says whether all of them are Go of one package.
func (f folder) parse(diags *diag.List) (files []*file, ok bool) {
	ok = true
	tagged := false
	for _, name := range f.paths {
		shown := diag.Relative(f.dir, name)
		text, overlaid := f.overlay[name]
		if !overlaid {
			var err error
			if text, err = os.ReadFile(name); err != nil {
				diags.Add(diag.Diagnostic{
					Pos:     diag.Pos{File: shown},
					Code:    diag.Unreadable,
					Message: "the file can't be read",
					Hint:    "check that it exists and may be read",
				})
				ok = false
				continue
			}
		}
		tagged = tagged || bytes.Contains(text, []byte("secret:"))
		files = append(files, &file{name: shown, text: text})
	}
	if !tagged {
		return nil, ok
	}
	set := token.NewFileSet()
	for _, file := range files {
		var err error
		file.syntax, err = parser.ParseFile(set, file.name, file.text, parser.ParseComments|parser.SkipObjectResolution)
		if err != nil {
			file.syntaxErrors(err, diags)
			ok = false
			continue
		}
		file.tokens = set.File(file.syntax.FileStart)
		if first := files[0].syntax; ok && first.Name.Name != file.syntax.Name.Name {
			diags.Add(diag.Diagnostic{
				Pos:     file.pos(file.syntax.Name.Pos()),
				Code:    diag.Syntax,
				Message: "this file is of another package than the one beside it",
				Hint:    "keep one package in a folder",
				Related: []diag.Related{{Pos: files[0].pos(first.Name.Pos()), Message: "the other package"}},
			})
			ok = false
		}
	}
	return files, ok
}

func (f *file) syntaxErrors(err error, diags *diag.List) {
	var list scanner.ErrorList
	errors.As(err, &list)
	for _, e := range list {
		before := f.text[:e.Pos.Offset]
		diags.Addf(diag.Pos{
			File: f.name,
			Line: bytes.Count(before, []byte("\n")) + 1,
			Col:  len(before) - bytes.LastIndexByte(before, '\n'),
		}, diag.Syntax, "this is not Go: %s", withoutText(e.Msg))
	}
}

// withoutText cuts what the parser quotes from the file: a string literal that it
// did not expect may be a value.
func withoutText(message string) string {
	message, _, _ = strings.Cut(message, ", found ")
	message, _, _ = strings.Cut(message, ": ")
	return message
}
