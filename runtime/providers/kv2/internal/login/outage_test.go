package login

import (
	"context"
	"errors"
	"math/rand/v2"
	"net/http"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/secretsgen/secretsgen/runtime/providers"
	"github.com/secretsgen/secretsgen/runtime/providers/kv2/internal/exchange"
)

// A login that fails is tried again after a random part of a time that doubles to
// 30 s, whoever asks and however often: about 240 times an hour at the most.
func TestAnOutageMakesNoLoginStorm(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		fault func() (exchange.Answer, error)
		want  string
	}{
		"a server that is down":      {down, "unavailable, retryable"},
		"a server that is sealed":    {status(503), "unavailable, retryable"},
		"a server with a quota":      {status(429), "throttled, retryable"},
		"a SecretID that is no good": {status(400), "denied"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				a, w := newAuthority(terms{ttl: time.Hour}), &witness{}
				a.latency = 10 * time.Millisecond
				a.fail(loginPath, c.fault)
				s := open(a, w, rand.New(rand.NewPCG(1, 2)).Float64)
				const outage = 10 * time.Hour
				ctx, cancel := context.WithTimeout(t.Context(), outage)
				defer cancel()
				var callers sync.WaitGroup
				for i := range 3 {
					callers.Go(func() {
						for ctx.Err() == nil {
							asked := time.Now()
							if _, err := s.Token(t.Context()); code(err) != c.want {
								t.Errorf("the error is %v", err)
							}
							if waited := time.Since(asked); waited > a.latency {
								t.Errorf("caller %d waited %v", i, waited)
							}
							pass(time.Second)
						}
					})
				}
				callers.Wait()
				// Half of 30 s on average, and half a second until somebody asks.
				logins := a.count(loginPath)
				if want := int(outage / (15*time.Second + 500*time.Millisecond)); logins < want*9/10 || logins > want*11/10 {
					t.Errorf("%d logins in %v, want about %d", logins, outage, want)
				}
				if a.most != 1 {
					t.Errorf("%d logins at once", a.most)
				}
				if told := w.told(); told[providers.LoginFailed] != logins || len(told) != 1 {
					t.Errorf("told are %v", told)
				}
				a.fail("", nil)
				pass(lastCeiling)
				mustToken(t, s)
				closeNow(t, s)
			})
		})
	}
}

func TestATokenServesUntilItsLeaseEnds(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		a, w := newAuthority(terms{ttl: time.Hour}), &witness{}
		s := open(a, w, rand.New(rand.NewPCG(3, 4)).Float64)
		start := time.Now()
		token := mustToken(t, s)
		pass(30 * time.Minute)
		a.fail("", down)
		for time.Since(start) < time.Hour-time.Second {
			pass(time.Second)
			if got := mustToken(t, s); got != token || !a.takes(token) {
				t.Fatalf("after %v the token is %q", time.Since(start), got)
			}
		}
		if told := w.told(); told[providers.CredentialEnded] > 0 {
			t.Errorf("told before the end: %v", told)
		}
		pass(time.Second)
		if _, err := s.Token(t.Context()); code(err) != "unavailable, retryable" {
			t.Errorf("after the end the error is %v", err)
		}
		synctest.Wait()
		if told := w.told(); told[providers.CredentialEnded] != 1 {
			t.Errorf("told after the end: %v", told)
		}
		if a.count(renewPath) < 10 || a.count(loginPath) < 10 {
			t.Errorf("only %d renewals and %d logins were tried", a.count(renewPath), a.count(loginPath))
		}
		a.fail("", nil)
		pass(lastCeiling)
		if got := mustToken(t, s); got == token || !a.takes(got) {
			t.Error("there is no new token")
		}
		closeNow(t, s)
	})
}

func TestRenewalsThatFail(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		fault func() (exchange.Answer, error)
		until time.Duration // after the first renewal; 0: for ever
		// What has happened when the first lease is over.
		logins     int
		replacedAt time.Duration // 0: not at all
	}{
		"an outage that is over in time":            {down, 5 * time.Minute, 1, 0},
		"a server that hangs for a while":           {nil, 5 * time.Minute, 1, 0},
		"an answer that makes no sense, for a time": {func() (exchange.Answer, error) { return reply(200, `{}`), nil }, 5 * time.Minute, 1, 0},
		"a server that throttles renewals for ever": {status(429), 0, 2, 54 * time.Minute},
		"a server that hangs at every renewal":      {nil, 0, 2, 54 * time.Minute},
		"a token that is gone":                      {status(403), 0, 2, 40 * time.Minute},
		"a token that is not renewable after all":   {status(400), 0, 2, 40 * time.Minute},
		"a renewal that there is not":               {status(404), 0, 2, 40 * time.Minute},
		"a renewal that gives nothing": {func() (exchange.Answer, error) {
			return reply(200, `{"auth":{"lease_duration":0,"renewable":false}}`), nil
		}, 0, 2, 40 * time.Minute},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				a := newAuthority(terms{ttl: time.Hour})
				s := open(a, &witness{}, steady)
				first := mustToken(t, s)
				a.mu.Lock()
				a.fault = func(req exchange.Request) (exchange.Answer, error) {
					switch {
					case req.Path != renewPath || c.until > 0 && time.Now().After(a.issued[first].at.Add(40*time.Minute+c.until)):
						return exchange.Answer{}, nil
					case c.fault == nil:
						pass(loginTimeout) // the keeper's deadline is no later
						return exchange.Answer{}, context.DeadlineExceeded
					}
					return c.fault()
				}
				a.mu.Unlock()
				start, replacedAt := time.Now(), time.Duration(0)
				for time.Since(start) < time.Hour {
					pass(time.Second)
					token := mustToken(t, s)
					if !a.takes(token) {
						t.Fatalf("after %v the token is not good", time.Since(start))
					}
					if token != first && replacedAt == 0 {
						replacedAt = time.Since(start)
					}
				}
				if logins := a.count(loginPath); logins != c.logins {
					t.Errorf("%d logins", logins)
				}
				if late := replacedAt - c.replacedAt; late < 0 || late > loginTimeout {
					t.Errorf("the token is replaced after %v", replacedAt)
				}
				closeNow(t, s)
			})
		})
	}
}

func TestBackoffIsARandomPartOfATimeThatDoubles(t *testing.T) {
	t.Parallel()
	for failures, ceiling := range map[int]time.Duration{
		1: time.Second, 2: 2 * time.Second, 3: 4 * time.Second, 5: 16 * time.Second, 6: 30 * time.Second, 7: 30 * time.Second, 1 << 40: 30 * time.Second,
	} {
		got := []time.Duration{backoff(failures, 0), backoff(failures, 0.5), backoff(failures, 1)}
		want := []time.Duration{leastWait, (leastWait + ceiling) / 2, ceiling}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("after %d failures (-want +got):\n%s", failures, diff)
		}
	}
}

// A lease that is over before it arrives would be asked for without a pause.
func TestALoginSlowerThanItsLeaseIsAFailure(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		a := newAuthority(terms{ttl: time.Second, fixed: true})
		a.latency = 2 * time.Second
		s := open(a, &witness{}, steady)
		for range 2 {
			if _, err := s.Token(t.Context()); code(err) != "unavailable, retryable" {
				t.Errorf("the error is %v", err)
			}
		}
		if logins := a.count(loginPath); logins != 1 {
			t.Errorf("%d logins", logins)
		}
		closeNow(t, s)
	})
}

func TestALoginThatHangsEndsByItself(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		a := newAuthority(terms{ttl: time.Hour})
		a.latency = time.Hour
		s := open(a, &witness{}, steady)
		start := time.Now()
		if _, err := s.Token(t.Context()); code(err) != "unavailable, retryable" || time.Since(start) != loginTimeout {
			t.Errorf("after %v the error is %v", time.Since(start), err)
		}
		closeNow(t, s)
	})
}

func TestARefusedLoginIsWhatTheServerSaid(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		answer exchange.Answer
		err    error
		want   string
	}{
		"wrong credentials":             {reply(400, `{"errors":["invalid secret id"]}`), nil, "denied"},
		"a role that may not":           {reply(403, `{"errors":["permission denied"]}`), nil, "denied"},
		"no such mount":                 {reply(404, `{"errors":["no handler for route"]}`), nil, "misconfigured"},
		"a method that is not allowed":  {reply(405, ``), nil, "misconfigured"},
		"a redirect":                    {reply(307, ``), nil, "misconfigured"},
		"a quota":                       {reply(429, ``), nil, "throttled, retryable"},
		"a standby":                     {reply(473, ``), nil, "unavailable, retryable"},
		"a sealed server":               {reply(503, `{"errors":["sealed"]}`), nil, "unavailable, retryable"},
		"no connection":                 {exchange.Answer{}, unavailable(), "unavailable, retryable"},
		"a certificate of somebody":     {exchange.Answer{}, misconfigured(), "misconfigured"},
		"a foreign error":               {exchange.Answer{}, errors.New("https://canary"), "unavailable, retryable"},
		"a page":                        {reply(200, `<html>`), nil, "malformed"},
		"nothing":                       {reply(http.StatusNoContent, ``), nil, "malformed"},
		"no auth":                       {reply(200, `{"auth":null,"data":{"keys":[]}}`), nil, "malformed"},
		"no token":                      {reply(200, `{"auth":{"lease_duration":1,"renewable":true}}`), nil, "malformed"},
		"an empty token":                {reply(200, `{"auth":{"client_token":"","lease_duration":1,"renewable":true}}`), nil, "malformed"},
		"a token that ends a header":    {reply(200, `{"auth":{"client_token":"a\r\nb","lease_duration":1,"renewable":true}}`), nil, "malformed"},
		"a token that is a number":      {reply(200, `{"auth":{"client_token":1,"lease_duration":1,"renewable":true}}`), nil, "malformed"},
		"two tokens":                    {reply(200, `{"auth":{"client_token":"a","client_token":"b","lease_duration":1,"renewable":true}}`), nil, "malformed"},
		"a lease that is negative":      {reply(200, `{"auth":{"client_token":"a","lease_duration":-1,"renewable":true}}`), nil, "malformed"},
		"a lease in text":               {reply(200, `{"auth":{"client_token":"a","lease_duration":"1","renewable":true}}`), nil, "malformed"},
		"no lease":                      {reply(200, `{"auth":{"client_token":"a","renewable":true}}`), nil, "malformed"},
		"renewable or not, who knows":   {reply(200, `{"auth":{"client_token":"a","lease_duration":1,"renewable":"yes"}}`), nil, "malformed"},
		"a second factor":               {reply(200, `{"auth":{"client_token":"","lease_duration":0,"renewable":false,"mfa_requirement":{"mfa_request_id":"x"}}}`), nil, "misconfigured"},
		"a lease longer than a life":    {reply(200, `{"auth":{"client_token":"a","lease_duration":9223372036854775807,"renewable":true}}`), nil, "none"},
		"a lease beyond what can count": {reply(200, `{"auth":{"client_token":"a","lease_duration":9223372036854775808,"renewable":true}}`), nil, "malformed"},
		"a token without an end":        {reply(200, `{"auth":{"client_token":"a","lease_duration":0,"renewable":false}}`), nil, "none"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			a := newAuthority(terms{ttl: time.Hour})
			a.fail(loginPath, func() (exchange.Answer, error) { return c.answer, c.err })
			s := open(a, &witness{}, steady)
			if _, err := s.Token(t.Context()); code(err) != c.want {
				t.Errorf("the error is %v, want %s", err, c.want)
			}
			closeNow(t, s)
		})
	}
}
