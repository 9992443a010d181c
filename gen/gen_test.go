package gen_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/secretsgen/secretsgen/gen"
	"github.com/secretsgen/secretsgen/gen/diag"
	"github.com/secretsgen/secretsgen/gen/output"
	"github.com/secretsgen/secretsgen/runtime/uri"
)

const (
	goMod   = "module example.com/m\n\ngo 1.26\n"
	tenant  = "version: 1\ntenant: {id: dev, mounts: [secret]}\n"
	inYAML  = tenant + "secrets:\n  token: {uri: \"openbao+kv2://secret/api#token\"}\n"
	spelled = tenant + "secrets:\n  token: {uri: \"OPENBAO+kv2://secret/api/#token\"}\n"
	inTags  = "package tags\n\ntype secrets struct {\n\tToken string `secret:\"openbao+kv2://secret/api/#token\"`\n}\n"
)

// tree writes files into a new folder.
func tree(t *testing.T, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, content := range files {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func load(t *testing.T, dir string, patterns ...string) (*gen.Project, *diag.List) {
	t.Helper()
	var diags diag.List
	project, err := gen.Load(t.Context(), gen.Source{Dir: dir, Patterns: patterns}, &diags)
	if err != nil {
		t.Fatal(err)
	}
	return project, &diags
}

// shown are findings as "position CODE".
func shown(diags *diag.List) []string {
	var all []string
	for _, d := range diags.Sorted() {
		all = append(all, d.Pos.String()+" "+string(d.Code))
	}
	return all
}

func TestFoldersAreRelativeToTheWorkingFolder(t *testing.T) {
	t.Parallel()
	dir := tree(t, map[string]string{
		"go.mod":              goMod,
		"a/secrets.yaml":      inYAML,
		"b/tags.go":           inTags,
		"b/secrets.yaml":      tenant,
		"b/more.secrets.yaml": "version: 1\nsecrets:\n  user: {uri: \"file://secret/user\"}\n",
		"c/secrets.yaml":      "version: 1\n",
	})
	project, diags := load(t, filepath.Join(dir, "b"), "../...")
	if diff := cmp.Diff([]string{"../c/secrets.yaml NO_DECLARATIONS", "../c/secrets.yaml MISSING_MOUNTS", "../c/secrets.yaml MISSING_TENANT"}, shown(diags), cmp.Transformer("set", set)); diff != "" {
		t.Errorf("findings (-want +got):\n%s", diff)
	}
	got := map[string][]string{}
	for _, p := range project.Packages {
		for _, s := range p.Model.Secrets {
			got[p.Dir] = append(got[p.Dir], s.Accessor+" at "+s.Ref.Pos.String())
		}
	}
	want := map[string][]string{
		"../a": {"token at ../a/secrets.yaml:4:17"},
		".":    {"token at tags.go:4:24", "user at more.secrets.yaml:3:16"},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("declarations (-want +got):\n%s", diff)
	}
}

func set(lines []string) map[string]bool {
	all := map[string]bool{}
	for _, line := range lines {
		all[line] = true
	}
	return all
}

func TestARunCanBeInterrupted(t *testing.T) {
	t.Parallel()
	dir := tree(t, map[string]string{"go.mod": goMod, "a/secrets.yaml": spelled, "b/tags.go": inTags, "b/secrets.yaml": tenant})
	done, cancel := context.WithCancel(t.Context())
	cancel()
	for _, pattern := range []string{"./a", "./b"} {
		var diags diag.List
		if _, err := gen.Load(done, gen.Source{Dir: dir, Patterns: []string{pattern}}, &diags); !errors.Is(err, context.Canceled) {
			t.Errorf("Load %s: got %v, want that it was canceled", pattern, err)
		}
	}
	project, diags := load(t, dir)
	if err := gen.Write(done, project.Outputs(diags), diags); !errors.Is(err, context.Canceled) {
		t.Errorf("Write: got %v, want that it was canceled", err)
	}
	if err := gen.WriteRewrites(done, project.Rewrites(diags), diags); !errors.Is(err, context.Canceled) {
		t.Errorf("WriteRewrites: got %v, want that it was canceled", err)
	}
	if got, err := os.ReadFile(filepath.Join(dir, "a/secrets.yaml")); err != nil || string(got) != spelled {
		t.Errorf("the declaration was rewritten: %q, %v", got, err)
	}
	entries, err := os.ReadDir(filepath.Join(dir, "a"))
	if err != nil || len(entries) != 1 {
		t.Errorf("got the files %v, %v, want the declaration alone", entries, err)
	}
}

// TestLargeFilesAreRefusedUnread holds the limit of DESIGN section 3 where the
// file is read.
func TestLargeFilesAreRefusedUnread(t *testing.T) {
	t.Parallel()
	dir := tree(t, map[string]string{"go.mod": goMod, "a/secrets.yaml": inYAML})
	// A file with a hole: to read it whole would take a terabyte.
	if err := os.Truncate(filepath.Join(dir, "a/secrets.yaml"), 1<<40); err != nil {
		t.Fatal(err)
	}
	_, diags := load(t, dir)
	if diff := cmp.Diff([]string{"a/secrets.yaml:1:1 LIMIT"}, shown(diags)); diff != "" {
		t.Errorf("findings (-want +got):\n%s", diff)
	}
}

// TestWhatAnUnreadFileMayDeclareIsNotMissing holds that one mistake is not told
// as three.
func TestWhatAnUnreadFileMayDeclareIsNotMissing(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		yaml string
		want []string
	}{
		"a tenant that is not there": {"version: 1\n", []string{"secrets.yaml MISSING_MOUNTS", "secrets.yaml MISSING_TENANT"}},
		"a file that is not YAML":    {"version: 1\ntenant: {id: \"dev\n", []string{"secrets.yaml:2:14 SYNTAX"}},
	} {
		dir := tree(t, map[string]string{"go.mod": goMod, "secrets.yaml": tt.yaml, "tags.go": inTags})
		_, diags := load(t, dir)
		if diff := cmp.Diff(tt.want, shown(diags)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

// TestWhatThePackageDeclaresIsNotGenerated holds that a collision is told here,
// and not by the compiler in a file that nobody wrote.
func TestWhatThePackageDeclaresIsNotGenerated(t *testing.T) {
	t.Parallel()
	_, diags := load(t, tree(t, map[string]string{
		"go.mod":       goMod,
		"secrets.yaml": tenant,
		"tags.go":      inTags,
		"more.go":      "package tags\n\nfunc Open() {}\n\nfunc env() {}\n",
	}))
	if diff := cmp.Diff([]string{"more.go:3:6 NAME_COLLISION"}, shown(diags)); diff != "" {
		t.Errorf("findings (-want +got):\n%s", diff)
	}
}

func TestAFaultOfTheGeneratorIsAFinding(t *testing.T) {
	t.Parallel()
	project, diags := load(t, tree(t, map[string]string{"go.mod": goMod, "a/secrets.yaml": inYAML}))
	project.Packages[0].Model.Secrets[0].URI = uri.URI{} // as check would never leave it
	if outputs := project.Outputs(diags); len(outputs) > 0 {
		t.Errorf("got %v, want no output", outputs)
	}
	if diff := cmp.Diff([]string{"a/secrets_gen.go INTERNAL"}, shown(diags)); diff != "" {
		t.Errorf("findings (-want +got):\n%s", diff)
	}
}

func TestOutputsTellWhatIsThere(t *testing.T) {
	t.Parallel()
	const ours = "// Code generated by secretsgen. DO NOT EDIT.\n"
	dir := tree(t, map[string]string{
		"go.mod":                goMod,
		"fresh/secrets.yaml":    inYAML,
		"missing/secrets.yaml":  inYAML,
		"gone/gone.go":          "package gone\n",
		"orphan/secrets_gen.go": ours,

		"gone/gonefake/secrets_gen.go": ours,
		"stale/secrets.yaml":           inYAML,
		"stale/secrets_gen.go":         ours,
		"theirs/secrets_gen.go":        "package theirs\n",
	})
	fresh, diags := load(t, dir, "./fresh")
	if err := gen.Write(t.Context(), fresh.Outputs(diags), diags); err != nil {
		t.Fatal(err)
	}
	project, diags := load(t, dir)
	type outcome struct {
		Path   string
		State  output.State
		Orphan bool
		Code   diag.Code
	}
	var got []outcome
	for _, o := range project.Outputs(diags) {
		finding, differs := o.Finding()
		if differs != (finding.Code != "") {
			t.Errorf("%s: got %v and differs %v", o.Path, finding, differs)
		}
		got = append(got, outcome{o.Path, o.State, o.Orphan, finding.Code})
	}
	want := []outcome{
		{"fresh/freshfake/secrets_gen.go", output.Fresh, false, ""},
		{"fresh/secrets_gen.go", output.Fresh, false, ""},
		{"gone/gonefake/secrets_gen.go", output.Stale, true, diag.Orphaned},
		{"missing/missingfake/secrets_gen.go", output.Missing, false, diag.Missing},
		{"missing/secrets_gen.go", output.Missing, false, diag.Missing},
		{"orphan/secrets_gen.go", output.Stale, true, diag.Orphaned},
		{"stale/secrets_gen.go", output.Stale, false, diag.Stale},
		{"stale/stalefake/secrets_gen.go", output.Missing, false, diag.Missing},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("outputs (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string(nil), shown(diags)); diff != "" {
		t.Errorf("findings (-want +got):\n%s", diff)
	}
}
