package gen_test

import (
	"encoding/json"
	"flag"
	"go/ast"
	"go/parser"
	"go/printer"
	"go/token"
	"io/fs"
	"maps"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/secretsgen/secretsgen/gen"
	"github.com/secretsgen/secretsgen/gen/diag"
	"github.com/secretsgen/secretsgen/gen/emit"
	"github.com/secretsgen/secretsgen/gen/names"
)

// update writes the golden files anew, once they compile.
var update = flag.Bool("update", false, "write the golden files anew")

const (
	goldenDir     = "../testdata/golden"
	generatedFile = "secrets_gen.go"
)

// TestGolden compares what is generated of each case with the file beside it.
// A case is a folder below yaml or tags that declares something.
func TestGolden(t *testing.T) {
	t.Parallel()
	generated := generateGolden(t)
	if diff := cmp.Diff(generated, generateGolden(t)); diff != "" {
		t.Fatalf("the second run gave something else (-first +second):\n%s", diff)
	}
	cases := goldenCases(t)
	if len(cases) == 0 {
		t.Fatal("there are no cases")
	}
	var declaring []string
	for folder := range generated {
		if path.Base(path.Dir(folder)) == "yaml" || path.Base(path.Dir(folder)) == "tags" {
			declaring = append(declaring, folder)
		}
	}
	slices.Sort(declaring)
	if diff := cmp.Diff(cases, declaring); diff != "" {
		t.Fatalf("folders of cases and folders that declare something (-want +got):\n%s", diff)
	}
	if *update {
		buildGolden(t, generated)
		writeGolden(t, generated)
	}
	if diff := cmp.Diff(readGolden(t), generated); diff != "" {
		t.Errorf("golden files (-want +got); if the difference is wanted run \"make golden\", and delete what nothing generates any more:\n%s", diff)
	}
}

// TestBothFormsGiveTheSameAccessors compares the cases that are declared in
// YAML and in struct tags alike.
func TestBothFormsGiveTheSameAccessors(t *testing.T) {
	t.Parallel()
	generated := generateGolden(t)
	compared := 0
	for _, tagged := range slices.Sorted(maps.Keys(generated)) {
		name, ok := strings.CutPrefix(tagged, "tags/")
		if !ok || generated["yaml/"+name] == "" || strings.Contains(name, "/") {
			continue
		}
		compared++
		want, got := accessors(t, generated["yaml/"+name]), accessors(t, generated[tagged])
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-yaml +tags):\n%s", name, diff)
		}
	}
	if compared == 0 {
		t.Error("no case is declared in both forms")
	}
}

// accessors are the declarations of a generated file, without those that its
// form accounts for: the drift guards, and the struct types of documents, which
// are the user's own in the one form and ours in the other, with the imports that
// they need.
func accessors(t *testing.T, src string) string {
	t.Helper()
	files := token.NewFileSet()
	file, err := parser.ParseFile(files, generatedFile, src, parser.ParseComments)
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	for _, decl := range file.Decls {
		if d, ok := decl.(*ast.FuncDecl); ok && strings.HasPrefix(d.Name.Name, "decode") {
			continue // one for each struct, and what each does is the model's
		}
		if d, ok := decl.(*ast.GenDecl); ok && (d.Tok == token.IMPORT || d.Tok == token.VAR || strings.Contains(d.Doc.Text(), "redacts itself")) {
			continue
		}
		if err := printer.Fprint(&b, files, decl); err != nil {
			t.Fatal(err)
		}
		b.WriteString("\n")
	}
	named := regexp.MustCompile(`\b(SecretsDBPrimary|SecretsDBReplica|SecretsDB|SecretsDocument|Document|Login|SecretsTLS|TLSFiles)\b`)
	// The length of a type's name is in how its neighbors are set out.
	decoders := regexp.MustCompile(`\bdecode[A-Z]\w*`)
	return regexp.MustCompile(`\t+`).ReplaceAllString(named.ReplaceAllString(decoders.ReplaceAllString(b.String(), "decodeDocument"), "Document"), "\t")
}

// generateGolden generates every case, by its folder.
func generateGolden(t *testing.T) map[string]string {
	t.Helper()
	return generateIn(t, goldenDir)
}

// generateIn generates every case of a copy of the golden module.
func generateIn(t *testing.T, dir string) map[string]string {
	t.Helper()
	var diags diag.List
	project, err := gen.Load(t.Context(), gen.Source{Dir: dir}, &diags)
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range diags.Sorted() {
		t.Errorf("%s: %s [%s]", d.Pos, d.Message, d.Code)
	}
	if t.Failed() {
		t.FailNow()
	}
	generated := map[string]string{}
	for _, p := range project.Packages {
		if p.Model == nil {
			continue // an orphan, which is nothing that was generated now
		}
		src, err := emit.File(p.Model)
		if err != nil {
			t.Fatalf("%s: %v", p.Dir, err)
		}
		generated[p.Dir] = string(src)
		fake, err := emit.Fake(p.Model)
		if err != nil || fake == nil {
			t.Fatalf("%s has no fake: %v", p.Dir, err)
		}
		generated[path.Join(p.Dir, names.FakePackage(p.Model.Name))] = string(fake)
	}
	return generated
}

// goldenCases are the folders right below yaml and tags.
func goldenCases(t *testing.T) []string {
	t.Helper()
	var cases []string
	for _, form := range []string{"tags", "yaml"} {
		entries, err := os.ReadDir(filepath.Join(goldenDir, form))
		if err != nil {
			t.Fatal(err)
		}
		for _, entry := range entries {
			cases = append(cases, path.Join(form, entry.Name()))
		}
	}
	return cases
}

// readGolden reads every generated file of the tree, wherever it is.
func readGolden(t *testing.T) map[string]string {
	t.Helper()
	golden := map[string]string{}
	root := os.DirFS(goldenDir)
	err := fs.WalkDir(root, ".", func(name string, _ fs.DirEntry, err error) error {
		if err != nil || path.Base(name) != generatedFile {
			return err
		}
		src, err := fs.ReadFile(root, name)
		golden[path.Dir(name)] = string(src)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return golden
}

// buildGolden compiles the generated files before they are in their places.
func buildGolden(t *testing.T, generated map[string]string) {
	t.Helper()
	dir := t.TempDir()
	overlay := struct{ Replace map[string]string }{map[string]string{}}
	for folder, src := range generated {
		place, err := filepath.Abs(filepath.Join(goldenDir, folder, generatedFile))
		if err != nil {
			t.Fatal(err)
		}
		stand := filepath.Join(dir, strings.ReplaceAll(folder, "/", "_")+".go")
		if err := os.WriteFile(stand, []byte(src), 0o600); err != nil {
			t.Fatal(err)
		}
		overlay.Replace[place] = stand
	}
	list, err := json.Marshal(overlay)
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(dir, "overlay.json")
	if err := os.WriteFile(file, list, 0o600); err != nil {
		t.Fatal(err)
	}
	build := exec.CommandContext(t.Context(), "go", "build", "-overlay", file, "./...")
	build.Dir = goldenDir
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("what is generated does not compile, and was not written: %v\n%s", err, out)
	}
}

// writeGolden writes the generated files. It deletes none: a file that nothing
// generates any more fails the comparison that follows.
func writeGolden(t *testing.T, generated map[string]string) {
	t.Helper()
	for folder, src := range generated {
		if err := os.MkdirAll(filepath.Join(goldenDir, folder), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(goldenDir, folder, generatedFile), []byte(src), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}
