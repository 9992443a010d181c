package login

import (
	"fmt"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/secretsgen/secretsgen/runtime/providers/kv2/internal/exchange"
)

// read is what a provider does: it asks with a token, and once more with another
// one if that is refused. May is what the server thinks of a token.
func read(t *testing.T, s *Session, may func(string) bool) bool {
	t.Helper()
	token := mustToken(t, s)
	if may(token) {
		return true
	}
	other, ok, err := s.Replace(t.Context(), token)
	if err != nil {
		t.Errorf("replacing: %v", err)
	}
	return ok && may(other)
}

func TestATokenThatIsRevokedIsReplacedByOneLogin(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		a := newAuthority(terms{ttl: time.Hour})
		s := open(a, &witness{}, steady)
		mustToken(t, s)
		a.revokeAll()
		a.latency = 100 * time.Millisecond
		var readers sync.WaitGroup
		for i := range 500 {
			readers.Go(func() {
				pass(time.Duration(i) * time.Millisecond)
				if !read(t, s, a.takes) {
					t.Errorf("reader %d is refused", i)
				}
			})
		}
		readers.Wait()
		if logins := a.count(loginPath); logins != 2 {
			t.Errorf("%d logins", logins)
		}
		closeNow(t, s)
	})
}

func TestATokenThatWasReplacedMeanwhileTakesNoLogin(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		a := newAuthority(terms{ttl: time.Hour, fixed: true})
		s := open(a, &witness{}, steady)
		old := mustToken(t, s)
		pass(45 * time.Minute)
		held := mustToken(t, s)
		if token, ok, err := s.Replace(t.Context(), old); !ok || err != nil || token != held || held == old {
			t.Errorf("there is %q, %v", token, err)
		}
		if logins := a.count(loginPath); logins != 2 {
			t.Errorf("%d logins", logins)
		}
		closeNow(t, s)
	})
}

// A read without the right to it is refused under every token. Logging in again
// for each would be a storm.
func TestADenialByPolicyMakesNoLoginStorm(t *testing.T) {
	t.Parallel()
	never := func(string) bool { return false }
	for every, most := range map[time.Duration]int{
		// 5 s, 10 s and so on to 640 s are 1,275 s; then one in 15 min.
		time.Second:      1 + 1 + 8 + (86_400-1_275)/900,
		16 * time.Second: 1 + 1 + 8 + (86_400-1_275)/900,
		20 * time.Minute: 1 + 24*3,
		2 * time.Hour:    1 + 24/2,
	} {
		t.Run(fmt.Sprintf("a read every %v", every), func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				a := newAuthority(terms{})
				s := open(a, &witness{}, steady)
				for start := time.Now(); time.Since(start) < 24*time.Hour; pass(every) {
					if read(t, s, never) {
						t.Fatal("the read is let through")
					}
				}
				if logins := a.count(loginPath); logins > most || logins < 2 {
					t.Errorf("%d logins in a day, want at most %d", logins, most)
				}
				closeNow(t, s)
			})
		})
	}
}

// What is denied by policy does not keep a token that is revoked from being
// replaced for long, nor does it for ever once it is over.
func TestARevocationAfterDenialsIsMended(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		a := newAuthority(terms{})
		s := open(a, &witness{}, steady)
		for range 3600 {
			read(t, s, func(string) bool { return false })
			pass(time.Second)
		}
		a.revokeAll()
		start := time.Now()
		for !read(t, s, a.takes) {
			pass(time.Second)
		}
		if took := time.Since(start); took > lastPatience {
			t.Errorf("it takes %v", took)
		}
		pass(2 * lastPatience)
		for range 2 {
			a.revokeAll()
			if !read(t, s, a.takes) {
				t.Error("the token is not replaced at once")
			}
			pass(firstPatience)
		}
		closeNow(t, s)
	})
}

func TestALoginThatFailsAfterARefusal(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		a := newAuthority(terms{ttl: time.Hour})
		s := open(a, &witness{}, steady)
		token := mustToken(t, s)
		a.fail(loginPath, down)
		for range 3 {
			if _, ok, err := s.Replace(t.Context(), token); ok || code(err) != "unavailable, retryable" {
				t.Errorf("the error is %v", err)
			}
		}
		if logins := a.count(loginPath); logins != 2 {
			t.Errorf("%d logins", logins)
		}
		if mustToken(t, s) != token {
			t.Error("the token does not serve those who are not refused")
		}
		closeNow(t, s)
	})
}

func TestATokenThatIsRefusedAfterItsEnd(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		a := newAuthority(terms{ttl: time.Hour})
		s := open(a, &witness{}, steady)
		token := mustToken(t, s)
		a.fail("", func() (exchange.Answer, error) { return down() })
		pass(2 * time.Hour)
		a.fail("", nil)
		other, ok, err := s.Replace(t.Context(), token)
		if !ok || err != nil || !a.takes(other) {
			t.Errorf("there is %q, %v", other, err)
		}
		closeNow(t, s)
	})
}

func TestATokenThatIsGivenHasNoOther(t *testing.T) {
	t.Parallel()
	s := Static(canaryToken)
	if token := mustToken(t, s); token != canaryToken {
		t.Errorf("the token is %s", token)
	}
	if token, ok, err := s.Replace(t.Context(), canaryToken); token != "" || ok || err != nil {
		t.Errorf("there is %q, %v", token, err)
	}
	closeNow(t, s)
	if _, err := s.Token(t.Context()); code(err) != "closed" {
		t.Errorf("after Close: %v", err)
	}
}
