package gen_test

import (
	"bytes"
	"context"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"sync/atomic"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/secretsgen/secretsgen/gen"
	"github.com/secretsgen/secretsgen/gen/check"
	"github.com/secretsgen/secretsgen/gen/diag"
	"github.com/secretsgen/secretsgen/gen/emit"
	"github.com/secretsgen/secretsgen/gen/model"
	"github.com/secretsgen/secretsgen/gen/readyaml"
	"github.com/secretsgen/secretsgen/internal/testgo"
)

// FuzzGenerate reads any bytes as a secrets.yaml. What is accepted gives output
// that testgo finds nothing wrong with, the same when it is written again. The
// packages of Go types that are named are taken to be there, under whatever name.
func FuzzGenerate(f *testing.F) {
	for _, seed := range declared(f) {
		f.Add([]byte(seed), "x")
	}
	words := hostileWords()
	for i, place := range hostilePlaces() {
		f.Add([]byte(hostile(f, place, words[i%len(words)])), "x")
	}
	for _, name := range []string{"init", "main", "string", "context", "ctx", "config", "configfake", "tb", "gr\u00f6\u00dfe"} {
		f.Add([]byte(tenant+"secrets: {a: {uri: \"env://secret/A\", type: example.com/x.Level}, b: {uri: \"env://secret/B\", type: json, into: example.com/y.Open}}\n"), name)
	}
	f.Fuzz(func(t *testing.T, data []byte, foreign string) {
		p := accepted(data, foreign)
		if p == nil {
			return
		}
		file, fake := judged(t, p, data)
		again, fakeAgain := emitted(t, p)
		if !bytes.Equal(file, again) || !bytes.Equal(fake, fakeAgain) {
			t.Fatalf("the second time (-first +second):\n%s%s", cmp.Diff(string(file), string(again)), cmp.Diff(string(fake), string(fakeAgain)))
		}
	})
}

// TestHostileWords puts every hostile word into each second place that it may get
// to, which leaves the others to FuzzWords.
func TestHostileWords(t *testing.T) {
	t.Parallel()
	var fine atomic.Int64
	t.Cleanup(func() {
		if all := int64(len(hostilePlaces()) * len(hostileWords()) / 2); fine.Load() < all/10 || fine.Load() > all*9/10 {
			t.Errorf("%d of %d are accepted, want some of both", fine.Load(), all)
		}
	})
	for i, place := range hostilePlaces() {
		t.Run(place, func(t *testing.T) {
			t.Parallel()
			for j, word := range hostileWords() {
				if (i+j)%2 == 0 && generated(t, []byte(hostile(t, place, word)), "x") {
					fine.Add(1)
				}
			}
		})
	}
}

// FuzzWords puts any word into the places that hostile ones get to: bytes that are
// mutated at random are hardly ever YAML.
func FuzzWords(f *testing.F) {
	places := hostilePlaces()
	for i, word := range hostileWords() {
		f.Add(uint8(i%len(places)), word, word)
	}
	f.Fuzz(func(t *testing.T, place uint8, word, foreign string) {
		generated(t, []byte(hostile(t, places[int(place)%len(places)], word)), foreign)
	})
}

// generated generates from a file and judges the output, if the file is accepted.
// It reports whether it is.
func generated(t *testing.T, data []byte, foreign string) bool {
	t.Helper()
	p := accepted(data, foreign)
	if p == nil {
		return false
	}
	judged(t, p, data)
	return true
}

// accepted is what a file declares, or nil for one with findings.
func accepted(data []byte, foreign string) *model.Package {
	p := &model.Package{Dir: ".", Name: "config", ImportPath: "example.com/m/config"}
	var diags diag.List
	readyaml.Read(p, []readyaml.File{{Name: "secrets.yaml", Base: "secrets.yaml", Data: data}}, &diags)
	if !resolved(p, foreign) {
		return nil
	}
	check.Check(p, &diags)
	if !diags.Empty() {
		return nil
	}
	return p
}

// judged are the accessors and the fake of a package, with which nothing is wrong.
func judged(t *testing.T, p *model.Package, data []byte) (file, fake []byte) {
	t.Helper()
	file, fake = emitted(t, p)
	if err := testgo.Judge(p, testgo.Package{Accessors: file, Fake: fake}); err != nil {
		t.Fatalf("%v\n%s\n%s\n%s", err, data, file, fake)
	}
	return file, fake
}

// resolved does what package gotypes would do if every type were there: each
// foreign package is called foreign. It reports false where that can't be.
func resolved(p *model.Package, foreign string) bool {
	possible := true
	settle := func(t *model.Type) {
		if t.Go == nil {
			return
		}
		if t.Go.Path == p.ImportPath {
			t.Go.Path = ""
		}
		if t.Go.Path != "" {
			t.Go.Package = foreign
			possible = token.IsIdentifier(foreign) && foreign != "_" && foreign != "main"
		}
		t.Go.Reads = model.ByText
		if len(t.Go.Name)%2 == 0 {
			t.Go.Reads = model.ByJSON
		}
	}
	for _, s := range p.Secrets {
		settle(&s.Type)
		for i := range s.Fields {
			settle(&s.Fields[i].Type)
		}
	}
	return possible
}

func emitted(t *testing.T, p *model.Package) (file, fake []byte) {
	t.Helper()
	file, err := emit.File(p)
	if err != nil {
		t.Fatalf("what was accepted has no accessors: %v", err)
	}
	if fake, err = emit.Fake(p); err != nil {
		t.Fatalf("what was accepted has no fake: %v\n%s", err, file)
	}
	return file, fake
}

// FuzzGenerateFiles reads any bytes as the secrets.yaml of a package in a module,
// as the command would, with a Go file beside it or without. What is rejected leaves the module as it was, to the last
// folder; what is accepted adds the two generated files and changes no other.
func FuzzGenerateFiles(f *testing.F) {
	for _, seed := range []string{
		inYAML, tenant + "secrets: {}\n", "version: 1\n", tenant + "package: main\n" + "secrets: {a: {uri: \"env://secret/A\"}}\n",
		tenant + "package: ../x\nsecrets: {a: {uri: \"env://secret/A\"}}\n", tenant + "package: nul\nsecrets: {a: {uri: \"env://secret/A\"}}\n",
		tenant + "secrets: {a: {uri: \"env://secret/A\", type: Level}, b: {uri: \"env://secret/B\", type: Missing}}\n",
		tenant + "secrets: {a: {uri: \"env://secret/A\", type: Level, description: \"\\n//go:embed x\"}}\n",
		tenant + "package: a" + longName + "\nsecrets: {a: {uri: \"env://secret/A\"}}\n",
	} {
		f.Add([]byte(seed), true)
		f.Add([]byte(seed), false)
	}
	f.Fuzz(func(t *testing.T, data []byte, beside bool) {
		files := map[string]string{"go.mod": goMod, "config/secrets.yaml": string(data)}
		if beside {
			files["config/level.go"] = "package config\n\ntype Level struct{}\n\nfunc (*Level) UnmarshalText([]byte) error { return nil }\n"
		}
		dir := tree(t, files)
		var diags diag.List
		project, err := gen.Load(context.Background(), gen.Source{Dir: dir}, &diags)
		if err != nil {
			t.Fatal(err)
		}
		var outputs []gen.Output
		if diags.Empty() {
			outputs = project.Outputs(&diags)
			if err := gen.Write(context.Background(), outputs, &diags); err != nil {
				t.Fatal(err)
			}
		}
		want := map[string]string{}
		for name, content := range files {
			want[name] = content
		}
		want["config"] = folderContent
		got := contents(t, dir)
		if diags.Empty() {
			for _, o := range outputs {
				want[o.Path] = got[o.Path]
				if name := filepath.ToSlash(filepath.Dir(o.Path)); name != "." {
					want[name] = folderContent
				}
			}
			if len(outputs) == 0 || len(outputs) > 2 {
				t.Errorf("%d files are written, want the accessors and perhaps their fake", len(outputs))
			}
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("the module (-want +got), findings %v:\n%s", shown(&diags), diff)
		}
	})
}

// folderContent is that of a folder among files.
const folderContent = "(a folder)"

// longName is as long as the name of a file may be.
const longName = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa" +
	"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"

// contents are those of every file below dir, and the folders.
func contents(t *testing.T, dir string) map[string]string {
	t.Helper()
	all := map[string]string{}
	root := os.DirFS(dir)
	err := fs.WalkDir(root, ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil || name == "." {
			return err
		}
		if entry.IsDir() {
			all[name] = folderContent
			return nil
		}
		content, err := fs.ReadFile(root, name)
		all[name] = string(content)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}
