package authzen

import (
	"bytes"
	"context"
	"crypto/rand"
	"io"
	"mime"
	"net/http"
	"strings"
	"time"

	"github.com/secretsgen/secretsgen/runtime/pep"
)

// question is one request to the PDP.
type question struct {
	method string
	url    string
	body   []byte
	limit  int64 // of the answer, in bytes
}

// answer is what came back. Of one that counts everything is set, of another
// the status at most.
type answer struct {
	status int
	header http.Header
	body   []byte
	id     string // of the exchange
}

// ask posts a body to the endpoint that is picked. An empty one is there to
// say that the PDP has none.
func (c *Client) ask(ctx context.Context, pick func(endpoints) string, body []byte, limit int64) (answer, error) {
	budget, cancel := context.WithTimeout(ctx, c.timeout)
	defer cancel()
	got, reason := c.askWithin(budget, pick, body, limit)
	switch {
	case reason == "":
		return got, nil
	case ctx.Err() != nil:
		return answer{}, contextError(ctx)
	}
	return answer{}, unavailable(reason, "")
}

func (c *Client) askWithin(ctx context.Context, pick func(endpoints) string, body []byte, limit int64) (answer, pep.Reason) {
	if c.throttled() {
		return answer{}, pep.ReasonThrottled
	}
	where, reason := c.locate(ctx)
	if reason != "" {
		return answer{}, reason
	}
	url := pick(where)
	if url == "" {
		return answer{}, pep.ReasonNoBatch
	}
	got, reason := c.try(ctx, question{http.MethodPost, url, body, limit})
	if reason == pep.ReasonConfig {
		c.doubt()
		if url == where.batch && got.status != http.StatusUnsupportedMediaType {
			c.noBatchUntil.Store(int64(c.since() + noBatchFor))
			reason = pep.ReasonNoBatch
		}
	}
	return got, reason
}

// noBatchFor is how long a PDP without an endpoint for many questions is not
// asked for it again.
const noBatchFor = 5 * time.Minute

func (c *Client) batchEndpoint(where endpoints) string {
	if c.since() < time.Duration(c.noBatchUntil.Load()) {
		return ""
	}
	return where.batch
}

func singleEndpoint(where endpoints) string { return where.single }

// try is an exchange with the credential of the moment, and one more if that
// was replaced while the first was under way.
func (c *Client) try(ctx context.Context, q question) (answer, pep.Reason) {
	if c.throttled() {
		return answer{}, pep.ReasonThrottled
	}
	token, ok := c.credential()
	if !ok {
		return answer{}, pep.ReasonPEPAuth
	}
	got, reason := c.exchange(ctx, q, token)
	if reason == pep.ReasonPEPAuth {
		if renewed, ok := c.credential(); ok && renewed != token {
			got, reason = c.exchange(ctx, q, renewed)
		}
	}
	return got, reason
}

// exchange is one request and its response. The reason is empty if the body may
// be read. Errors of net/http end here: they quote the URL.
func (c *Client) exchange(ctx context.Context, q question, token string) (answer, pep.Reason) {
	req, err := http.NewRequestWithContext(ctx, q.method, q.url, bytes.NewReader(q.body))
	if err != nil {
		return answer{}, pep.ReasonConfig
	}
	id := rand.Text()
	if q.method == http.MethodPost {
		req.Header.Set("Content-Type", "application/json")
	}
	req.Header.Set("Accept", "application/json")
	req.Header.Set("User-Agent", "secretsgen")
	req.Header.Set("X-Request-Id", id)
	if token != "" {
		req.Header.Set("Authorization", "Bearer "+token)
	}
	resp, err := c.transport.RoundTrip(req)
	if err != nil {
		return answer{}, transportReason(ctx)
	}
	defer func() { _ = resp.Body.Close() }()
	if reason := statusReason(resp.StatusCode); reason != "" {
		if reason == pep.ReasonThrottled {
			c.pause(resp.Header.Get("Retry-After"))
		}
		if resp.StatusCode >= 300 {
			// A short rest is read, so that the connection can be used again.
			_, _ = io.CopyN(io.Discard, resp.Body, 4<<10)
		}
		return answer{status: resp.StatusCode}, reason
	}
	if !isAnswer(resp.Header, id) {
		return answer{}, pep.ReasonMalformed
	}
	body, err := io.ReadAll(io.LimitReader(resp.Body, q.limit+1))
	switch {
	case err != nil:
		return answer{}, transportReason(ctx)
	case int64(len(body)) > q.limit:
		return answer{}, pep.ReasonMalformed
	}
	return answer{resp.StatusCode, resp.Header, body, id}, ""
}

// isAnswer reports whether the headers are those of a JSON answer to the
// question with that id. A PDP that does not send the id back is believed, one
// that sends another has mixed up two exchanges (AuthZEN section 10.1.3).
func isAnswer(header http.Header, id string) bool {
	if echoed := header.Values("X-Request-Id"); len(echoed) > 1 || len(echoed) == 1 && echoed[0] != id {
		return false
	}
	if header.Get("Content-Encoding") != "" {
		return false
	}
	types := header.Values("Content-Type")
	if len(types) != 1 {
		return false
	}
	media, params, err := mime.ParseMediaType(types[0])
	if err != nil || media != "application/json" {
		return false
	}
	charset, other := params["charset"]
	return !other || strings.EqualFold(charset, "utf-8")
}

// transportReason tells an answer that is late from one that can't come.
func transportReason(ctx context.Context) pep.Reason {
	if ctx.Err() != nil {
		return pep.ReasonTimeout
	}
	return pep.ReasonUnavailable
}
