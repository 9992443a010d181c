package gen_test

import (
	"context"
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/secretsgen/secretsgen/gen"
	"github.com/secretsgen/secretsgen/gen/diag"
)

func TestARunIsInterruptedBetweenFolders(t *testing.T) {
	t.Parallel()
	dir := tree(t, map[string]string{"go.mod": goMod, "a/secrets.yaml": inYAML, "b/secrets.yaml": inYAML})
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	var diags diag.List
	_, err := gen.Load(ctx, gen.Source{Dir: dir, Progress: func(p gen.Progress) {
		if p.Stage == gen.Checking && p.Done > 1 {
			t.Errorf("got %v after the run was interrupted", p)
		}
		if p.Stage == gen.Checking {
			cancel()
		}
	}}, &diags)
	if !errors.Is(err, context.Canceled) {
		t.Errorf("got error %v, want that it was canceled", err)
	}
}

func TestProgressComesToEachFolderAndPackage(t *testing.T) {
	t.Parallel()
	dir := tree(t, map[string]string{
		"go.mod":             goMod,
		"a/secrets.yaml":     inYAML,
		"b/c/secrets.yaml":   inYAML,
		"testdata/x/ignored": "",
	})
	var got []gen.Progress
	var diags diag.List
	project, err := gen.Load(t.Context(), gen.Source{Dir: dir, Progress: func(p gen.Progress) { got = append(got, p) }}, &diags)
	if err != nil {
		t.Fatal(err)
	}
	project.Outputs(&diags)
	want := []gen.Progress{
		{Stage: gen.Reading, Done: 1},
		{Stage: gen.Reading, Done: 2},
		{Stage: gen.Reading, Done: 3},
		{Stage: gen.Reading, Done: 4},
		{Stage: gen.Checking, Done: 1, Total: 4},
		{Stage: gen.Checking, Done: 2, Total: 4},
		{Stage: gen.Checking, Done: 3, Total: 4},
		{Stage: gen.Checking, Done: 4, Total: 4},
		{Stage: gen.Generating, Done: 1, Total: 2},
		{Stage: gen.Generating, Done: 2, Total: 2},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("progress (-want +got):\n%s", diff)
	}
}
