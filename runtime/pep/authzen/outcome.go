package authzen

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"time"

	"github.com/secretsgen/secretsgen/runtime/pep"
)

// maxPause is the longest that a Retry-After is honoured.
const maxPause = 30 * time.Second

// pauseJitter is how much longer than asked a client stays away, at most, so
// that all clients do not come back at once.
const pauseJitter = 0.2

// statusReason is the reason for a status, or "" for the one that carries a
// decision (AuthZEN section 10.1).
func statusReason(status int) pep.Reason {
	switch {
	case status == http.StatusOK:
		return ""
	case status < 300:
		return pep.ReasonMalformed
	case status < 400:
		return pep.ReasonRedirect
	case status == http.StatusUnauthorized, status == http.StatusForbidden:
		return pep.ReasonPEPAuth
	case status == http.StatusNotFound, status == http.StatusMethodNotAllowed, status == http.StatusUnsupportedMediaType:
		return pep.ReasonConfig
	case status == http.StatusTooManyRequests:
		return pep.ReasonThrottled
	case status < 500:
		return pep.ReasonBadRequest
	case status < 600:
		return pep.ReasonUnavailable
	}
	return pep.ReasonMalformed
}

// pause keeps the client from asking before the time that a Retry-After header
// gives, in seconds or as a date (RFC 9110 section 10.2.3). What it can't read
// changes nothing.
func (c *Client) pause(retryAfter string) {
	var wait time.Duration
	if seconds, err := strconv.ParseUint(retryAfter, 10, 31); err == nil {
		wait = time.Duration(seconds) * time.Second
	} else if date, err := http.ParseTime(retryAfter); err == nil {
		wait = time.Until(date)
	}
	if wait <= 0 {
		return
	}
	wait = min(wait, maxPause)
	wait += time.Duration(float64(wait) * pauseJitter * c.jitter())
	c.askedNext.Store(int64(c.since() + wait))
}

// throttled reports whether the PDP is not to be asked yet.
func (c *Client) throttled() bool { return c.since() < time.Duration(c.askedNext.Load()) }

func unavailable(reason pep.Reason, accessor string) error {
	return &pep.PDPUnavailableError{Accessor: accessor, Reason: reason}
}

// about says which accessor an error is about.
func about(err error, accessor string) error {
	if e, ok := err.(*pep.PDPUnavailableError); ok { //nolint:errorlint // made by ask, bare
		return unavailable(e.Reason, accessor)
	}
	return err
}

// contextError is the end of the caller's context, which says nothing about the
// PDP's health. A deadline on it is the budget for the question, so it has a
// reason too.
func contextError(ctx context.Context) error {
	if errors.Is(ctx.Err(), context.DeadlineExceeded) {
		return fmt.Errorf("%w: %w", unavailable(pep.ReasonTimeout, ""), ctx.Err())
	}
	return ctx.Err()
}
