package authzen

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"strconv"
	"sync/atomic"
	"time"

	"github.com/secretsgen/secretsgen/runtime/pep"
)

// Client asks one PDP. It implements [pep.BatchPDP], is safe for concurrent use
// and redacts itself when printed.
type Client struct {
	single, batch string // the endpoints
	transport     http.RoundTripper
	credential    credential
	timeout       time.Duration
	maxBody       int64

	created   time.Time
	askedNext atomic.Int64 // nanoseconds after created: not to be asked before
	jitter    func() float64
}

// batchItem is how much larger an answer may be for each question of a batch.
const batchItem = 1 << 10

// Decide asks one question; it implements [pep.PDP]. A denial is a Decision.
// An error is, or wraps, a [*pep.PDPUnavailableError], or is the error of a
// context that was canceled; it holds no URL, header or body.
func (c *Client) Decide(ctx context.Context, req pep.Request) (pep.Decision, error) {
	body, ok := evaluationBody(req)
	if !ok {
		return pep.Decision{}, unavailable(pep.ReasonBadRequest, req.Resource.Accessor)
	}
	answer, id, err := c.ask(ctx, c.single, body, c.maxBody)
	if err != nil {
		return pep.Decision{}, about(err, req.Resource.Accessor)
	}
	object, ok := strictObject(answer)
	if !ok {
		return pep.Decision{}, unavailable(pep.ReasonMalformed, req.Resource.Accessor)
	}
	decision, reason := decisionOf(object, id)
	if reason != "" {
		return pep.Decision{}, unavailable(reason, req.Resource.Accessor)
	}
	return decision, nil
}

// DecideAll asks all questions at once; it implements [pep.BatchPDP]. There is
// one decision a question, in order, or an error like that of [Client.Decide]
// for all of them. Without questions the PDP is not asked.
func (c *Client) DecideAll(ctx context.Context, reqs []pep.Request) ([]pep.Decision, error) {
	if len(reqs) == 0 {
		return nil, nil
	}
	body, ok := evaluationsBody(reqs)
	if !ok {
		return nil, unavailable(pep.ReasonBadRequest, "")
	}
	answer, id, err := c.ask(ctx, c.batch, body, c.maxBody+int64(len(reqs))*batchItem)
	if err != nil {
		return nil, err
	}
	items, ok := evaluationsOf(answer)
	if !ok || len(items) != len(reqs) {
		return nil, unavailable(pep.ReasonMalformed, "")
	}
	decisions := make([]pep.Decision, len(items))
	for i, item := range items {
		object, ok := item.(map[string]any)
		if !ok {
			return nil, unavailable(pep.ReasonMalformed, reqs[i].Resource.Accessor)
		}
		decision, reason := decisionOf(object, id+"-"+strconv.Itoa(i))
		if reason != "" {
			return nil, unavailable(reason, reqs[i].Resource.Accessor)
		}
		decisions[i] = decision
	}
	return decisions, nil
}

const redactedClient = "authzen.Client{[REDACTED]}"

// String hides the PDP's address.
func (*Client) String() string { return redactedClient }

// Format hides the PDP's address from every verb.
func (*Client) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, redactedClient) }

// LogValue hides the PDP's address from package log/slog.
func (*Client) LogValue() slog.Value { return slog.StringValue(redactedClient) }
