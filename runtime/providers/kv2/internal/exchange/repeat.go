package exchange

import (
	"context"
	"errors"
	"net/http"
	"strconv"
	"time"

	"github.com/secretsgen/secretsgen/runtime/providers"
)

const (
	firstPause   = 200 * time.Millisecond // at the most, and twice as long each time
	longestPause = 5 * time.Second

	// longestRetryAfter is how long a server may ask for. Who says more is not
	// asked again: sooner would be against its wish, and the caller waits.
	longestRetryAfter = 10 * time.Second

	// fraction is what may be missing from a Retry-After in seconds: Vault drops
	// what is behind the point, down to "0", and refuses who comes back to the letter.
	fraction = time.Second
)

// passes reports whether an outcome is one that may be another a moment later: a
// connection that failed, 412, 429, 472 to 474, and all 5xx.
func passes(answer Answer, err error) bool {
	if err == nil {
		err = answer.Refusal()
	}
	e, ok := errors.AsType[*providers.ProviderError](err)
	return ok && e.Retryable
}

// pause waits before repetition n, counted from 0: what the server asks for, and
// a random part of a span that doubles. It reports false at once if ctx ends
// before that, and where the server asks for too much.
func (s *Server) pause(ctx context.Context, n int, answer Answer) bool {
	span := min(firstPause<<n, longestPause)
	asked := retryAfter(answer)
	wait := asked + time.Duration(s.random()*float64(span))
	if ends, ok := ctx.Deadline(); asked > longestRetryAfter+fraction || ok && time.Until(ends) <= wait {
		return false
	}
	timer := time.NewTimer(wait)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}

// retryAfter is how long the server asks to be left alone: seconds, or until a
// time by its own clock (RFC 9110 section 10.2.3). What is neither is 0; a number
// past all others is the largest.
func retryAfter(answer Answer) time.Duration {
	if seconds, err := strconv.ParseUint(answer.retryAfter, 10, 31); err == nil || errors.Is(err, strconv.ErrRange) {
		return time.Duration(seconds)*time.Second + fraction
	}
	if until, err := http.ParseTime(answer.retryAfter); err == nil {
		return max(until.Sub(answer.Time()), 0)
	}
	return 0
}
