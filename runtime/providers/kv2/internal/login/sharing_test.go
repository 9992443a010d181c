package login

import (
	"context"
	"maps"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/secretsgen/secretsgen/runtime/providers"
	"github.com/secretsgen/secretsgen/runtime/providers/kv2/internal/exchange"
)

func TestASessionThatNobodyAsksLogsInNowhere(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		a := newAuthority(terms{ttl: time.Hour})
		s := open(a, &witness{}, steady)
		pass(24 * time.Hour)
		closeNow(t, s)
		if len(a.requests) > 0 {
			t.Errorf("requests: %v", a.requests)
		}
	})
}

func TestManyCallersShareOneLogin(t *testing.T) {
	t.Parallel()
	for name, fault := range map[string]func() (exchange.Answer, error){"that works": nil, "that fails": down} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				a := newAuthority(terms{ttl: time.Hour})
				a.latency = time.Second
				a.fail(loginPath, fault)
				s := open(a, &witness{}, steady)
				var callers sync.WaitGroup
				for i := range 1000 {
					callers.Go(func() {
						pass(time.Duration(i) * time.Millisecond)
						if token, err := s.Token(t.Context()); (err == nil) != (fault == nil) || a.takes(token) != (err == nil) {
							t.Errorf("caller %d: %v", i, err)
						}
					})
				}
				callers.Wait()
				if logins := a.count(loginPath); logins != 1 {
					t.Errorf("%d logins", logins)
				}
				closeNow(t, s)
			})
		})
	}
}

func TestACallerThatGoesAwayEndsNobodysLogin(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		a := newAuthority(terms{ttl: time.Hour})
		a.latency = 10 * time.Second
		s := open(a, &witness{}, steady)
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		start := time.Now()
		var callers sync.WaitGroup
		callers.Go(func() {
			if _, err := s.Token(ctx); err != context.DeadlineExceeded || time.Since(start) != time.Second { //nolint:errorlint // it comes as it is
				t.Errorf("after %v the caller that goes away gets %v", time.Since(start), err)
			}
		})
		callers.Go(func() {
			pass(5 * time.Second)
			if token := mustToken(t, s); !a.takes(token) || time.Since(start) != a.latency {
				t.Errorf("after %v the other one gets %s", time.Since(start), token)
			}
		})
		callers.Wait()
		if logins := a.count(loginPath); logins != 1 {
			t.Errorf("%d logins", logins)
		}
		closeNow(t, s)
	})
}

func TestACallerWhoseContextHasEndedLogsInNowhere(t *testing.T) {
	t.Parallel()
	a := newAuthority(terms{ttl: time.Hour})
	s := open(a, &witness{}, steady)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := s.Token(ctx); code(err) != "canceled" {
		t.Errorf("the error is %v", err)
	}
	if _, ok, err := s.Replace(ctx, "x"); ok || code(err) != "canceled" {
		t.Errorf("the error is %v", err)
	}
	closeNow(t, s)
	if len(a.requests) > 0 {
		t.Errorf("requests: %v", a.requests)
	}
}

func TestCloseEndsWhatGoesOn(t *testing.T) {
	t.Parallel()
	for name, prepare := range map[string]func(*testing.T, *authority, *Session){
		"nothing":         func(*testing.T, *authority, *Session) {},
		"a held token":    func(t *testing.T, _ *authority, s *Session) { mustToken(t, s) },
		"a renewed token": func(t *testing.T, _ *authority, s *Session) { mustToken(t, s); pass(45 * time.Minute) },
		"a login": func(_ *testing.T, a *authority, s *Session) {
			a.latency = time.Hour
			go func() { _, _ = s.Token(context.Background()) }()
		},
		"a login that nobody waits for": func(t *testing.T, a *authority, s *Session) {
			a.latency = 10 * time.Second
			ctx, cancel := context.WithTimeout(t.Context(), time.Second)
			defer cancel()
			_, _ = s.Token(ctx)
		},
		"a renewal": func(t *testing.T, a *authority, s *Session) {
			mustToken(t, s)
			a.mu.Lock()
			a.latency = time.Hour
			a.mu.Unlock()
			pass(41 * time.Minute)
		},
		"a wait after a failure": func(t *testing.T, a *authority, s *Session) {
			mustToken(t, s)
			a.fail("", down)
			pass(59 * time.Minute)
		},
		"an outage without a token": func(t *testing.T, a *authority, s *Session) {
			mustToken(t, s)
			a.fail("", down)
			pass(61 * time.Minute)
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				a, w := newAuthority(terms{ttl: time.Hour}), &witness{}
				s := open(a, w, steady)
				prepare(t, a, s)
				synctest.Wait()
				a.mu.Lock()
				a.latency = 0
				a.mu.Unlock()
				start := time.Now()
				closeNow(t, s)
				closeNow(t, s)
				if took := time.Since(start); took > 0 {
					t.Errorf("it took %v", took)
				}
				requests, notices := maps.Clone(a.requests), len(w.notices)
				if token, err := s.Token(t.Context()); token != "" || code(err) != "closed" {
					t.Errorf("Token: %v", err)
				}
				if token, ok, err := s.Replace(t.Context(), "x"); token != "" || ok || code(err) != "closed" {
					t.Errorf("Replace: %v", err)
				}
				pass(24 * time.Hour)
				if !maps.Equal(a.requests, requests) || len(w.notices) != notices {
					t.Errorf("it goes on: %v, %v", a.requests, w.notices)
				}
				// The bubble itself finds a goroutine that is left.
			})
		})
	}
}

// stubborn does not return when its context ends.
type stubborn struct{ release chan struct{} }

func (s stubborn) Do(context.Context, exchange.Request) (exchange.Answer, error) {
	<-s.release
	return newAuthority(terms{ttl: time.Hour}).grant("late", issue{at: time.Now()}, time.Now()), nil
}

func TestCloseWaitsNoLongerThanItsContext(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		server := stubborn{make(chan struct{})}
		s := open(server, &witness{}, steady)
		failed := make(chan error)
		go func() {
			_, err := s.Token(context.Background())
			failed <- err
		}()
		synctest.Wait()
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if err := s.Close(ctx); err != context.DeadlineExceeded { //nolint:errorlint // it comes as it is
			t.Errorf("closing: %v", err)
		}
		close(server.release)
		if err := <-failed; code(err) != "closed" {
			t.Errorf("the login that came too late: %v", err)
		}
		closeNow(t, s)
	})
}

// A token that a session logged in for is of use to nobody else; one that it was
// given is.
func TestCloseRevokesWhatTheSessionLoggedInFor(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		terms   terms
		after   time.Duration
		fault   func() (exchange.Answer, error)
		revokes int
		warned  bool
	}{
		"a token with a lease":               {terms{ttl: time.Hour}, 0, nil, 1, false},
		"a token that was renewed":           {terms{ttl: time.Hour}, 5 * time.Hour, nil, 1, false},
		"a token without an end":             {terms{}, 0, nil, 1, false},
		"a batch token, which can't be":      {terms{ttl: time.Hour, batch: true}, 0, nil, 0, false},
		"a token that can't be, for once":    {terms{ttl: time.Hour}, 0, down, 1, true},
		"a token that must not be, it seems": {terms{ttl: time.Hour}, 0, status(403), 1, true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				a, w := newAuthority(c.terms), &witness{}
				s := open(a, w, steady)
				token := mustToken(t, s)
				pass(c.after)
				a.fail(revokePath, c.fault)
				closeNow(t, s)
				if revokes := a.count(revokePath); revokes != c.revokes {
					t.Errorf("%d requests to revoke", revokes)
				}
				if c.revokes > 0 && c.fault == nil && a.takes(token) {
					t.Error("the token is still good")
				}
				if warned := w.text() != ""; warned != c.warned {
					t.Errorf("the log is %q", w.text())
				}
			})
		})
	}
}

func TestNoticesAreTheLifeOfACredential(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		a, w := newAuthority(terms{ttl: time.Hour, fixed: true}), &witness{}
		s := open(a, w, steady)
		mustToken(t, s)
		a.fail("", status(403))
		pass(2 * time.Hour)
		synctest.Wait()
		failures := 0
		for i, n := range w.notices {
			want := providers.LoginFailed
			switch i {
			case 0:
				want = providers.LoggedIn
			case len(w.notices) - 1:
				want = providers.CredentialEnded
			default:
				failures++
			}
			if n != want {
				t.Errorf("notice %d is %s", i, n)
			}
		}
		if failures == 0 {
			t.Error("no login failed")
		}
		closeNow(t, s)
	})
}
