package login

import "time"

// The bounds of a wait after failures.
const (
	firstCeiling = time.Second
	lastCeiling  = 30 * time.Second
	leastWait    = 50 * time.Millisecond
)

// backoff is how long to wait after a number of failures in a row: a random part
// of a time that doubles, so that processes that failed together do not come
// back together. random is in [0, 1).
func backoff(failures int, random float64) time.Duration {
	ceiling := lastCeiling
	if shift := failures - 1; shift < 5 {
		ceiling = firstCeiling << shift
	}
	return leastWait + time.Duration(random*float64(ceiling-leastWait))
}

// The waits between logins because of a refusal.
const (
	firstPatience = 5 * time.Second
	lastPatience  = 15 * time.Minute
)

// refusals bounds the logins that are made because a token was refused, since
// most refusals are by policy, and no login helps against that.
type refusals struct {
	last     time.Time
	patience time.Duration // after last
}

// allow reports whether there may be such a login now, and counts it.
func (r *refusals) allow(now time.Time) bool {
	switch since := now.Sub(r.last); {
	case r.last.IsZero() || since >= 2*lastPatience:
		r.patience = firstPatience
	case since < r.patience:
		return false
	default:
		r.patience = min(2*r.patience, lastPatience)
	}
	r.last = now
	return true
}
