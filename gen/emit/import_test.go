package emit_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/secretsgen/secretsgen/gen/emit"
	"github.com/secretsgen/secretsgen/gen/model"
	"github.com/secretsgen/secretsgen/internal/testgo"
)

// named declares a secret of a Go type by the path, package name and name of the
// type.
func named(t *testing.T, word, path, pkg, name string) *model.Secret {
	t.Helper()
	s := secret(t, strings.ToUpper(word)+"/"+word, "file://secret/"+word, model.Named)
	s.Type.Go = &model.GoType{Path: path, Package: pkg, Name: name, Reads: model.ByText}
	return s
}

// othersImports are the import specs of a file that are not of this project nor of
// the standard library.
func othersImports(src string) []string {
	_, block, _ := strings.Cut(src, "\nimport (\n")
	block, _, _ = strings.Cut(block, "\n)\n")
	var specs []string
	for line := range strings.Lines(block) {
		if strings.Contains(line, "example.com/") {
			specs = append(specs, strings.TrimSpace(line))
		}
	}
	return specs
}

// TestPackagesOfTypesHaveNamesThatAreFree compares how the accessors and the fake
// import the packages of Go types, and has both compiled.
func TestPackagesOfTypesHaveNamesThatAreFree(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name       string
		change     func(p *model.Package)
		types      [][3]string // path, package, name
		file, fake []string
	}{
		{
			name:  "a package with the name of its path",
			types: [][3]string{{"example.com/levels", "levels", "Level"}},
			file:  []string{`"example.com/levels"`},
			fake:  []string{`"example.com/levels"`, `"example.com/m/config"`},
		},
		{
			name:  "a package with another name than its path, which is written out",
			types: [][3]string{{"example.com/go-levels/v2", "levels", "Level"}},
			file:  []string{`levels "example.com/go-levels/v2"`},
			fake:  []string{`levels "example.com/go-levels/v2"`, `"example.com/m/config"`},
		},
		{
			name:  "two packages of one name, each imported once",
			types: [][3]string{{"example.com/a/levels", "levels", "Level"}, {"example.com/b/levels", "levels", "Level"}, {"example.com/a/levels", "levels", "Other"}},
			file:  []string{`"example.com/a/levels"`, `levels2 "example.com/b/levels"`},
			fake:  []string{`"example.com/a/levels"`, `levels2 "example.com/b/levels"`, `"example.com/m/config"`},
		},
		{
			name:  "packages with names that the file uses",
			types: [][3]string{{"example.com/decode", "decode", "A"}, {"example.com/ctx", "ctx", "A"}, {"example.com/x", "x", "A"}, {"example.com/len", "len", "A"}, {"example.com/init", "init", "A"}},
			file:  []string{`ctxtypes "example.com/ctx"`, `decodetypes "example.com/decode"`, `inittypes "example.com/init"`, `lentypes "example.com/len"`, `xtypes "example.com/x"`},
			fake:  []string{`ctxtypes "example.com/ctx"`, `decodetypes "example.com/decode"`, `inittypes "example.com/init"`, `lentypes "example.com/len"`, `"example.com/m/config"`, `xtypes "example.com/x"`},
		},
		{
			name:  "packages with names that are generated",
			types: [][3]string{{"example.com/Open", "Open", "A"}, {"example.com/Secrets", "Secrets", "A"}, {"example.com/With", "With", "A"}},
			file:  []string{`Opentypes "example.com/Open"`, `Secretstypes "example.com/Secrets"`, `"example.com/With"`},
			fake:  []string{`"example.com/Open"`, `Secretstypes "example.com/Secrets"`, `Withtypes "example.com/With"`, `"example.com/m/config"`},
		},
		{
			name: "packages with names that the author declares",
			change: func(p *model.Package) {
				p.Declared = []model.Identifier{{Name: "levels"}, {Name: "levelstypes"}}
			},
			types: [][3]string{{"example.com/levels", "levels", "Level"}},
			file:  []string{`levelstypes2 "example.com/levels"`},
			fake:  []string{`"example.com/levels"`, `"example.com/m/config"`},
		},
		{
			name:  "a package with the name of a type of the author's",
			types: [][3]string{{"example.com/Level", "Level", "A"}, {"", "", "Level"}},
			file:  []string{`Leveltypes "example.com/Level"`},
			fake:  []string{`"example.com/Level"`, `"example.com/m/config"`},
		},
		{
			name:  "packages with the names of the fake's own imports",
			types: [][3]string{{"example.com/config", "config", "A"}, {"example.com/secretstest", "secretstest", "A"}},
			file:  []string{`"example.com/config"`, `"example.com/secretstest"`},
			fake:  []string{`config2 "example.com/config"`, `"example.com/m/config"`, `secretstest2 "example.com/secretstest"`},
		},
		{
			name:   "a declaring package with the name of a type of its fake",
			change: func(p *model.Package) { p.Name = "Secrets" },
			types:  [][3]string{{"", "", "Level"}},
			fake:   []string{`Secretspkg "example.com/m/config"`},
		},
		{
			name:   "a declaring package with the name of a function of its fake",
			change: func(p *model.Package) { p.Name = "With" },
			types:  [][3]string{{"", "", "Level"}},
			fake:   []string{`Withpkg "example.com/m/config"`},
		},
		{
			name:   "a declaring package with the name of the kit",
			change: func(p *model.Package) { p.Name = "secretstest" },
			types:  [][3]string{{"", "", "Level"}},
			fake:   []string{`secretstest2 "example.com/m/config"`},
		},
		{
			name:   "a declaring package that is called init",
			change: func(p *model.Package) { p.Name, p.ImportPath = "init", "example.com/m/init" },
			types:  [][3]string{{"", "", "Level"}},
			fake:   []string{`initpkg "example.com/m/init"`},
		},
		{
			name:  "a package with a name in letters of its own",
			types: [][3]string{{"example.com/sizes", "gr\u00f6\u00dfe", "A"}, {"example.com/more", "\u03b1", "A"}},
			file:  []string{`types2 "example.com/more"`, `types "example.com/sizes"`},
			fake:  []string{`"example.com/m/config"`, `types2 "example.com/more"`, `types "example.com/sizes"`},
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			var secrets []*model.Secret
			for i, typ := range tt.types {
				secrets = append(secrets, named(t, fmt.Sprintf("k%d", i), typ[0], typ[1], typ[2]))
			}
			p := checked(secrets...)
			p.ImportPath = "example.com/m/config"
			if tt.change != nil {
				tt.change(p)
			}
			file := generate(t, p)
			fake, err := emit.Fake(p)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.file, othersImports(file)); diff != "" {
				t.Errorf("imports of the accessors (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(tt.fake, othersImports(string(fake))); diff != "" {
				t.Errorf("imports of the fake (-want +got):\n%s", diff)
			}
			if err := testgo.Judge(p, testgo.Package{Accessors: []byte(file), Fake: fake}); err != nil {
				t.Errorf("%v\n%s\n%s", err, file, fake)
			}
		})
	}
}

func TestAProviderOfOneNameWithATypesPackage(t *testing.T) {
	t.Parallel()
	p := checked(secret(t, "A/a", "aws+sm://secret/a#k", model.String), named(t, "b", "example.com/awssm", "awssm", "Level"), named(t, "c", "example.com/provider", "provider", "Level"))
	p.Schemes = []model.Scheme{{Name: "aws+sm", Import: "example.com/provider"}}
	src := generate(t, p)
	if diff := cmp.Diff([]string{`awssm2 "example.com/awssm"`, `awssm "example.com/provider"`}, othersImports(src)); diff != "" {
		t.Errorf("imports (-want +got):\n%s", diff)
	}
	if err := testgo.Judge(p, testgo.Package{Accessors: []byte(src)}); err != nil {
		t.Errorf("%v\n%s", err, src)
	}
}
