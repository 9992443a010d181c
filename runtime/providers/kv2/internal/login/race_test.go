package login

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/secretsgen/secretsgen/runtime/providers/kv2/internal/exchange"
)

// atHour is a lease of an hour that began some time ago.
func atHour(text string, ago time.Duration) *held {
	return newHeld(lease{token: func() string { return text }, life: time.Hour, renewable: true}, time.Now().Add(-ago))
}

// A renewal that was under way while its token was replaced brings nothing back.
func TestARenewalThatEndsLateLeavesTheSuccessorInPlace(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		a := newAuthority(terms{ttl: time.Hour})
		s := open(a, &witness{}, steady)
		first := mustToken(t, s)
		a.mu.Lock()
		a.fault = func(req exchange.Request) (exchange.Answer, error) {
			if req.Path == renewPath && req.Token == first {
				pass(30 * time.Second)
			}
			return exchange.Answer{}, nil
		}
		a.mu.Unlock()
		pass(40*time.Minute + 10*time.Second)
		second, ok, err := s.Replace(t.Context(), first)
		if !ok || err != nil || second == first {
			t.Fatalf("there is no other token: %v", err)
		}
		pass(time.Minute)
		if got := mustToken(t, s); got != second {
			t.Errorf("the token is %s", got)
		}
		closeNow(t, s)
	})
}

// A renewal that hangs leaves the last part of a short lease to a login.
func TestARenewalThatHangsEndsInTimeForALogin(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		a := newAuthority(terms{ttl: 30 * time.Second})
		s := open(hanging{a, renewPath}, &witness{}, steady)
		first, start := mustToken(t, s), time.Now()
		for time.Since(start) < 29*time.Second {
			pass(time.Second)
			if !a.takes(mustToken(t, s)) {
				t.Fatalf("after %v the token is not good", time.Since(start))
			}
		}
		if mustToken(t, s) == first {
			t.Error("the token is not replaced before its end")
		}
		closeNow(t, s)
	})
}

// hanging answers a path when the request's context ends.
type hanging struct {
	*authority
	path string
}

func (h hanging) Do(ctx context.Context, req exchange.Request) (exchange.Answer, error) {
	if req.Path == h.path {
		<-ctx.Done()
		return exchange.Answer{}, ctx.Err()
	}
	return h.authority.Do(ctx, req)
}

// A token may be refused at the very end of its lease, before anybody has taken it
// away. That is no refusal to be patient about.
func TestATokenThatIsRefusedAtItsEndIsReplacedAtOnce(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		a := newAuthority(terms{ttl: time.Hour})
		k := newKeeper((&witness{}).instance(), a, appRoleMethod(), steady)
		k.refusals.allow(time.Now()) // a moment ago
		k.held.Store(atHour("old", time.Hour))
		token, ok, err := k.replace(t.Context(), "old")
		if !ok || err != nil || !a.takes(token) {
			t.Errorf("there is %q, %v", token, err)
		}
		closeNow(t, &Session{source: k})
	})
}

func TestATokenThatIsNotInPlaceGetsNoSuccessor(t *testing.T) {
	t.Parallel()
	a := newAuthority(terms{ttl: time.Hour})
	k := newKeeper((&witness{}).instance(), a, appRoleMethod(), steady)
	k.held.Store(atHour("new", 0))
	if f, _, ok := k.boardFor(atHour("old", 0)); f != nil || ok {
		t.Error("a login begins")
	}
	closeNow(t, &Session{source: k})
}

// A login that lands behind Close leaves no token on the server, and one whose lease
// is over is not asked about.
func TestWhatLandsBehindCloseIsRevoked(t *testing.T) {
	t.Parallel()
	a := newAuthority(terms{ttl: time.Hour})
	k := newKeeper((&witness{}).instance(), a, appRoleMethod(), steady)
	k.running = 1 // the login
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := k.close(ctx); err != context.Canceled { //nolint:errorlint // it comes as it is
		t.Errorf("Close does not wait: %v", err)
	}
	f := &flight{done: make(chan struct{})}
	k.land(f, atHour("late", 0))
	k.left = append(k.left, atHour("over", time.Hour))
	k.leave()
	if code(f.err) != "closed" {
		t.Errorf("the error is %v", f.err)
	}
	for range 2 {
		if err := k.close(t.Context()); err != nil {
			t.Error(err)
		}
	}
	if revokes := a.count(revokePath); revokes != 1 {
		t.Errorf("%d requests to revoke", revokes)
	}
}

func TestWhetherARenewalIsTheLast(t *testing.T) {
	t.Parallel()
	for life, want := range map[time.Duration]bool{
		2 * time.Hour: true, time.Hour: true, time.Hour - time.Second: true, time.Hour - 2*time.Second: false, time.Minute: false, 0: false,
	} {
		next := atHour("t", time.Minute).renewed(lease{life: life, renewable: true}, time.Now())
		if next.renewable != want || next.life == 0 {
			t.Errorf("after a renewal of %v the token has %v, renewable %v", life, next.life, next.renewable)
		}
	}
}

// A batch token can't be renewed, whatever is said of it.
func TestABatchTokenIsNotRenewable(t *testing.T) {
	t.Parallel()
	for kind, want := range map[string]bool{"service": true, "batch": false} {
		l, err := parseLease([]byte(`{"auth":{"client_token":"t","lease_duration":60,"renewable":true,"token_type":"` + kind + `"}}`))
		if err != nil || l.renewable != want || l.batch == want {
			t.Errorf("%s: renewable %v, batch %v, %v", kind, l.renewable, l.batch, err)
		}
	}
}

// Failures that are over are not counted with later ones.
func TestWaitsBeginAnewAfterWhatWorked(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		a := newAuthority(terms{ttl: time.Hour})
		s := open(a, &witness{}, func() float64 { return 1 })
		// tries is how many requests of a path there are in ten seconds of an outage,
		// during which a token is wanted every now and then.
		tries := func(path string) int {
			before := a.count(path)
			a.fail("", down)
			for range 100 {
				_, _ = s.Token(t.Context())
				pass(100 * time.Millisecond)
			}
			a.fail("", nil)
			return a.count(path) - before
		}
		const afresh = 4 // at once, and after 1, 2 and 4 s
		if n := tries(loginPath); n != afresh {
			t.Errorf("%d logins at first", n)
		}
		pass(lastCeiling)
		mustToken(t, s)
		if k := s.source.(*keeper); k.failures != 0 {
			t.Errorf("%d failures are remembered after a login", k.failures)
		}
		for range 3 {
			due := time.Duration((renewalPart + renewalJitter) * float64(time.Hour))
			pass(due - time.Second)
			if n := tries(renewPath); n != afresh {
				t.Errorf("%d renewals", n)
			}
			renewed := a.count(renewPath)
			for a.count(renewPath) == renewed {
				pass(100 * time.Millisecond)
			}
		}
		closeNow(t, s)
	})
}

// Each token has one goroutine that looks after it, which ends when another token is
// in its place, and asks for nothing any more.
func TestATokenThatIsReplacedHasNobodyToRenewIt(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		a := newAuthority(terms{ttl: time.Hour})
		s := open(a, &witness{}, steady)
		token := mustToken(t, s)
		for range 10 {
			pass(time.Minute) // longer than the first patience, which doubles
			if other, ok, _ := s.Replace(t.Context(), token); ok {
				token = other
			}
		}
		synctest.Wait()
		k := s.source.(*keeper)
		if logins := a.count(loginPath); logins < 3 || k.running != 1 {
			t.Errorf("after %d logins there are %d goroutines", logins, k.running)
		}
		pass(50 * time.Minute)
		if renewals := a.count(renewPath); renewals != 1 {
			t.Errorf("%d renewals", renewals)
		}
		closeNow(t, s)
	})
}
