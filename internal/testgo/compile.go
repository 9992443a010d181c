package testgo

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"go/types"
	"maps"
	"slices"
	"strings"
	"sync"

	"golang.org/x/tools/go/packages"

	"github.com/secretsgen/secretsgen/gen/model"
)

const ours = "github.com/secretsgen/secretsgen/runtime"

// fixed are the packages that generated code may import whatever is declared.
func fixed() []string {
	return []string{
		"context", "crypto", "crypto/tls", "crypto/x509", "encoding/json", "errors", "net/url", "time",
		ours, ours + "/constraint", ours + "/decode", ours + "/secretstest",
		ours + "/providers/env", ours + "/providers/file", ours + "/providers/kv2", ours + "/providers/yaml",
	}
}

func isFixed(imported string) bool { return slices.Contains(fixed(), imported) }

// fromModule are the types of the packages that generated code may import, once for the
// process.
var fromModule = sync.OnceValues(func() (map[string]*types.Package, error) {
	// Without NeedDeps types come from export data.
	loaded, err := packages.Load(&packages.Config{
		Mode: packages.NeedName | packages.NeedFiles | packages.NeedImports | packages.NeedTypes,
	}, fixed()...)
	if err != nil {
		return nil, err
	}
	all := map[string]*types.Package{}
	for _, p := range loaded {
		if len(p.Errors) > 0 || p.Types == nil {
			return nil, fmt.Errorf("package %s can't be loaded: %v", p.PkgPath, p.Errors)
		}
		all[p.PkgPath] = p.Types
	}
	return all, nil
})

// importing gives the packages that a file imports.
type importing map[string]*types.Package

func (i importing) Import(imported string) (*types.Package, error) {
	if p := i[imported]; p != nil {
		return p, nil
	}
	return nil, fmt.Errorf("there is no package %s", imported)
}

// compile type-checks the output, with the author's files or with what they would
// have to hold.
func compile(set *token.FileSet, p *model.Package, accessors, fake *ast.File, authors map[string]string) error {
	known, err := fromModule()
	if err != nil {
		return err
	}
	all := importing(maps.Clone(known))
	inOut, err := all.pretend(set, p)
	if err != nil || !inOut {
		return err
	}
	files := []*ast.File{accessors}
	if authors == nil {
		authors = map[string]string{"own.go": "package " + p.Name + "\n" + madeUp(p, "")}
	}
	for _, name := range slices.Sorted(maps.Keys(authors)) {
		file, err := parser.ParseFile(set, name, authors[name], 0)
		if err != nil {
			return fmt.Errorf("the author's %s: %w", name, err)
		}
		files = append(files, file)
	}
	imported := p.ImportPath
	if imported == "" {
		imported = p.Name
	}
	config := types.Config{Importer: all}
	checked, err := config.Check(imported, set, files, nil)
	if err != nil {
		return fmt.Errorf("the accessors do not compile: %w", err)
	}
	if fake == nil {
		return nil
	}
	all[p.ImportPath] = checked
	if _, err := config.Check(imported+"/"+p.Name+"fake", set, []*ast.File{fake}, nil); err != nil {
		return fmt.Errorf("the fake does not compile: %w", err)
	}
	return nil
}

// pretend makes up the packages that declarations name. It reports false where
// they name one that is there and has nothing of the kind: then only the author's
// mistake keeps the output from compiling.
func (i importing) pretend(set *token.FileSet, p *model.Package) (ok bool, err error) {
	named := map[string]string{} // package names by path
	for _, scheme := range p.Schemes {
		named[scheme.Import] = "nobodyknows"
	}
	for _, t := range typesOf(p) {
		if t.Go != nil && t.Go.Path != "" {
			named[t.Go.Path] = t.Go.Package
		}
	}
	for _, imported := range slices.Sorted(maps.Keys(named)) {
		if i[imported] != nil {
			return false, nil
		}
		src := "package " + named[imported] + "\n" + madeUp(p, imported)
		if isProvider(p, imported) {
			if strings.Contains(src, "\ntype Provider ") {
				return false, nil
			}
			src = strings.Replace(src, "\n", "\nimport theirs \""+ours+"\"\nfunc Provider() theirs.Extension { return nil }\n", 1)
		}
		file, err := parser.ParseFile(set, imported, src, 0)
		if err != nil {
			return false, fmt.Errorf("package %s as the declarations have it: %w", imported, err)
		}
		config := types.Config{Importer: i}
		if i[imported], err = config.Check(imported, set, []*ast.File{file}, nil); err != nil {
			return false, fmt.Errorf("package %s as the declarations have it: %w", imported, err)
		}
	}
	return true, nil
}

// madeUp declares the types that declarations name of a package, which is the
// declaring one if imported is empty.
func madeUp(p *model.Package, imported string) string {
	var b strings.Builder
	seen := map[string]bool{}
	for _, t := range typesOf(p) {
		if t.Go == nil || t.Go.Path != imported || seen[t.Go.Name] {
			continue
		}
		seen[t.Go.Name] = true
		name := t.Go.Name
		fmt.Fprintf(&b, "type %s struct{}\n", name)
		fmt.Fprintf(&b, "func (*%s) UnmarshalText([]byte) error { return nil }\n", name)
		fmt.Fprintf(&b, "func (*%s) UnmarshalJSON([]byte) error { return nil }\n", name)
	}
	return b.String()
}

// Compiles type-checks the author's files of a package, by name, without what is
// generated. They may import what generated code may.
func Compiles(name string, authors map[string]string) error {
	known, err := fromModule()
	if err != nil {
		return err
	}
	set := token.NewFileSet()
	var files []*ast.File
	for _, file := range slices.Sorted(maps.Keys(authors)) {
		parsed, err := parser.ParseFile(set, file, authors[file], 0)
		if err != nil {
			return err
		}
		files = append(files, parsed)
	}
	_, err = (&types.Config{Importer: importing(known)}).Check(name, set, files, nil)
	return err
}
