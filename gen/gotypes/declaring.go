package gotypes

import (
	"bytes"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/secretsgen/secretsgen/gen/model"
	"github.com/secretsgen/secretsgen/gen/output"
)

// A declaring is a package that names Go types.
type declaring struct {
	model      *model.Package
	dir        string // absolute
	importPath string
	module     *moduleLoad // nil outside of any module
	own        *ownPackage // nil until asked for
	read       bool        // files are
	files      []source
	mentions   *bool           // one of the two methods; nil until looked for
	known      map[string]bool // by name, whether a struct is plain
	structs    map[string]*model.Struct
	converted  map[string]bool
}

// unreachable says why generated code can't use a type of another package,
// whatever that holds.
func (d *declaring) unreachable(t *model.GoType) *fault {
	if d.module == nil {
		return faultOfModule
	}
	if !importable(t.Path, d.module.dir) {
		return faultOfPath
	}
	if parent, ok := within(d.importPath, t.Path); !ok {
		return faultOfInternal(t.Path, parent)
	}
	if !token.IsExported(t.Name) {
		return faultOfUnexported(spelled(t))
	}
	return nil
}

// A source is a Go file of a folder, whether it is built or not.
type source struct {
	name, shown string
	text        []byte
	err         error
}

// sources reads the Go files of a declaring package but its tests and the
// generated one, whatever that holds.
func (d *declaring) sources() []source {
	if d.read {
		return d.files
	}
	d.read = true
	entries, _ := os.ReadDir(d.dir) // whoever read its declarations reports it
	for _, entry := range entries {
		name := entry.Name()
		disk := filepath.Join(d.dir, name)
		if !strings.HasSuffix(name, ".go") || strings.HasSuffix(name, "_test.go") || name == output.FileName || !isRegular(disk) {
			continue
		}
		s := source{name: name, shown: path.Join(d.model.Dir, name)}
		s.text, s.err = os.ReadFile(disk)
		d.files = append(d.files, s)
	}
	return d.files
}

// plain reports whether a document's struct can't read itself, by a look at the
// package that costs no parsing of it: most documents are such. It looks at each
// struct once, however many documents are read into it.
func (d *declaring) plain(document string) bool {
	if known, looked := d.known[document]; looked {
		return known
	}
	if d.known == nil {
		d.known = map[string]bool{}
	}
	d.known[document] = d.looksPlain(document)
	return d.known[document]
}

func (d *declaring) looksPlain(document string) bool {
	declared := d.structs[document]
	if declared == nil {
		return false
	}
	if d.mentions == nil {
		d.mentions = new(slices.ContainsFunc(d.sources(), func(s source) bool {
			return bytes.Contains(s.text, []byte(unmarshalText)) || bytes.Contains(s.text, []byte(unmarshalJSON))
		}))
	}
	if *d.mentions {
		return false
	}
	expr, _ := parser.ParseExpr(declared.Source)
	s, ok := expr.(*ast.StructType)
	return ok && !embeds(s)
}

// dropStructs leaves structs that read themselves out of the drift guard: their
// fields say nothing of what is generated.
func (d *declaring) dropStructs() {
	if len(d.converted) == 0 {
		return
	}
	p := d.model
	kept := p.Structs[:0:0]
	for _, s := range p.Structs {
		if !d.converted[s.Name] {
			kept = append(kept, s)
		}
	}
	p.Structs = kept
}
