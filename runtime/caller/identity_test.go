package caller_test

import (
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/secretsgen/secretsgen/runtime/caller"
)

func TestTheCanonicalFormOfABinding(t *testing.T) {
	t.Parallel()
	for want, b := range map[string]caller.Binding{
		"":            {},
		"jkt:a":       {JKT: "a"},
		"x5t:a":       {X5T: "a"},
		"jkt:a+x5t:b": {JKT: "a", X5T: "b"},
	} {
		if got := b.String(); got != want {
			t.Errorf("%#v is %q, want %q", b, got, want)
		}
		if got := b.IsZero(); got != (want == "") {
			t.Errorf("%#v is zero: %v", b, got)
		}
	}
}

func TestAnIdentityIsWhatAGrantDependsOnAndNoMore(t *testing.T) {
	t.Parallel()
	full := caller.Caller{
		Issuer: "i", Subject: "s", Type: caller.User, Actor: "a", Tenant: "t", ClientID: "c", JKT: "j", X5T: "x",
		TokenID: "canary-1", ProofID: "canary-2", CorrelationID: "1", WorkflowRunID: "2", NodeID: "3", SystemID: "4",
	}
	want := caller.Identity{
		Issuer: "i", Subject: "s", Actor: "a", ClientID: "c", Tenant: "t", Type: caller.User,
		Binding: caller.Binding{JKT: "j", X5T: "x"},
	}
	if diff := cmp.Diff(want, caller.Bind(full).Identity("ignored").Value()); diff != "" {
		t.Errorf("identity (-want +got):\n%s", diff)
	}
	want.Binding = caller.Binding{}
	if diff := cmp.Diff(want, caller.Bind(full).Unbound("ignored").Value()); diff != "" {
		t.Errorf("identity without binding (-want +got):\n%s", diff)
	}
	advisory := full
	advisory.TokenID, advisory.ProofID, advisory.CorrelationID, advisory.WorkflowRunID, advisory.NodeID, advisory.SystemID = "", "", "", "", "", ""
	if caller.Bind(full).Identity("") != caller.Bind(advisory).Identity("") {
		t.Error("an id that changes per request is part of the identity")
	}
}

func TestACallerWithoutTenantIsOfTheClientItMeets(t *testing.T) {
	t.Parallel()
	b := caller.Bind(caller.Caller{Subject: "s"})
	for _, tenant := range []string{"dev", "prod", "dev"} {
		named := caller.Bind(caller.Caller{Subject: "s", Tenant: tenant, Type: caller.Workload})
		if b.Identity(tenant) != named.Identity("other") {
			t.Errorf("leaving out the tenant is not the same as naming %s", tenant)
		}
	}
}

func TestDigestsOfDifferentPartsDiffer(t *testing.T) {
	t.Parallel()
	seen := map[caller.Digest][]string{}
	for _, parts := range [][]string{
		{}, {""}, {"", ""}, {"ab"}, {"a", "b"}, {"", "ab"}, {"ab", ""}, {"a\x00b"}, {"a\x00", "b"}, {"ab "}, {"AB"},
	} {
		d := caller.DigestOf(parts...)
		if before, ok := seen[d]; ok {
			t.Errorf("%q and %q share a digest", before, parts)
		}
		seen[d] = parts
	}
	if !(caller.Digest{}).IsZero() || caller.DigestOf().IsZero() {
		t.Error("only the zero digest is zero")
	}
}

func TestTokenAndProofAreTiedToWhoIssuedThem(t *testing.T) {
	t.Parallel()
	base := caller.Caller{Issuer: "i", Subject: "s", TokenID: "canary-1", ProofID: "canary-2", JKT: "k"}
	otherIssuer, otherKey, noIDs := base, base, base
	otherIssuer.Issuer, otherKey.JKT = "j", "l"
	noIDs.TokenID, noIDs.ProofID = "", ""
	b := caller.Bind(base)
	if caller.Bind(otherIssuer).Token() == b.Token() || caller.Bind(otherIssuer).Proof() != b.Proof() {
		t.Error("a token id is unique for its issuer, and a proof id for its key")
	}
	if caller.Bind(otherKey).Proof() == b.Proof() || caller.Bind(otherKey).Token() != b.Token() {
		t.Error("a proof id is unique for its key, and a token id for its issuer")
	}
	if b := caller.Bind(noIDs); !b.Token().IsZero() || !b.Proof().IsZero() {
		t.Error("no id has a digest")
	}
}

func TestEveryTextOfACallerIsChecked(t *testing.T) {
	t.Parallel()
	for field, set := range map[string]func(*caller.Caller, string){
		"Issuer":        func(c *caller.Caller, s string) { c.Issuer = s },
		"Subject":       func(c *caller.Caller, s string) { c.Subject = s },
		"Actor":         func(c *caller.Caller, s string) { c.Actor = s },
		"Tenant":        func(c *caller.Caller, s string) { c.Tenant = s },
		"ClientID":      func(c *caller.Caller, s string) { c.ClientID = s },
		"CorrelationID": func(c *caller.Caller, s string) { c.CorrelationID = s },
		"WorkflowRunID": func(c *caller.Caller, s string) { c.WorkflowRunID = s },
		"NodeID":        func(c *caller.Caller, s string) { c.NodeID = s },
		"SystemID":      func(c *caller.Caller, s string) { c.SystemID = s },
		"TokenID":       func(c *caller.Caller, s string) { c.TokenID = s },
		"ProofID":       func(c *caller.Caller, s string) { c.ProofID = s },
		"JKT":           func(c *caller.Caller, s string) { c.JKT = s },
		"X5T":           func(c *caller.Caller, s string) { c.X5T = s },
		"Audience":      func(c *caller.Caller, s string) { c.Audience = []string{"a", s} },
	} {
		c := caller.Caller{Subject: "s"}
		if fault := caller.Bind(c).Fault(); fault != nil {
			t.Fatalf("a sound caller has a fault: %v", fault)
		}
		for _, bad := range []string{"canary\xff", strings.Repeat("x", 2049)} {
			set(&c, bad)
			if diff := cmp.Diff(&caller.Error{Code: caller.Malformed, Field: field}, caller.Bind(c).Fault()); diff != "" {
				t.Errorf("%s (-want +got):\n%s", field, diff)
			}
		}
	}
}

func TestTheDigestOfAnIdentityTellsEveryFieldApart(t *testing.T) {
	t.Parallel()
	seen := map[caller.Digest]caller.Identity{}
	for _, i := range []caller.Identity{
		{},
		{Issuer: "a"},
		{Subject: "a"},
		{Actor: "a"},
		{ClientID: "a"},
		{Tenant: "a"},
		{Type: "a"},
		{Binding: caller.Binding{JKT: "a"}},
		{Binding: caller.Binding{X5T: "a"}},
		{Issuer: "a", Subject: "bc"},
		{Issuer: "ab", Subject: "c"},
		{Issuer: "abc"},
		{Issuer: "a\x00\x00\x00\x01b"},
	} {
		if other, twice := seen[i.Digest()]; twice {
			t.Errorf("%+v and %+v share a digest", i, other)
		}
		seen[i.Digest()] = i
	}
}

func TestEachOwnerHasOneNoteOnACaller(t *testing.T) {
	t.Parallel()
	b := caller.Bind(caller.Caller{Subject: "s"})
	type owner struct{ name string }
	owners := []*owner{{"a"}, {"b"}, {"c"}}
	var wg sync.WaitGroup
	for i := range 30 {
		wg.Go(func() {
			o := owners[i%len(owners)]
			noted := b.Note(o, &owner{o.name})
			if again := b.Note(o, &owner{"another"}); again != noted || b.Noted(o) != noted {
				t.Errorf("%s has two notes", o.name)
			}
			if n, ok := noted.(*owner); !ok || n.name != o.name {
				t.Errorf("%s is given %v", o.name, noted)
			}
		})
	}
	wg.Wait()
	if b.Noted(&owner{"a"}) != nil {
		t.Error("a stranger has a note")
	}
}
