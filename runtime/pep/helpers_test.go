package pep_test

import (
	"context"
	"errors"
	"sync"
	"testing"
	"time"

	"github.com/secretsgen/secretsgen/runtime/caller"
	"github.com/secretsgen/secretsgen/runtime/pep"
	"github.com/secretsgen/secretsgen/runtime/uri"
)

const (
	tenant   = "dev"
	audience = "crud.secrets"
)

// fakePDP answers with answer and remembers what it was asked.
type fakePDP struct {
	answer func(ctx context.Context, req pep.Request) (pep.Decision, error)

	mu    sync.Mutex
	asked []pep.Request
}

func (p *fakePDP) Decide(ctx context.Context, req pep.Request) (pep.Decision, error) {
	p.mu.Lock()
	p.asked = append(p.asked, req)
	answer := p.answer
	p.mu.Unlock()
	return answer(ctx, req)
}

// becomes makes p answer as another does from now on.
func (p *fakePDP) becomes(other *fakePDP) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.answer = other.answer
}

func (p *fakePDP) calls() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return len(p.asked)
}

// always answers every question alike.
func always(dec pep.Decision, err error) *fakePDP {
	return &fakePDP{answer: func(context.Context, pep.Request) (pep.Decision, error) { return dec, err }}
}

func permits(uses int) *fakePDP {
	return always(pep.Decision{Permit: true, ID: "d-1", PolicyVersion: "p-1", Obligations: pep.Obligations{MaxUses: uses}}, nil)
}

// permitsByDefault permits without saying max_uses.
func permitsByDefault() *fakePDP { return always(pep.Decision{Permit: true, ID: "d-1"}, nil) }

func denies() *fakePDP { return always(pep.Decision{ID: "d-no", PolicyVersion: "p-1"}, nil) }

func unavailable(reason pep.Reason) *fakePDP {
	return always(pep.Decision{}, &pep.PDPUnavailableError{Reason: reason})
}

// config leaves the PDP all the time that a busy machine may take, and jitter out.
func config(pdp pep.PDP) pep.Config {
	mounts := []string{"secret"}
	return pep.Config{
		TenantID: tenant,
		Mounts:   func() []string { return mounts },
		Audience: audience,
		PDP:      pdp,

		PDPTimeout: time.Minute,
		Random:     func() float64 { return 0 },
	}
}

func enforcer(t testing.TB, cfg pep.Config) *pep.Enforcer {
	t.Helper()
	e, err := pep.New(cfg)
	if err != nil {
		t.Fatalf("New: %v", err)
	}
	t.Cleanup(e.Close)
	return e
}

func reference(t testing.TB, text string) uri.URI {
	t.Helper()
	ref, err := uri.Parse(text, uri.Scope{AnyMount: true})
	if err != nil {
		t.Fatalf("uri.Parse: %v", err)
	}
	return ref
}

// declare is a declaration of a reference.
func declare(t testing.TB, ref, accessor string) *pep.Declared {
	t.Helper()
	return pep.Declare(pep.Declaration{Ref: reference(t, ref), Accessor: accessor})
}

func token(t testing.TB) *pep.Declared {
	t.Helper()
	return declare(t, "openbao+kv2://secret/app/api#token", "api.token")
}

func password(t testing.TB) *pep.Declared {
	t.Helper()
	return declare(t, "openbao+kv2://secret/app/db#password?version=3", "db.password")
}

// as is a request of its own by c.
func as(c caller.Caller) context.Context { return caller.NewContext(context.Background(), c) }

// service is a caller without a token.
func service() caller.Caller { return caller.Caller{Issuer: "https://issuer.test", Subject: "billing"} }

// bearer is a caller with a token and no binding.
func bearer(tokenID string) caller.Caller {
	c := service()
	c.Audience, c.TokenID = []string{"other", audience}, tokenID
	return c
}

// bound is a caller with a token that is bound to a DPoP key.
func bound(tokenID, jkt string) caller.Caller {
	c := bearer(tokenID)
	c.JKT = jkt
	return c
}

func granted(t testing.TB, e *pep.Enforcer, ctx context.Context, d *pep.Declared) pep.Permit { //nolint:revive // t first reads better
	t.Helper()
	p, err := e.Authorize(ctx, d)
	if err != nil {
		t.Fatalf("Authorize: %v, want a permit", err)
	}
	return p
}

// refused returns the error of a refusal as the type it must have.
func refused[E error](t testing.TB, e *pep.Enforcer, ctx context.Context, d *pep.Declared) E { //nolint:revive // t first reads better
	t.Helper()
	p, err := e.Authorize(ctx, d)
	return as1[E](t, p, err)
}

func as1[E error](t testing.TB, p pep.Permit, err error) E {
	t.Helper()
	if p != (pep.Permit{}) {
		t.Errorf("permit %+v beside an error, want none", p)
	}
	want, ok := errors.AsType[E](err)
	if !ok {
		t.Fatalf("error %T (%v), want %T", err, err, want)
	}
	return want
}

func wantCalls(t testing.TB, pdp *fakePDP, want int) {
	t.Helper()
	if got := pdp.calls(); got != want {
		t.Errorf("the PDP was asked %d times, want %d", got, want)
	}
}

// pass lets the fake clock of a synctest bubble run.
func pass(d time.Duration) { <-time.After(d) }
