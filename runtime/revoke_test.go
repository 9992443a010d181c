package runtime_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/secretsgen/secretsgen/runtime"
	"github.com/secretsgen/secretsgen/runtime/audit"
	"github.com/secretsgen/secretsgen/runtime/pep"
	"github.com/secretsgen/secretsgen/runtime/secretstest"
)

func TestARevocationHasTheNextReadDecidedAnewAndIsInTheTrail(t *testing.T) {
	t.Parallel()
	kit := secretstest.New(t)
	kit.Set(apiToken, "canary")
	kit.Grant(pep.Obligations{MaxUses: 100})
	handle := bind(t, kit, "api.token", apiToken, stringDecoder)
	ref, err := kit.Client.Parse(apiToken)
	if err != nil {
		t.Fatal(err)
	}
	alice := kit.Context(t.Context(), "alice")
	read := func() {
		t.Helper()
		if _, err := handle.Read(alice); err != nil {
			t.Fatal(err)
		}
	}
	for i, r := range []runtime.Revocation{
		{Accessor: "api.token"}, {Ref: ref}, {Subject: "alice"}, {}, {Subject: "alice", Accessor: "api.token", Ref: ref},
	} {
		read()
		if got := kit.Asked(); got != i+1 {
			t.Errorf("before revocation %d the PDP was asked %d times", i, got)
		}
		read()
		if err := kit.Client.Revoke(t.Context(), r); err != nil {
			t.Errorf("%+v: %v", r, err)
		}
	}
	asked := kit.Asked()
	read()
	for _, r := range []runtime.Revocation{{Accessor: "api.other"}, {Subject: "bob"}, {Issuer: "https://other", Subject: "alice"}} {
		if err := kit.Client.Revoke(t.Context(), r); err != nil {
			t.Errorf("%+v: %v", r, err)
		}
	}
	read()
	if got := kit.Asked(); got != asked+1 {
		t.Errorf("revocations of others have the PDP asked: %d times, want %d", got, asked+1)
	}
	if err := kit.Client.Revoke(t.Context(), runtime.Revocation{Issuer: "https://issuer"}); !errors.Is(err, runtime.ErrRevocation) {
		t.Errorf("an issuer without a subject: %v", err)
	}
	var got []string
	for _, e := range kit.Events() {
		if e.Type == audit.Config {
			got = append(got, string(e.Effect)+" "+e.Code+" "+e.Subject+" "+e.Accessor)
			if whole := e.Accessor+e.Subject == ""; whole && e.ResourceRef == "" && len(got) == 2 {
				t.Error("a revocation of a reference does not say which")
			}
		}
	}
	want := []string{
		"allow revoked  api.token", "allow revoked  ", "allow revoked alice ", "allow revoked  ", "allow revoked alice api.token",
		"allow revoked  api.other", "allow revoked bob ", "allow revoked alice ", "error revoke_failed  ",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("events (-want +got):\n%s", diff)
	}
}

// deafStore can't be told of a revocation.
type deafStore struct{ pep.GrantStore }

func (deafStore) Revoke(context.Context, pep.Revocation, time.Duration) error {
	return errors.New("canary-address")
}

func TestARevocationThatTheStoreDidNotTakeIsAnError(t *testing.T) {
	t.Parallel()
	sink := &recording{}
	client, err := runtime.New(t.Context(), stubConfig(), (&stub{}).factory(), sink.factory(), pep.Extension{PDP: permits{}, Grants: deafStore{}})
	if err != nil {
		t.Fatal(err)
	}
	err = client.Revoke(t.Context(), runtime.Revocation{})
	if !isA[*runtime.RevocationError](err) {
		t.Errorf("got %v", err)
	}
	if err := client.Close(t.Context()); err != nil {
		t.Error(err)
	}
	if err := client.Revoke(t.Context(), runtime.Revocation{}); !errors.Is(err, runtime.ErrClosed) {
		t.Errorf("after Close: %v", err)
	}
	if events := sink.kept(); len(events) != 1 || events[0].Effect != audit.Error || events[0].Code != "revoke_failed" {
		t.Errorf("events %+v", events)
	}
}
