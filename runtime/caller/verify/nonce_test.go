package verify

import (
	"testing"
	"time"
)

func TestANonceIsGoodForItsTimeAndItsKey(t *testing.T) {
	t.Parallel()
	now := time.Unix(1_900_000_000, 0)
	with := func(key string) *timedNonces {
		n := NewNonces([]byte(key), time.Minute).(*timedNonces)
		n.now = func() time.Time { return now }
		return n
	}
	a, replica, other := with("a"), with("a"), with("b")
	nonce := a.Issue()
	if !a.Good(nonce) || !replica.Good(nonce) {
		t.Error("its own nonce is refused")
	}
	if other.Good(nonce) || NewNonces(nil, time.Minute).Good(nonce) {
		t.Error("a nonce of another key is taken")
	}
	for _, bad := range []string{"", "x", nonce + "A", nonce[1:], "A" + nonce[1:], nonce + "\n"} {
		if bad != nonce && a.Good(bad) {
			t.Errorf("%q is taken", bad)
		}
	}
	now = now.Add(time.Minute)
	if !a.Good(nonce) {
		t.Error("it is refused while it lives")
	}
	now = now.Add(time.Second)
	if a.Good(nonce) {
		t.Error("it is taken after its life")
	}
	now = now.Add(-time.Hour)
	if a.Good(nonce) {
		t.Error("a nonce of the future is taken")
	}
}
