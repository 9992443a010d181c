package caller_test

import (
	"context"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/secretsgen/secretsgen/runtime/caller"
)

func TestACallerComesBackAsItWent(t *testing.T) {
	t.Parallel()
	want := caller.Caller{Issuer: "i", Subject: "s", Type: caller.User, Audience: []string{"a"}, TokenID: "canary-jti", NodeID: "n"}
	got, ok := caller.FromContext(caller.NewContext(context.Background(), want))
	if !ok {
		t.Fatal("no caller")
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("caller (-want +got):\n%s", diff)
	}
}

func TestNobodyCanChangeACallerBehindItsBack(t *testing.T) {
	t.Parallel()
	audience := []string{"mine"}
	ctx := caller.NewContext(context.Background(), caller.Caller{Subject: "s", Audience: audience})
	audience[0] = "overwritten"
	first, _ := caller.FromContext(ctx)
	if first.Audience[0] != "mine" {
		t.Error("the slice that was passed in is still written through")
	}
	first.Audience[0] = "overwritten"
	if second, _ := caller.FromContext(ctx); second.Audience[0] != "mine" {
		t.Error("the slice that was handed out is written through")
	}
}

func TestTheOutermostContextIsTheRequest(t *testing.T) {
	t.Parallel()
	request := func(ctx context.Context) caller.RequestID {
		t.Helper()
		b, ok := caller.Lookup(ctx)
		if !ok {
			t.Fatal("no caller")
		}
		return b.Request()
	}
	outer := caller.NewContext(context.Background(), caller.Caller{Subject: "a"})
	inner := caller.NewContext(outer, caller.Caller{Subject: "b"})
	back := caller.NewContext(caller.AsWorkload(inner), caller.Caller{Subject: "c"})
	other := caller.NewContext(context.Background(), caller.Caller{Subject: "a"})
	if request(outer) == (caller.RequestID{}) || request(inner) != request(outer) || request(back) != request(outer) {
		t.Error("nested contexts are not of the request they are nested in")
	}
	if request(other) == request(outer) {
		t.Error("two requests share an id")
	}
	if got, _ := caller.FromContext(inner); got.Subject != "b" {
		t.Errorf("a nested context is %q's, want b's", got.Subject)
	}
	if got, _ := caller.FromContext(outer); got.Subject != "a" {
		t.Errorf("the outer context became %q's", got.Subject)
	}
}

func TestAContextThatCarriesNobody(t *testing.T) {
	t.Parallel()
	for name, ctx := range map[string]context.Context{
		"an empty one":         context.Background(),
		"of the process":       caller.AsWorkload(context.Background()),
		"of the process again": caller.AsWorkload(caller.NewContext(context.Background(), caller.Caller{Subject: "s"})),
	} {
		if c, ok := caller.FromContext(ctx); ok {
			t.Errorf("%s: found %+v", name, c)
		}
		if _, ok := caller.Lookup(ctx); ok {
			t.Errorf("%s: found somebody", name)
		}
	}
}

func TestLookupAllocatesNothing(t *testing.T) {
	ctx := caller.NewContext(context.Background(), caller.Caller{Subject: "s", JKT: "k", TokenID: "canary-jti"})
	allocs := testing.AllocsPerRun(100, func() {
		b, ok := caller.Lookup(ctx)
		if !ok || b.Identity("dev") == b.Unbound("dev") || b.Token().IsZero() || !b.Proof().IsZero() {
			t.Fatal("not the caller that went in")
		}
	})
	if allocs != 0 {
		t.Errorf("%v allocations, want 0", allocs)
	}
}
