package pep_test

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/secretsgen/secretsgen/runtime/caller"
	"github.com/secretsgen/secretsgen/runtime/pep"
)

// variations are the fields that a grant depends on, each with a way to make a
// read that differs from all others of its row in that field alone.
var variations = map[string]func(c *caller.Caller, d *pep.Declaration, parse func(string) pep.Declaration, i int){
	"issuer": func(c *caller.Caller, _ *pep.Declaration, _ func(string) pep.Declaration, i int) {
		c.Issuer = variant(i)
	},
	"subject": func(c *caller.Caller, _ *pep.Declaration, _ func(string) pep.Declaration, i int) {
		c.Subject = "s" + variant(i)
	},
	"actor": func(c *caller.Caller, _ *pep.Declaration, _ func(string) pep.Declaration, i int) {
		c.Actor = variant(i)
	},
	"client id": func(c *caller.Caller, _ *pep.Declaration, _ func(string) pep.Declaration, i int) {
		c.ClientID = variant(i)
	},
	"jkt": func(c *caller.Caller, _ *pep.Declaration, _ func(string) pep.Declaration, i int) { c.JKT = letters(i) },
	"x5t": func(c *caller.Caller, _ *pep.Declaration, _ func(string) pep.Declaration, i int) { c.X5T = letters(i) },
	"key": func(_ *caller.Caller, d *pep.Declaration, parse func(string) pep.Declaration, i int) {
		*d = parse("openbao+kv2://secret/app#k" + letters(i))
	},
	"path": func(_ *caller.Caller, d *pep.Declaration, parse func(string) pep.Declaration, i int) {
		*d = parse("openbao+kv2://secret/app/" + strings.Repeat("a/", i%7) + letters(i))
	},
	"version": func(_ *caller.Caller, d *pep.Declaration, parse func(string) pep.Declaration, i int) {
		*d = parse("openbao+kv2://secret/app?version=" + strconv.Itoa(i+1))
	},
	"accessor": func(_ *caller.Caller, d *pep.Declaration, _ func(string) pep.Declaration, i int) {
		d.Accessor = letters(i)
	},
}

// variant is the text numbered i, of those that separators, prefixes, case and
// the empty text might make the same.
func variant(i int) string {
	separators := []string{"", "|", ",", "/", "\x00", "+x5t:", " ", "::", "\n", "."}
	number := i / len(separators)
	if number == 0 {
		return separators[i]
	}
	return strings.Repeat("a", number%3) + separators[i%len(separators)] + strconv.Itoa(number)
}

// letters is the text numbered i, legal in a reference and a thumbprint.
func letters(i int) string {
	return strings.Repeat("A", i%2) + strings.Repeat("a", i/2%2) + strconv.Itoa(i)
}

// TestOfAMillionPairsThatDifferInOneFieldNoneSharesAGrant asks for a row of reads
// a field: any two of a row differ in that field alone, so each must be granted
// anew, and be served by its own grant ever after.
func TestOfAMillionPairsThatDifferInOneFieldNoneSharesAGrant(t *testing.T) {
	t.Parallel()
	const row = 460
	pairs := 0
	for field, vary := range variations {
		e := enforcer(t, config(permits(9)))
		granted, seen := [row]string{}, map[string]int{}
		read := func(i int) pep.Permit {
			// A token of its own, so that another key is no drift.
			c := bearer(fmt.Sprintf("canary-token-%d", i))
			parse := func(ref string) pep.Declaration { return pep.Declaration{Ref: reference(t, ref), Accessor: "a"} }
			d := parse("openbao+kv2://secret/app#key?version=7")
			vary(&c, &d, parse, i)
			p, err := e.Authorize(as(c), pep.Declare(d))
			if err != nil {
				t.Fatalf("%s %d: %v", field, i, err)
			}
			return p
		}
		for i := range row {
			p := read(i)
			if other, twice := seen[p.GrantID]; twice || p.GrantCached {
				t.Errorf("%s: the grant of %d serves %d", field, other, i)
			}
			granted[i], seen[p.GrantID] = p.GrantID, i
			pairs += i
		}
		for i := range row {
			if p := read(i); p.GrantID != granted[i] || !p.GrantCached {
				t.Errorf("%s: %d is served by the grant of %d, want its own", field, i, seen[p.GrantID])
			}
		}
	}
	if pairs < 1_000_000 {
		t.Errorf("%d pairs, want a million", pairs)
	}
}

// TestAContextThatDiffersOutsideTheIdentitySharesWhatTheDesignSays has contexts
// of one identity that differ in each other field, alone and together.
func TestAContextThatDiffersOutsideTheIdentitySharesWhatTheDesignSays(t *testing.T) {
	t.Parallel()
	advisory := map[string]func(*caller.Caller){
		"token id":       func(c *caller.Caller) { c.TokenID = "canary-token-2" },
		"proof id":       func(c *caller.Caller) { c.ProofID = "canary-proof-2" },
		"audience":       func(c *caller.Caller) { c.Audience = []string{audience, "more"} },
		"correlation id": func(c *caller.Caller) { c.CorrelationID = "c-2" },
		"workflow run":   func(c *caller.Caller) { c.WorkflowRunID = "w-2" },
		"node":           func(c *caller.Caller) { c.NodeID = "n-2" },
		"system":         func(c *caller.Caller) { c.SystemID = "s-2" },
	}
	all := slices.Collect(maps.Values(advisory))
	advisory["everything"] = func(c *caller.Caller) {
		for _, change := range all {
			change(c)
		}
	}
	base := caller.Caller{
		Issuer: "https://issuer.test", Subject: "billing", Audience: []string{audience}, TokenID: "canary-token", ProofID: "canary-proof", JKT: "key-A",
		CorrelationID: "c-1", WorkflowRunID: "w-1", NodeID: "n-1", SystemID: "s-1",
	}
	shares := map[pep.Revalidate]func(name string) bool{
		"":                        func(string) bool { return true },
		pep.RevalidateToken:       func(name string) bool { return name != "token id" && name != "everything" },
		pep.RevalidateWorkflowRun: func(name string) bool { return name != "workflow run" && name != "everything" },
		pep.RevalidateBinding:     func(string) bool { return true },
	}
	for condition, want := range shares {
		for name, change := range advisory {
			var o pep.Obligations
			if condition != "" {
				o.MustRevalidateOn = []pep.Revalidate{condition}
			}
			cfg := config(always(pep.Decision{Permit: true, Obligations: o}, nil))
			cfg.Limits.MaxUsesDefault = 9
			e := enforcer(t, cfg)
			granted(t, e, as(base), token(t))
			c := base
			change(&c)
			if name != "proof id" && name != "everything" {
				c.ProofID = "" // the same proof again would be a replay
			}
			if got := granted(t, e, as(c), token(t)).GrantCached; got != want(name) {
				t.Errorf("revalidating on %q, another %s: shares the grant: %v, want %v", condition, name, got, want(name))
			}
		}
	}
}
