package authzen

import (
	"bytes"
	"crypto/tls"
	"errors"
	"io"
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"github.com/secretsgen/secretsgen/runtime/pep"
)

// canned is a PDP without a wire: it lets synctest bend the time.
type canned struct {
	status int
	header http.Header
	body   []byte
	asked  int
}

func (c *canned) RoundTrip(*http.Request) (*http.Response, error) {
	c.asked++
	header := c.header.Clone()
	if header == nil {
		header = http.Header{}
	}
	header.Set("Content-Type", "application/json")
	return &http.Response{StatusCode: c.status, Header: header, ContentLength: -1, Body: io.NopCloser(bytes.NewReader(c.body))}, nil
}

func cannedClient(tb testing.TB, pdp *canned) *Client {
	tb.Helper()
	c, err := New(Config{BaseURL: "https://pdp.example", Discovery: DiscoveryOff})
	if err != nil {
		tb.Fatal(err)
	}
	c.transport = pdp
	c.jitter = func() float64 { return 1 }
	return c
}

// reasonOf is the reason of an error, or "" without one.
func reasonOf(err error) pep.Reason {
	if e, ok := errors.AsType[*pep.PDPUnavailableError](err); ok {
		return e.Reason
	}
	return ""
}

func TestRetryAfter(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		value string
		pause time.Duration // the jitter is at its most, a fifth
	}{
		"some seconds":              {"10", 12 * time.Second},
		"a date":                    {"Sat, 01 Jan 2000 00:00:20 GMT", 24 * time.Second},
		"more than is honoured":     {"86400", 36 * time.Second},
		"a date far away":           {"Fri, 01 Jan 2100 00:00:00 GMT", 36 * time.Second},
		"a date in the past":        {"Fri, 31 Dec 1999 23:59:59 GMT", 0},
		"no time":                   {"0", 0},
		"less than no time":         {"-5", 0},
		"a number beyond all use":   {"99999999999999999999", 0},
		"a fraction":                {"1.5", 0},
		"a header that is not sent": {"", 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				pdp := &canned{status: http.StatusTooManyRequests, header: http.Header{"Retry-After": {test.value}}}
				c := cannedClient(t, pdp)
				ask := func() pep.Reason {
					_, err := c.Decide(t.Context(), pep.Request{})
					return reasonOf(err)
				}
				if got := ask(); got != pep.ReasonThrottled {
					t.Fatalf("reason is %q, want throttled", got)
				}
				pdp.status, pdp.body = http.StatusOK, []byte(`{"decision":true}`)
				if test.pause > 0 {
					<-time.After(test.pause - time.Nanosecond)
					if got := ask(); got != pep.ReasonThrottled || pdp.asked != 1 {
						t.Errorf("within the pause: reason %q after %d requests, want throttled after 1", got, pdp.asked)
					}
					<-time.After(time.Nanosecond)
				}
				if got := ask(); got != "" || pdp.asked != 2 {
					t.Errorf("after the pause: reason %q after %d requests, want a decision after 2", got, pdp.asked)
				}
			})
		})
	}
}

func TestRetryAfterOfAnotherStatusIsNotHonoured(t *testing.T) {
	t.Parallel()
	pdp := &canned{status: http.StatusServiceUnavailable, header: http.Header{"Retry-After": {"10"}}}
	c := cannedClient(t, pdp)
	for range 2 {
		if _, err := c.Decide(t.Context(), pep.Request{}); reasonOf(err) != pep.ReasonUnavailable {
			t.Errorf("error is %v, want reason unavailable", err)
		}
	}
	if pdp.asked != 2 {
		t.Errorf("the PDP was asked %d times, want 2: the breaker keeps away from what is down", pdp.asked)
	}
}

func TestNoConfigurationGoesBelowTLS12(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		config *tls.Config
		want   uint16
	}{
		"none":                   {nil, tls.VersionTLS12},
		"one that names none":    {&tls.Config{}, tls.VersionTLS12},
		"one that names less":    {&tls.Config{MinVersion: tls.VersionTLS10}, tls.VersionTLS12},
		"one that names a newer": {&tls.Config{MinVersion: tls.VersionTLS13}, tls.VersionTLS13},
	} {
		if got := newTransport(Config{TLS: test.config}).TLSClientConfig.MinVersion; got != test.want {
			t.Errorf("%s: the least is %x, want %x", name, got, test.want)
		}
	}
}

func TestNoProxy(t *testing.T) {
	t.Parallel()
	if newTransport(Config{}).Proxy != nil {
		t.Error("the transport takes a proxy from the environment")
	}
}
