package login

import "time"

// held is a token and what is left of it. It does not change: a renewal makes
// another one, of the same token.
type held struct {
	*bearer
	start     time.Time     // before the request that gave or renewed it
	life      time.Duration // 0: it never ends
	renewable bool          // and worth it
}

// bearer is a token from its login to its end.
type bearer struct {
	text     func() string
	full     time.Duration // its first lease
	batch    bool
	replaced chan struct{} // closed when another one is in its place
}

func newHeld(l lease, start time.Time) *held {
	b := &bearer{text: l.token, full: l.life, batch: l.batch, replaced: make(chan struct{})}
	return &held{bearer: b, start: start, life: l.life, renewable: l.renewable}
}

// renewed is the same token under the terms of a renewal. One that gives less
// than the first lease, by more than rounding, has met the token's maximum;
// nothing would come of a further one.
func (h *held) renewed(l lease, start time.Time) *held {
	if l.life == 0 {
		return &held{bearer: h.bearer, start: h.start, life: h.life}
	}
	return &held{
		bearer:    h.bearer,
		start:     start,
		life:      l.life,
		renewable: l.renewable && l.life >= h.full-time.Second,
	}
}

// good reports whether the token's lease has not ended.
func (h *held) good() bool { return h.life == 0 || time.Since(h.start) < h.life }

// at is the point of the lease that a part of it has passed at.
func (h *held) at(part float64) time.Time {
	return h.start.Add(time.Duration(part * float64(h.life)))
}

// ends is when the lease is over.
func (h *held) ends() time.Time { return h.start.Add(h.life) }
