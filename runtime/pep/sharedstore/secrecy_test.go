package sharedstore_test

import (
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/secretsgen/secretsgen/internal/servertest"
	"github.com/secretsgen/secretsgen/runtime/caller"
	"github.com/secretsgen/secretsgen/runtime/pep"
)

// TestNothingInTheStoreTellsWhoReadsWhat lets everything through that a store is
// given, and looks at all that the server then holds, and at all it was sent.
func TestNothingInTheStoreTellsWhoReadsWhat(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, s *servertest.Server) {
		store := open(t, s)
		settle(t, store, window)
		pdp := &decider{decide: func(r pep.Request) pep.Decision {
			return pep.Decision{
				Permit: r.Context.WorkflowRunID != "run-canary-denied", ID: "decision-canary " + r.Resource.ID, PolicyVersion: "policy-canary",
				Obligations: pep.Obligations{MaxUses: 9, MustRevalidateOn: []pep.Revalidate{pep.RevalidateToken, pep.RevalidateWorkflowRun}},
			}
		}}
		e := enforcer(t, store, pdp)
		d := pep.Declare(declaration(t))
		who := caller.Caller{
			Issuer: "https://issuer-canary", Subject: "subject-canary-1f0e", Actor: "actor-canary", ClientID: "client-canary",
			Audience: []string{"crud.secrets"}, TokenID: "token-jti-canary", ProofID: "proof-jti-canary",
			JKT: "0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I", WorkflowRunID: "run-canary",
			CorrelationID: "correlation-canary", NodeID: "node-canary", SystemID: "system-canary",
		}
		authorize(t, e, caller.NewContext(t.Context(), who), d)
		denied := who
		denied.Subject, denied.TokenID, denied.ProofID, denied.WorkflowRunID = "subject-canary-denied", "token-jti-denied", "proof-jti-denied", "run-canary-denied"
		if _, err := e.Authorize(caller.NewContext(t.Context(), denied), d); err == nil {
			t.Fatal("it was not denied")
		}
		for _, r := range []pep.Revocation{
			{Issuer: who.Issuer, Subject: who.Subject},
			{Accessor: declaration(t).Accessor},
			{Ref: declaration(t).Ref},
		} {
			if err := e.Revoke(t.Context(), r); err != nil {
				t.Fatal(err)
			}
		}

		s.Do("SAVE")
		dump, err := os.ReadFile(filepath.Join(s.Dir, "dump.rdb"))
		if err != nil {
			t.Fatal(err)
		}
		held := string(dump) + strings.Join(keys(t, s), " ")
		for _, name := range keys(t, s) {
			held += s.Do("DUMP", name) + s.Do("GET", name) + s.Do("HGETALL", name)
		}
		if len(held) < 1000 {
			t.Fatalf("the server holds %d bytes", len(held))
		}
		canaries := []string{
			"canary", declaration(t).Ref.String(), "PATH_CANARY_77f1", declaration(t).Accessor, tenant, who.Subject, who.Issuer,
			who.TokenID, who.ProofID, denied.TokenID, denied.ProofID, who.JKT, "0ZcOCORZNYy", "secret/",
		}
		token, proof := caller.DigestOf("token", who.Issuer, who.TokenID), caller.DigestOf("proof", who.JKT, who.ProofID)
		canaries = append(canaries, string(token[:]), string(proof[:]))
		for _, canary := range canaries {
			for form, text := range map[string]string{
				"as it is": canary, "in hexadecimal": hex.EncodeToString([]byte(canary)),
				"in base64":    strings.TrimRight(base64.StdEncoding.EncodeToString([]byte(canary)), "=")[:len(canary)],
				"in base64url": base64.RawURLEncoding.EncodeToString([]byte(canary))[:len(canary)],
			} {
				if strings.Contains(strings.ToLower(held), strings.ToLower(text)) {
					t.Errorf("the store holds %q %s", canary, form)
				}
			}
		}
	}, "--dbfilename", "dump.rdb", "--rdbcompression", "no")
}

// TestARecordIsGoodForItsOwnKeyAlone has somebody who may write to the store move
// and change what is there.
func TestARecordIsGoodForItsOwnKeyAlone(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, s *servertest.Server) {
		store := open(t, s)
		mine, other := key(t, "billing"), key(t, "billing")
		other.Identity = boundIdentity("billing", "key-B") // of the same bucket
		add(t, store, mine, ask(t, store, mine, grant("G", 9)))
		from := grantsKey(t, s, nil)
		add(t, store, other, ask(t, store, other, grant("other", 9)))
		to := grantsKey(t, s, []string{from})
		s.Do("COPY", from, to, "REPLACE")
		if g, ok, err := store.Spend(t.Context(), pep.Attempt{Key: other}); err == nil {
			t.Errorf("a grant that was copied: %+v, %v", g, ok)
		}
		s.Do("SETRANGE", from, "60", "XXXX")
		if g, ok, err := store.Spend(t.Context(), pep.Attempt{Key: mine}); err == nil {
			t.Errorf("a grant that was changed: %+v, %v", g, ok)
		}
		s.Do("SET", from, "what nobody wrote")
		if g, ok, err := store.Spend(t.Context(), pep.Attempt{Key: mine}); err == nil {
			t.Errorf("a grant that nobody wrote: %+v, %v", g, ok)
		}
	})
}

// grantsKey is the key of grants in the store that is none of known.
func grantsKey(t *testing.T, s *servertest.Server, known []string) string {
	t.Helper()
	for _, name := range keys(t, s) {
		if name[len("secretsgen:{12345678}")] == 'g' && (len(known) == 0 || name != known[0]) {
			return name
		}
	}
	t.Fatal("there is no grant")
	return ""
}

func TestTenantsAndKeysShareNothing(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, s *servertest.Server) {
		one, in := open(t, s), instance(s.URL(), nil)
		in.Key = []byte(strings.Repeat("other key", 8))[:32]
		other := openWith(t, in)
		k := key(t, "billing")
		add(t, one, k, ask(t, one, k, grant("G", 9)))
		if g, ok := spend(t, other, pep.Attempt{Key: k}); ok {
			t.Errorf("another key opens %+v", g)
		}
		if err := other.Revoke(t.Context(), pep.Revocation{}, 0); err != nil {
			t.Fatal(err)
		}
		if _, ok := spend(t, one, pep.Attempt{Key: k}); !ok {
			t.Error("another tenant's revocation ended a grant")
		}
	})
}

func TestAllKeysOfASubjectHaveOneTag(t *testing.T) {
	t.Parallel()
	onAll(t, func(t *testing.T, s *servertest.Server) {
		store := open(t, s)
		const ttl = 2 * time.Second
		settle(t, store, ttl)
		for i := range 20 {
			k := pep.Key{Identity: boundIdentity("billing", fmt.Sprint("key-", i)), Declaration: key(t, "").Declaration}
			add(t, store, k, ask(t, store, k, grant("G", 1)))
			c := claim(fmt.Sprint("jti-", i), ttl)
			c.Identity = k.Identity
			if left, err := store.Claim(t.Context(), c); err != nil || left <= 0 {
				t.Errorf("a claim: for %v, %v", left, err)
			}
		}
		tags, grants, claims := map[string]bool{}, 0, 0
		for _, name := range keys(t, s) {
			if kind := name[len("secretsgen:{12345678}")]; kind == 'g' || kind == 'c' {
				tags[name[:len("secretsgen:{12345678}")]] = true
				if kind == 'g' {
					grants++
				} else {
					claims++
				}
			}
		}
		if len(tags) != 1 || grants != 20 || claims == 0 {
			t.Errorf("%d tags of %d grants and %d claims", len(tags), grants, claims)
		}
	})
}

func TestAStoreShowsNothingOfItself(t *testing.T) {
	t.Parallel()
	in := instance("redis://user:canary@127.0.0.1:1", nil)
	for _, text := range []string{fmt.Sprint(in), fmt.Sprintf("%+v", in), fmt.Sprintf("%#v", in), fmt.Sprintf("%v", &in)} {
		if strings.Contains(text, "canary") {
			t.Errorf("an instance prints %s", text)
		}
	}
	log := &logged{}
	logger(io.Writer(log)).Info("x", "instance", in)
	if strings.Contains(log.String(), "canary") {
		t.Errorf("an instance is logged as %s", log)
	}
}
