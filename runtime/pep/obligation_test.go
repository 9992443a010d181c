package pep_test

import (
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/secretsgen/secretsgen/runtime/caller"
	"github.com/secretsgen/secretsgen/runtime/pep"
)

func TestObligationsThatMakeAPermitADenial(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		obligations pep.Obligations
		change      func(*pep.Declaration)
		want        string
	}{
		"an unknown one":                         {obligations: pep.Obligations{Refused: "step-up"}, want: "step-up"},
		"an unknown one that is no name":         {obligations: pep.Obligations{Refused: "canary secret/app"}, want: "unknown"},
		"an unknown one that is far too long":    {obligations: pep.Obligations{Refused: strings.Repeat("a", 65)}, want: "unknown"},
		"a negative TTL":                         {obligations: pep.Obligations{TTL: -1}, want: "ttl_seconds"},
		"a negative number of uses":              {obligations: pep.Obligations{MaxUses: -1}, want: "max_uses"},
		"a negative wrapping time":               {obligations: pep.Obligations{ResponseWrap: -1}, change: canWrap, want: "response_wrap"},
		"wrapping where the provider can't":      {obligations: pep.Obligations{ResponseWrap: time.Minute}, want: "response_wrap"},
		"an unknown condition":                   {obligations: on("token", "moon_phase"), want: "must_revalidate_on"},
		"a policy version that nobody can tell":  {obligations: on(pep.RevalidatePolicyVersion), want: "must_revalidate_on"},
		"the latest version, which might change": {obligations: on(pep.RevalidateSecretVersion), want: "must_revalidate_on"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			e := enforcer(t, config(always(pep.Decision{Permit: true, ID: "d-1", PolicyVersion: "p-1", Obligations: tt.obligations}, nil)))
			d := token(t).Declaration()
			if tt.change != nil {
				tt.change(&d)
			}
			got := *refused[*pep.AuthzDeniedError](t, e, as(service()), pep.Declare(d))
			want := pep.AuthzDeniedError{
				Accessor: "api.token", Code: pep.DeniedObligation, DecisionID: "d-1", PolicyVersion: "p-1", Obligation: tt.want,
			}
			if got != want {
				t.Errorf("denial %+v, want %+v", got, want)
			}
		})
	}
}

func TestObligationsThatAreMet(t *testing.T) {
	t.Parallel()
	wraps := password(t).Declaration() // pinned to a version
	canWrap(&wraps)
	d := pep.Declare(wraps)
	o := on(pep.RevalidateToken, pep.RevalidateBinding, pep.RevalidateWorkflowRun, pep.RevalidateSecretVersion)
	o.ResponseWrap, o.MaxUses = time.Minute, 1<<40
	cfg := config(always(pep.Decision{Permit: true, ID: "d-1", PolicyVersion: "p-1", Obligations: o}, nil))
	cfg.Limits.MaxUsesMax = 2
	e := enforcer(t, cfg)
	first := granted(t, e, as(service()), d)
	want := pep.Permit{
		GrantID: first.GrantID, DecisionID: "d-1", PolicyVersion: "p-1", Decided: true, ResponseWrap: time.Minute,
	}
	if first.GrantID == "" || first != want {
		t.Errorf("permit %+v, want %+v and a grant id", first, want)
	}
	want.Decided, want.GrantCached = false, true
	second := granted(t, e, as(service()), d)
	want.GrantAge = second.GrantAge
	if second != want || second.GrantAge <= 0 {
		t.Errorf("permit %+v, want %+v and an age", second, want)
	}
	if third := granted(t, e, as(service()), d); third.GrantCached {
		t.Error("more uses than the maximum")
	}
}

func canWrap(d *pep.Declaration) { d.CanWrap = true }

func on(conditions ...pep.Revalidate) pep.Obligations {
	return pep.Obligations{MaxUses: 5, MustRevalidateOn: conditions}
}

func TestAGrantTiedToCircumstancesServesNoOthers(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		condition pep.Revalidate
		change    func(*caller.Caller)
	}{
		"another token":        {pep.RevalidateToken, func(c *caller.Caller) { c.TokenID = "canary-token-2" }},
		"another workflow run": {pep.RevalidateWorkflowRun, func(c *caller.Caller) { c.WorkflowRunID = "w-2" }},
		"no workflow run":      {pep.RevalidateWorkflowRun, func(c *caller.Caller) { c.WorkflowRunID = "" }},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			o := on(tt.condition)
			o.MaxUses = 0 // said by the PDP it would make the token single-use
			pdp := always(pep.Decision{Permit: true, Obligations: o}, nil)
			cfg := config(pdp)
			cfg.Limits.MaxUsesDefault = 5
			e := enforcer(t, cfg)
			one := bearer("canary-token")
			one.WorkflowRunID = "w-1"
			two := one
			tt.change(&two)
			first := granted(t, e, as(one), token(t))
			second := granted(t, e, as(two), token(t))
			if second.GrantCached || second.GrantID == first.GrantID {
				t.Errorf("the second caller got %+v, want a grant of its own", second)
			}
			for range 4 { // neither pushed out the other's
				if got := granted(t, e, as(one), token(t)).GrantID; got != first.GrantID {
					t.Errorf("the first caller got grant %s, want %s", got, first.GrantID)
				}
				if got := granted(t, e, as(two), token(t)).GrantID; got != second.GrantID {
					t.Errorf("the second caller got grant %s, want %s", got, second.GrantID)
				}
			}
			wantCalls(t, pdp, 2)
		})
	}
}

func TestTheGrantsOfOneKeyAreBounded(t *testing.T) {
	t.Parallel()
	o := on(pep.RevalidateToken)
	o.MaxUses = 0
	cfg := config(always(pep.Decision{Permit: true, Obligations: o}, nil))
	cfg.Limits.MaxUsesDefault = 5
	e := enforcer(t, cfg)
	kept := 0
	for range 2 {
		for i := range 65 {
			if granted(t, e, as(bearer(fmt.Sprintf("canary-token-%d", i))), token(t)).GrantCached {
				kept++
			}
		}
	}
	if kept != 64 {
		t.Errorf("%d grants of one key were kept, want 64", kept)
	}
}

func TestAGrantNotTiedToThemIsSharedAcrossCircumstances(t *testing.T) {
	t.Parallel()
	pdp := always(pep.Decision{Permit: true, Obligations: on(pep.RevalidateBinding)}, nil)
	e := enforcer(t, config(pdp))
	for _, run := range []string{"w-1", "w-2", ""} {
		c := bearer("canary-token-" + run)
		c.WorkflowRunID, c.CorrelationID, c.NodeID, c.SystemID = run, run, run, run
		granted(t, e, as(c), token(t))
	}
	wantCalls(t, pdp, 1)
}

// versioned is a PDP that tells its version.
type versioned struct {
	*fakePDP
	version string
}

func (v *versioned) PolicyVersion() string { return v.version }

func TestAGrantTiedToThePolicyVersionEndsWithIt(t *testing.T) {
	t.Parallel()
	pdp := &versioned{always(pep.Decision{Permit: true, Obligations: on(pep.RevalidatePolicyVersion)}, nil), "p-1"}
	e := enforcer(t, config(pdp))
	granted(t, e, as(service()), token(t))
	if !granted(t, e, as(service()), token(t)).GrantCached {
		t.Error("the grant did not serve under its own version")
	}
	pdp.version = "p-2"
	if granted(t, e, as(service()), token(t)).GrantCached {
		t.Error("the grant outlived its version")
	}
	wantCalls(t, pdp.fakePDP, 2)
}

// TestWaitersOfOtherCircumstancesGetGrantsOfTheirOwn has callers with tokens of
// their own wait for an answer that is good for its leader's token alone.
func TestWaitersOfOtherCircumstancesGetGrantsOfTheirOwn(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		o := on(pep.RevalidateToken)
		o.MaxUses = 0
		pdp := slow(always(pep.Decision{Permit: true, Obligations: o}, nil))
		cfg := config(pdp)
		cfg.Limits.MaxUsesDefault = 9
		e := enforcer(t, cfg)
		defer e.Close()
		start := time.Now()
		grants := make(chan string, 30)
		for i := range 30 {
			go func() {
				grants <- granted(t, e, as(bearer("canary-token-"+string(rune('a'+i%10)))), token(t)).GrantID
			}()
		}
		distinct := map[string]int{}
		for range 30 {
			distinct[<-grants]++
		}
		if len(distinct) != 10 {
			t.Errorf("%d grants for 10 tokens", len(distinct))
		}
		if took := time.Since(start); took > 200*time.Millisecond {
			t.Errorf("took %v, want two rounds of 100ms", took)
		}
		wantCalls(t, pdp, 10)
	})
}
