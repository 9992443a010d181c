package pdptest_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/secretsgen/secretsgen/runtime/pep"
	"github.com/secretsgen/secretsgen/runtime/pep/authzen"
	"github.com/secretsgen/secretsgen/runtime/pep/pdptest"
)

func dial(t *testing.T, server *pdptest.Server) *authzen.Client {
	t.Helper()
	client, err := authzen.New(authzen.Config{BaseURL: server.URL(), Token: "canary-token", Timeout: time.Minute})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(client.Close)
	return client
}

func question(subject, resource string) pep.Request {
	return pep.Request{
		Subject: pep.Subject{
			Type: "user", ID: subject, Issuer: "https://issuer.example", ClientID: "client", Actor: "robot",
			TenantID: "dev", Audience: []string{"crud.secrets", "other"}, Binding: "jkt:thumb",
		},
		Action: pep.ActionExecute,
		Resource: pep.Resource{
			ID: resource, TenantID: "dev", Provider: "openbao", Engine: "kv2",
			Mount: "secret", Path: "myapp/api", Key: "token", Version: 3, Accessor: "api.token",
		},
		Context: pep.Context{CorrelationID: "corr", WorkflowRunID: "run", NodeID: "node", SystemID: "system"},
	}
}

const (
	apiToken   = "openbao+kv2://secret/myapp/api#token"
	dbPassword = "openbao+kv2://secret/myapp/db#password"
	other      = "openbao+kv2://secret/myapplication/api"
)

func TestRules(t *testing.T) {
	t.Parallel()
	limits := pep.Obligations{
		TTL: time.Minute, MaxUses: 5, ResponseWrap: 90 * time.Second,
		MustRevalidateOn: []pep.Revalidate{pep.RevalidateBinding, pep.RevalidateToken},
	}
	server := start(t,
		pdptest.Rule{Subject: "mallory"},
		pdptest.Rule{Subject: "alice", Resource: apiToken, Permit: true, Obligations: limits},
		pdptest.Rule{Subject: "alice", Resource: other, Permit: true, Obligations: pep.Obligations{Refused: "step-up"}},
		pdptest.Rule{Resource: "openbao+kv2://secret/myapplic*", Permit: true}, // no path, so it matches nothing
		pdptest.Rule{Action: pep.ActionExecute, Resource: "openbao+kv2://secret/myapp/*", Permit: true},
	)
	client := dial(t, server)
	var reqs []pep.Request
	var want []pep.Decision
	for _, test := range []struct {
		subject, resource string
		want              pep.Decision
		attributes        *pep.ResourceAttributes
	}{
		{"alice", apiToken, pep.Decision{Permit: true, Obligations: limits}, &pep.ResourceAttributes{Owner: "team", CreatedBy: "alice", CreatedAt: "yesterday"}},
		{"alice", dbPassword, pep.Decision{Permit: true}, &pep.ResourceAttributes{}},
		{"alice", other, pep.Decision{Permit: true, Obligations: pep.Obligations{Refused: "step-up"}}, nil},
		{"bob", apiToken, pep.Decision{Permit: true}, nil},
		{"bob", other, pep.Decision{}, nil},
		{"bob", "openbao+kv2://secret/myapp", pep.Decision{}, nil},
		{"mallory", apiToken, pep.Decision{}, nil},
	} {
		req := question(test.subject, test.resource)
		req.Context.ResourceAttributes = test.attributes
		got, err := client.Decide(t.Context(), req)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(test.want, got, cmpopts.IgnoreFields(pep.Decision{}, "ID")); diff != "" {
			t.Errorf("%s reads %s (-want +got):\n%s", test.subject, test.resource, diff)
		}
		reqs, want = append(reqs, req), append(want, test.want)
	}
	if diff := cmp.Diff(reqs, server.Requests()); diff != "" {
		t.Errorf("recorded questions (-want +got):\n%s", diff)
	}
	got, err := client.DecideAll(t.Context(), reqs)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got, cmpopts.IgnoreFields(pep.Decision{}, "ID")); diff != "" {
		t.Errorf("the same as a batch (-want +got):\n%s", diff)
	}
}

func TestSetRulesAndSetDecision(t *testing.T) {
	t.Parallel()
	server := start(t)
	client := dial(t, server)
	want := func(name string, want pep.Decision) {
		t.Helper()
		got, err := client.Decide(t.Context(), question("alice", apiToken))
		if err != nil {
			t.Fatal(err)
		}
		if want.ID == "" {
			got.ID = ""
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
	want("without rules", pep.Decision{})
	server.SetRules(pdptest.Rule{Permit: true})
	want("after SetRules", pep.Decision{Permit: true})
	server.SetDecision(func(req pep.Request) pep.Decision {
		return pep.Decision{Permit: req.Subject.ID == "alice", ID: "d-1", PolicyVersion: "v2"}
	})
	want("after SetDecision", pep.Decision{Permit: true, ID: "d-1", PolicyVersion: "v2"})
}

func TestRequestsHoldNothingSecret(t *testing.T) {
	t.Parallel()
	server := start(t)
	req := question("alice", apiToken)
	req.Context.TokenJTI = "canary-jti"
	var asked string
	server.SetDecision(func(req pep.Request) pep.Decision { asked = req.Context.TokenJTI; return pep.Decision{} })
	if _, err := dial(t, server).Decide(t.Context(), req); err != nil {
		t.Fatal(err)
	}
	if asked != "canary-jti" {
		t.Errorf("the decision saw the token id %q", asked)
	}
	req.Context.TokenJTI = ""
	if diff := cmp.Diff([]pep.Request{req}, server.Requests()); diff != "" {
		t.Errorf("recorded questions (-want +got):\n%s", diff)
	}
}

type fault struct {
	pdptest.Fault
	many bool // of a batch
	want pep.Reason
}

// faults are all that there are, with the reason that a client gives for each.
func faults() map[string]fault {
	return map[string]fault{
		"ServerError":  {pdptest.ServerError, false, pep.ReasonUnavailable},
		"Hang":         {pdptest.Hang, false, pep.ReasonTimeout},
		"Malformed":    {pdptest.Malformed, false, pep.ReasonMalformed},
		"Truncated":    {pdptest.Truncated, false, pep.ReasonUnavailable},
		"Oversized":    {pdptest.Oversized, false, pep.ReasonMalformed},
		"WrongType":    {pdptest.WrongType, false, pep.ReasonMalformed},
		"Redirected":   {pdptest.Redirected, false, pep.ReasonRedirect},
		"DuplicateKey": {pdptest.DuplicateKey, false, pep.ReasonMalformed},
		"TrailingData": {pdptest.TrailingData, false, pep.ReasonMalformed},
		"WrongLength":  {pdptest.WrongLength, true, pep.ReasonMalformed},
		"WrongID":      {pdptest.WrongID, false, pep.ReasonMalformed},
		"BadRequest":   {pdptest.BadRequest, false, pep.ReasonBadRequest},
		"Unauthorized": {pdptest.Unauthorized, false, pep.ReasonPEPAuth},
		"Forbidden":    {pdptest.Forbidden, false, pep.ReasonPEPAuth},
		"NotFound":     {pdptest.NotFound, false, pep.ReasonConfig},
		"NoBatch":      {pdptest.NoBatch, true, pep.ReasonNoBatch},
		"Throttled":    {pdptest.Throttled, false, pep.ReasonThrottled},
	}
}

func TestBreakAndRepair(t *testing.T) {
	t.Parallel()
	for name, fault := range faults() {
		want := fault.want
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server := start(t, pdptest.Rule{Permit: true})
			client := dial(t, server)
			server.Break(fault.Fault)
			ctx, cancel := context.WithTimeout(t.Context(), patience(fault.Fault))
			defer cancel()
			var err error
			if fault.many {
				_, err = client.DecideAll(ctx, []pep.Request{question("alice", apiToken), question("alice", dbPassword)})
			} else {
				_, err = client.Decide(ctx, question("alice", apiToken))
			}
			if e, ok := errors.AsType[*pep.PDPUnavailableError](err); !ok || e.Reason != want {
				t.Errorf("asking a broken PDP: %v, want reason %s", err, want)
			}
			server.Repair()
			if fault.Fault == pdptest.Throttled {
				return // the client keeps away for a second, as it was told
			}
			if decision, err := client.Decide(t.Context(), question("alice", apiToken)); err != nil || !decision.Permit {
				t.Errorf("Decide of a repaired PDP = %+v, %v; want a permit", decision, err)
			}
			// A question that is given up may never have arrived.
			if n := len(server.Requests()); n != 2 && fault.Fault != pdptest.Hang && !fault.many {
				t.Errorf("%d questions are recorded, want 2", n)
			}
		})
	}
}

// patience is short only where a deadline is what the test waits for.
func patience(fault pdptest.Fault) time.Duration {
	if fault == pdptest.Hang {
		return 200 * time.Millisecond
	}
	return time.Minute
}

func TestAnAnswerThatHangsIsGivenAfterRepair(t *testing.T) {
	t.Parallel()
	for name, release := range map[string]func(*pdptest.Server){
		"Repair":                   (*pdptest.Server).Repair,
		"Repair of a second fault": func(s *pdptest.Server) { s.Break(pdptest.Malformed); s.Repair() },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server := start(t)
			asked := make(chan struct{})
			server.SetDecision(func(pep.Request) pep.Decision { close(asked); return pep.Decision{Permit: true} })
			server.Break(pdptest.Hang)
			client := dial(t, server)
			answered := make(chan error, 1)
			go func() {
				decision, err := client.Decide(t.Context(), question("alice", apiToken))
				if err == nil && !decision.Permit {
					err = errors.New("denied")
				}
				answered <- err
			}()
			<-asked
			release(server)
			if err := <-answered; err != nil {
				t.Errorf("Decide = %v, want a permit", err)
			}
		})
	}
}

func TestCloseEndsWhatHangs(t *testing.T) {
	t.Parallel()
	server := start(t)
	asked := make(chan struct{})
	server.SetDecision(func(pep.Request) pep.Decision { close(asked); return pep.Decision{} })
	server.Break(pdptest.Hang)
	client := dial(t, server)
	answered := make(chan struct{})
	go func() {
		_, _ = client.Decide(t.Context(), question("alice", apiToken))
		close(answered)
	}()
	<-asked
	server.Close()
	<-answered
	_, err := client.Decide(t.Context(), question("alice", apiToken))
	if e, ok := errors.AsType[*pep.PDPUnavailableError](err); !ok || e.Reason != pep.ReasonUnavailable {
		t.Errorf("Decide of a closed PDP = %v, want reason unavailable", err)
	}
}

func TestURLIsLoopback(t *testing.T) {
	t.Parallel()
	if url := start(t).URL(); !strings.HasPrefix(url, "http://127.0.0.1:") {
		t.Errorf("URL is %s", url)
	}
}
