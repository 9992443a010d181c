package runtime_test

import (
	"context"
	"errors"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/secretsgen/secretsgen/runtime"
	"github.com/secretsgen/secretsgen/runtime/audit"
	"github.com/secretsgen/secretsgen/runtime/pep"
	"github.com/secretsgen/secretsgen/runtime/providers"
	"github.com/secretsgen/secretsgen/runtime/secretstest"
	"github.com/secretsgen/secretsgen/runtime/uri"
)

// batches permits what is not below closed/, and remembers how it was asked.
type batches struct{ sizes []int }

func (p *batches) Decide(_ context.Context, req pep.Request) (pep.Decision, error) {
	p.sizes = append(p.sizes, 1)
	return pep.Decision{Permit: req.Resource.Path != "CLOSED"}, nil
}

func (p *batches) DecideAll(_ context.Context, reqs []pep.Request) ([]pep.Decision, error) {
	p.sizes = append(p.sizes, len(reqs))
	decs := make([]pep.Decision, len(reqs))
	for i, req := range reqs {
		decs[i].Permit = req.Resource.Path != "CLOSED"
	}
	return decs, nil
}

func TestPreflightOfAnySetOfReferencesIsOneQuestion(t *testing.T) {
	t.Parallel()
	pdp, sink := &batches{}, &recording{}
	s := &stub{read: func(context.Context, providers.Location) (providers.Document, error) { return text("canary") }}
	client, err := runtime.New(t.Context(), stubConfig(), s.factory(), sink.factory(), pep.Extension{PDP: pdp})
	if err != nil {
		t.Fatal(err)
	}
	parse := func(text string) uri.URI {
		t.Helper()
		ref, err := client.Parse(text)
		if err != nil {
			t.Fatal(err)
		}
		return ref
	}
	one, two, closed, outside := parse("env://secret/ONE"), parse("env://secret/TWO"), parse("env://secret/CLOSED"), parse("env://elsewhere/ONE")

	refused, err := client.Preflight(t.Context(), []uri.URI{one}, two, closed)
	if denied := refused[closed]; err != nil || len(refused) != 1 || !isA[*runtime.AuthzDeniedError](denied) {
		t.Errorf("an optional one that is denied: refused %v, error %v", refused, err)
	}
	refused, err = client.Preflight(t.Context(), []uri.URI{one, closed, outside}, two)
	if len(refused) != 2 || !errors.Is(err, runtime.ErrDenied) || !isA[*runtime.URIError](refused[outside]) {
		t.Errorf("required ones that are denied: refused %v, error %v", refused, err)
	}
	for _, ref := range []uri.URI{one, two} {
		if _, err := runtime.Resolve[string](t.Context(), client, ref); err != nil {
			t.Errorf("a read of what was granted: %v", err)
		}
	}
	if diff := cmp.Diff([]int{3}, pdp.sizes); diff != "" {
		t.Errorf("questions (-want +got):\n%s", diff)
	}
	if _, err := client.Preflight(t.Context(), []uri.URI{{}}); err == nil {
		t.Error("no error for a zero reference")
	}
	if err := client.Close(t.Context()); err != nil {
		t.Error(err)
	}
	if _, err := client.Preflight(t.Context(), []uri.URI{one}); !errors.Is(err, runtime.ErrClosed) {
		t.Errorf("after Close: %v", err)
	}
	var got []string
	for _, e := range sink.kept() {
		got = append(got, string(e.Type)+" "+string(e.Effect)+" "+e.Code)
	}
	want := []string{
		"decision allow ", "decision allow ", "decision deny policy",
		"decision deny policy", "decision deny TENANT_MOUNT_MISMATCH",
		"read allow ", "read allow ",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("events (-want +got):\n%s", diff)
	}
}

func TestPreflightOfAReferenceWhoseProviderIsNotThere(t *testing.T) {
	t.Parallel()
	client, err := runtime.New(t.Context(), stubConfig(), (&stub{}).factory(), pep.Extension{PDP: &batches{}})
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close(context.Background())
	ref, err := client.Parse("openbao+kv2://secret/app#k")
	if err != nil {
		t.Fatal(err)
	}
	refused, err := client.Preflight(t.Context(), nil, ref)
	if err != nil || !isA[*runtime.ConfigError](refused[ref]) {
		t.Errorf("as an optional one: refused %v, error %v", refused, err)
	}
	if _, err = client.Preflight(t.Context(), []uri.URI{ref}); !isA[*runtime.ConfigError](err) {
		t.Errorf("as a required one: %v", err)
	}
}

func TestTheDecisionsOfPreflightAreInTheTrailOnce(t *testing.T) {
	t.Parallel()
	kit := secretstest.New(t)
	kit.Set(apiToken, "canary")
	kit.Deny("b")
	set := runtime.NewSet(kit.Client, []runtime.Declaration{{Accessor: "a", URI: apiToken}, {Accessor: "b", URI: apiToken}})
	handle := runtime.Bind(set, "a", stringDecoder)
	runtime.Bind(set, "b", stringDecoder)
	if err := set.Preflight(t.Context()); !errors.Is(err, runtime.ErrDenied) {
		t.Errorf("Preflight: %v", err)
	}
	if _, err := handle.Read(t.Context()); err != nil {
		t.Error(err)
	}
	var got []string
	for _, e := range kit.Events() {
		got = append(got, e.Accessor+" "+string(e.Type)+" "+string(e.Effect))
	}
	if want := []string{"a decision allow", "b decision deny", "a read allow"}; !slices.Equal(got, want) {
		t.Errorf("events %q, want %q", got, want)
	}
	if e := kit.Events()[0]; e.Type != audit.Decided || e.DecisionID == "" || e.GrantID == "" {
		t.Errorf("the decision is %+v", e)
	}
}
