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

// ask posts a body and returns the answer and the id of the exchange.
func (c *Client) ask(ctx context.Context, endpoint string, body []byte, limit int64) (answer []byte, id string, err error) {
	if time.Since(c.created) < time.Duration(c.askedNext.Load()) {
		return nil, "", unavailable(pep.ReasonThrottled, "")
	}
	budget, cancel := context.WithTimeout(ctx, c.timeout)
	defer cancel()
	token, ok := c.credential()
	if !ok {
		return nil, "", unavailable(pep.ReasonPEPAuth, "")
	}
	answer, id, reason := c.exchange(budget, endpoint, token, body, limit)
	if reason == pep.ReasonPEPAuth {
		// The token may have been replaced while the question was on its way.
		if renewed, ok := c.credential(); ok && renewed != token {
			answer, id, reason = c.exchange(budget, endpoint, renewed, body, limit)
		}
	}
	switch {
	case reason == "":
		return answer, id, nil
	case ctx.Err() != nil:
		return nil, "", contextError(ctx)
	}
	return nil, "", unavailable(reason, "")
}

// exchange is one request and its response. The reason is empty if the answer
// may be read as a decision. Errors of net/http end here: they quote the URL.
func (c *Client) exchange(ctx context.Context, endpoint, token string, body []byte, limit int64) (answer []byte, id string, reason pep.Reason) {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, endpoint, bytes.NewReader(body))
	if err != nil {
		return nil, "", pep.ReasonConfig
	}
	id = rand.Text()
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Accept", "application/json")
	req.Header.Set("User-Agent", "secretsgen")
	req.Header.Set("X-Request-Id", id)
	if token != "" {
		req.Header.Set("Authorization", "Bearer "+token)
	}
	resp, err := c.transport.RoundTrip(req)
	if err != nil {
		return nil, "", transportReason(ctx)
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
		return nil, "", reason
	}
	if !isAnswer(resp.Header, id) {
		return nil, "", pep.ReasonMalformed
	}
	answer, err = io.ReadAll(io.LimitReader(resp.Body, limit+1))
	switch {
	case err != nil:
		return nil, "", transportReason(ctx)
	case int64(len(answer)) > limit:
		return nil, "", pep.ReasonMalformed
	}
	return answer, id, ""
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
