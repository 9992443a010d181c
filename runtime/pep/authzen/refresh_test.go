package authzen

import (
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"github.com/secretsgen/secretsgen/runtime/pep"
)

// metadataPDP is a PDP without a wire that publishes where its one endpoint is.
type metadataPDP struct {
	metadata canned
	place    string // of the last question
	looked   int
}

func (p *metadataPDP) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.Method == http.MethodGet {
		p.looked++
		return p.metadata.RoundTrip(r)
	}
	p.place = r.URL.Path
	return (&canned{status: http.StatusOK, body: []byte(`{"decision":true}`)}).RoundTrip(r)
}

func (p *metadataPDP) publishes(path, cacheControl string) {
	p.metadata = canned{
		status: http.StatusOK,
		header: http.Header{"Cache-Control": {cacheControl}},
		body:   []byte(`{"policy_decision_point":"https://pdp.example","access_evaluation_endpoint":"https://PDP.example:443` + path + `"}`),
	}
}

// asks asks one question, waits for whatever that starts, and wants it to have
// gone to a place, after so many looks at the metadata.
func asks(t *testing.T, c *Client, p *metadataPDP, place string, looked int) {
	t.Helper()
	if _, err := c.Decide(t.Context(), pep.Request{}); err != nil {
		t.Fatal(err)
	}
	synctest.Wait()
	if p.place != place || p.looked != looked {
		t.Errorf("asked at %s after %d looks at the metadata, want %s after %d", p.place, p.looked, place, looked)
	}
}

func metadataClient(t *testing.T) (*Client, *metadataPDP) {
	t.Helper()
	p := &metadataPDP{}
	c, err := New(Config{BaseURL: "https://pdp.example"})
	if err != nil {
		t.Fatal(err)
	}
	c.transport = p
	t.Cleanup(c.Close)
	return c, p
}

func TestMetadataIsKeptAsLongAsItSays(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		cacheControl string
		want         time.Duration
	}{
		"for some time":             {"public, max-age=600", 10 * time.Minute},
		"in capitals":               {"Max-Age=600", 10 * time.Minute},
		"with nothing said":         {"", time.Hour},
		"with nothing of use said":  {"public", time.Hour},
		"for less than makes sense": {"max-age=1", time.Minute},
		"for no time":               {"max-age=0", time.Minute},
		"not at all":                {"no-store", time.Minute},
		"not unseen":                {"max-age=600, no-cache", time.Minute},
		"for an unreadable time":    {"max-age=soon", time.Minute},
		"for ever":                  {"max-age=2147483647", 24 * time.Hour},
		"beyond all numbers":        {"max-age=99999999999999999999", time.Minute},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				c, p := metadataClient(t)
				p.publishes("/old", test.cacheControl)
				asks(t, c, p, "/old", 1)
				p.publishes("/new", "")
				<-time.After(test.want - time.Nanosecond)
				asks(t, c, p, "/old", 1)
				<-time.After(time.Nanosecond)
				asks(t, c, p, "/old", 2) // the question does not wait for the look that it starts
				asks(t, c, p, "/new", 2)
			})
		})
	}
}

func TestARefreshThatFailsKeepsTheLastGoodMetadata(t *testing.T) {
	t.Parallel()
	for name, broken := range map[string]canned{
		"with an error":        {status: http.StatusInternalServerError},
		"with a refusal":       {status: http.StatusForbidden},
		"with nothing there":   {status: http.StatusNotFound},
		"with no JSON":         {status: http.StatusOK, body: []byte("<html>")},
		"with another PDP":     {status: http.StatusOK, body: []byte(`{"policy_decision_point":"https://other.example","access_evaluation_endpoint":"https://pdp.example/new"}`)},
		"with another address": {status: http.StatusOK, body: []byte(`{"policy_decision_point":"https://pdp.example","access_evaluation_endpoint":"https://pdp.example:444/new"}`)},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				c, p := metadataClient(t)
				var told []string
				c.discovery.report = func(problem string) { told = append(told, problem) }
				p.publishes("/good", "max-age=60")
				asks(t, c, p, "/good", 1)
				p.metadata = broken
				<-time.After(time.Minute)
				asks(t, c, p, "/good", 2)
				<-time.After(time.Minute - time.Nanosecond)
				asks(t, c, p, "/good", 2) // not sooner than that
				<-time.After(time.Nanosecond)
				asks(t, c, p, "/good", 3)
				p.publishes("/better", "")
				<-time.After(time.Minute)
				asks(t, c, p, "/good", 4)
				asks(t, c, p, "/better", 4)
				if len(told) != 2 || told[0] == "" || told[1] != "" {
					t.Errorf("told %q, want a problem and its end, each once", told)
				}
			})
		})
	}
}

func TestMetadataThatComesLaterIsFound(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		status int
		after  time.Duration
	}{
		"than a PDP without any":   {http.StatusNotFound, time.Hour},
		"than a PDP that was down": {http.StatusBadGateway, time.Minute},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				c, p := metadataClient(t)
				p.metadata = canned{status: test.status}
				asks(t, c, p, "/access/v1/evaluation", 1)
				p.publishes("/found", "")
				<-time.After(test.after - time.Nanosecond)
				asks(t, c, p, "/access/v1/evaluation", 1)
				<-time.After(time.Nanosecond)
				asks(t, c, p, "/access/v1/evaluation", 2)
				asks(t, c, p, "/found", 2)
			})
		})
	}
}

// gone answers every question with 404, and metadata as another.
type gone struct{ *metadataPDP }

func (p gone) RoundTrip(r *http.Request) (*http.Response, error) {
	resp, err := p.metadataPDP.RoundTrip(r)
	if r.Method == http.MethodPost {
		resp.StatusCode = http.StatusNotFound
	}
	return resp, err
}

func TestAnEndpointThatIsGoneIsLookedForAgain(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c, p := metadataClient(t)
		p.publishes("/old", "")
		asks(t, c, p, "/old", 1)
		c.transport = gone{p}
		for range 2 { // the metadata is too fresh to doubt it
			if _, err := c.Decide(t.Context(), pep.Request{}); reasonOf(err) != pep.ReasonConfig {
				t.Errorf("Decide = %v, want reason config", err)
			}
		}
		synctest.Wait()
		p.publishes("/new", "")
		<-time.After(time.Minute)
		_, _ = c.Decide(t.Context(), pep.Request{})
		synctest.Wait()
		c.transport = p
		asks(t, c, p, "/new", 2)
	})
}

func TestAfterCloseNobodyLooks(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c, p := metadataClient(t)
		p.publishes("/old", "")
		asks(t, c, p, "/old", 1)
		c.Close()
		<-time.After(25 * time.Hour)
		asks(t, c, p, "/old", 1)
	})
}

func TestAPDPWithoutABatchEndpointIsNotAskedForItAgainForAWhile(t *testing.T) {
	t.Parallel()
	for status, want := range map[int]pep.Reason{
		http.StatusNotFound: pep.ReasonNoBatch, http.StatusMethodNotAllowed: pep.ReasonNoBatch, http.StatusUnsupportedMediaType: pep.ReasonConfig,
	} {
		t.Run(http.StatusText(status), func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				pdp := &canned{status: status}
				c := cannedClient(t, pdp)
				all := func() pep.Reason {
					_, err := c.DecideAll(t.Context(), []pep.Request{{}})
					return reasonOf(err)
				}
				if got := all(); got != want {
					t.Fatalf("reason is %q, want %q", got, want)
				}
				if want != pep.ReasonNoBatch {
					return
				}
				<-time.After(5*time.Minute - time.Nanosecond)
				if got := all(); got != want || pdp.asked != 1 {
					t.Errorf("within 5 minutes: reason %q after %d requests, want %q after 1", got, pdp.asked, want)
				}
				<-time.After(time.Nanosecond)
				pdp.status, pdp.body = http.StatusOK, []byte(`{"evaluations":[{"decision":true}]}`)
				if got := all(); got != "" || pdp.asked != 2 {
					t.Errorf("after 5 minutes: reason %q after %d requests, want decisions after 2", got, pdp.asked)
				}
				pdp.status = http.StatusNotFound
				if _, err := c.Decide(t.Context(), pep.Request{}); reasonOf(err) != pep.ReasonConfig {
					t.Errorf("a single question: %v, want reason config", err)
				}
			})
		})
	}
}
