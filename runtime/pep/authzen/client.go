package authzen

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"sync/atomic"
	"time"

	"github.com/secretsgen/secretsgen/runtime/pep"
)

// Client asks one PDP. It implements [pep.BatchPDP], is safe for concurrent use
// and redacts itself when printed.
type Client struct {
	discovery  *discovery
	dialect    Dialect
	transport  http.RoundTripper
	credential credential
	timeout    time.Duration
	maxBody    int64

	created      time.Time
	askedNext    atomic.Int64 // nanoseconds after created: not to be asked before
	noBatchUntil atomic.Int64 // nanoseconds after created: not to be asked many at once before
	jitter       func() float64
}

// since is how long there has been a client, on the monotonic clock.
func (c *Client) since() time.Duration { return time.Since(c.created) }

// Decide asks one question; it implements [pep.PDP]. A denial is a Decision.
// An error is, or wraps, a [*pep.PDPUnavailableError], or is the error of a
// context that was canceled; it holds no URL, header or body.
func (c *Client) Decide(ctx context.Context, req pep.Request) (pep.Decision, error) {
	body, ok := c.evaluationBody(req)
	if !ok {
		return pep.Decision{}, unavailable(pep.ReasonBadRequest, req.Resource.Accessor)
	}
	got, err := c.ask(ctx, singleEndpoint, body, c.maxBody)
	if err != nil {
		return pep.Decision{}, about(err, req.Resource.Accessor)
	}
	object, ok := strictObject(got.body)
	if !ok {
		return pep.Decision{}, unavailable(pep.ReasonMalformed, req.Resource.Accessor)
	}
	decision, reason := c.decisionOf(object, req.Resource.ID, got.id)
	if reason != "" {
		return pep.Decision{}, unavailable(reason, req.Resource.Accessor)
	}
	return decision, nil
}

const redactedClient = "authzen.Client{[REDACTED]}"

// String hides the PDP's address.
func (*Client) String() string { return redactedClient }

// Format hides the PDP's address from every verb.
func (*Client) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, redactedClient) }

// LogValue hides the PDP's address from package log/slog.
func (*Client) LogValue() slog.Value { return slog.StringValue(redactedClient) }
