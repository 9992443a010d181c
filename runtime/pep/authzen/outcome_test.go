package authzen_test

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/secretsgen/secretsgen/runtime/pep"
	"github.com/secretsgen/secretsgen/runtime/pep/authzen"
)

const permit = `{"decision":true}`

// Status, headers and body to reason, as the package documentation has them.
func TestOutcomes(t *testing.T) {
	t.Parallel()
	header := func(name string, values ...string) http.Header { return http.Header{name: values} }
	big := strings.Repeat(" ", 64<<10)
	type test struct {
		status int
		header http.Header
		body   string
		want   pep.Reason
	}
	tests := map[string]test{
		"no body":                             {200, nil, "", pep.ReasonMalformed},
		"no JSON":                             {200, nil, "<html>" + canaryBody, pep.ReasonMalformed},
		"an array":                            {200, nil, "[" + permit + "]", pep.ReasonMalformed},
		"a bare true":                         {200, nil, "true", pep.ReasonMalformed},
		"an empty object":                     {200, nil, "{}", pep.ReasonMalformed},
		"a decision in quotes":                {200, nil, `{"decision":"true"}`, pep.ReasonMalformed},
		"a decision in numbers":               {200, nil, `{"decision":1}`, pep.ReasonMalformed},
		"a decision of null":                  {200, nil, `{"decision":null}`, pep.ReasonMalformed},
		"a decision in capitals":              {200, nil, `{"DECISION":true}`, pep.ReasonMalformed},
		"a denial and a permit in capitals":   {200, nil, `{"decision":false,"DECISION":true}`, pep.ReasonMalformed},
		"a permit and a denial in capitals":   {200, nil, `{"decision":true,"Decision":false}`, pep.ReasonMalformed},
		"a name that folds to decision":       {200, nil, `{"decision":true,"deci\u017fion":true}`, pep.ReasonMalformed},
		"a decision twice":                    {200, nil, `{"decision":false,"decision":true}`, pep.ReasonMalformed},
		"a decision twice, once escaped":      {200, nil, `{"decision":true,"d\u0065cision":true}`, pep.ReasonMalformed},
		"a member twice, deep inside":         {200, nil, `{"decision":true,"x":[{"y":{"a":1,"a":1}}]}`, pep.ReasonMalformed},
		"a second document":                   {200, nil, permit + permit, pep.ReasonMalformed},
		"text behind the object":              {200, nil, permit + "x", pep.ReasonMalformed},
		"an object that does not end":         {200, nil, `{"decision":true`, pep.ReasonMalformed},
		"a comma too many":                    {200, nil, `{"decision":true,}`, pep.ReasonMalformed},
		"a comment":                           {200, nil, `{"decision":true/**/}`, pep.ReasonMalformed},
		"a byte order mark":                   {200, nil, "\ufeff" + permit, pep.ReasonMalformed},
		"text that is not UTF-8":              {200, nil, "{\"decision\":true,\"x\":\"\xff\"}", pep.ReasonMalformed},
		"half a surrogate pair":               {200, nil, `{"decision":true,"x":"\ud83d"}`, pep.ReasonMalformed},
		"the other half of a surrogate pair":  {200, nil, `{"decision":true,"x":"\ude00"}`, pep.ReasonMalformed},
		"a surrogate pair with a gap":         {200, nil, `{"decision":true,"x":"\ud83d\\ude00"}`, pep.ReasonMalformed},
		"nesting beyond all use":              {200, nil, `{"decision":true,"x":` + strings.Repeat("[", 32) + strings.Repeat("]", 32) + "}", pep.ReasonMalformed},
		"a context that is no object":         {200, nil, `{"decision":true,"context":[]}`, pep.ReasonMalformed},
		"a context of null":                   {200, nil, `{"decision":true,"context":null}`, pep.ReasonMalformed},
		"a context in capitals":               {200, nil, `{"decision":true,"Context":{"ttl_seconds":1}}`, pep.ReasonMalformed},
		"a permit with an error":              {200, nil, `{"decision":true,"context":{"error":{"status":500}}}`, pep.ReasonMalformed},
		"a permit with an error in capitals":  {200, nil, `{"decision":true,"context":{"Error":{"status":500}}}`, pep.ReasonMalformed},
		"an error of the server":              {200, nil, `{"decision":false,"context":{"error":{"status":500,"message":"` + canaryBody + `"}}}`, pep.ReasonUnavailable},
		"an error of the question":            {200, nil, `{"decision":false,"context":{"error":{"status":400}}}`, pep.ReasonBadRequest},
		"an error without a status":           {200, nil, `{"decision":false,"context":{"error":"` + canaryBody + `"}}`, pep.ReasonMalformed},
		"an error with a status of success":   {200, nil, `{"decision":false,"context":{"error":{"status":200}}}`, pep.ReasonMalformed},
		"a batch for a single question":       {200, nil, `{"evaluations":[{"decision":true}]}`, pep.ReasonMalformed},
		"a body beyond the limit":             {200, nil, permit + big, pep.ReasonMalformed},
		"a body beyond the limit, in pieces":  {200, header("Transfer-Encoding", "chunked"), permit + big, pep.ReasonMalformed},
		"HTML by its type":                    {200, header("Content-Type", "text/html"), permit, pep.ReasonMalformed},
		"JSON by another type":                {200, header("Content-Type", "application/problem+json"), permit, pep.ReasonMalformed},
		"JSON in another alphabet":            {200, header("Content-Type", "application/json; charset=utf-16"), permit, pep.ReasonMalformed},
		"no type":                             {200, header("Content-Type"), permit, pep.ReasonMalformed},
		"two types":                           {200, header("Content-Type", "application/json", "application/json"), permit, pep.ReasonMalformed},
		"a type that can't be read":           {200, header("Content-Type", "application/json; ;="+canaryBody), permit, pep.ReasonMalformed},
		"a compressed body":                   {200, header("Content-Encoding", "gzip"), permit, pep.ReasonMalformed},
		"the id of another request":           {200, header("X-Request-Id", canaryBody), permit, pep.ReasonMalformed},
		"an empty id":                         {200, header("X-Request-Id", ""), permit, pep.ReasonMalformed},
		"two ids":                             {200, header("X-Request-Id", canaryBody, canaryBody), permit, pep.ReasonMalformed},
		"a redirect without a place":          {302, nil, permit, pep.ReasonRedirect},
		"a redirect to a place of no address": {302, header("Location", "://"+canaryBody), permit, pep.ReasonRedirect},
	}
	for status, want := range map[int]pep.Reason{
		201: pep.ReasonMalformed, 202: pep.ReasonMalformed, 206: pep.ReasonMalformed,
		300: pep.ReasonRedirect, 301: pep.ReasonRedirect, 307: pep.ReasonRedirect, 308: pep.ReasonRedirect,
		400: pep.ReasonBadRequest, 401: pep.ReasonPEPAuth, 403: pep.ReasonPEPAuth, 404: pep.ReasonConfig, 405: pep.ReasonConfig,
		409: pep.ReasonBadRequest, 413: pep.ReasonBadRequest, 415: pep.ReasonConfig, 422: pep.ReasonBadRequest, 429: pep.ReasonThrottled,
		500: pep.ReasonUnavailable, 502: pep.ReasonUnavailable, 503: pep.ReasonUnavailable, 599: pep.ReasonUnavailable, 600: pep.ReasonMalformed,
	} {
		tests["status "+strconv.Itoa(status)+", whatever the body says"] = test{status, nil, permit, want}
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			decision, err := answering(t, test.status, test.header, test.body).Decide(t.Context(), request())
			wantReason(t, err, test.want)
			if e, _ := errors.AsType[*pep.PDPUnavailableError](err); e.Accessor != "api.token" {
				t.Errorf("error is about %q, want api.token", e.Accessor)
			}
			if decision.Permit {
				t.Error("an error came with a permit")
			}
		})
	}
}

func TestAnswersThatCount(t *testing.T) {
	t.Parallel()
	deep := strings.Repeat("[", 31) + strings.Repeat("]", 31)
	for name, test := range map[string]struct {
		header http.Header
		body   string
		want   bool
	}{
		"a permit":                       {nil, permit, true},
		"a denial":                       {nil, `{"decision":false}`, false},
		"a denial with obligations":      {nil, `{"decision":false,"context":{"obligations":"?"}}`, false},
		"white space around it":          {nil, " \r\n\t" + permit + "\n", true},
		"an escaped name":                {nil, `{"d\u0065cision":true}`, true},
		"unknown members":                {nil, `{"decision":true,"future":[1,{"a":null}],"x":` + deep + `}`, true},
		"a surrogate pair":               {nil, `{"decision":true,"x":"\ud83d\ude00 \\ud83d \u00e4"}`, true},
		"a body of exactly the limit":    {nil, permit + strings.Repeat(" ", 64<<10-len(permit)), true},
		"a type with its alphabet":       {http.Header{"Content-Type": {"Application/JSON; charset=UTF-8"}}, permit, true},
		"a batch of no concern":          {nil, `{"decision":true,"evaluations":[]}`, true},
		"a decision of the same request": {nil, permit, true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			decision, err := answering(t, http.StatusOK, test.header, test.body).Decide(t.Context(), request())
			if err != nil || decision.Permit != test.want {
				t.Errorf("Decide = %+v, %v; want permit %v", decision, err, test.want)
			}
		})
	}
}

func TestNoConnection(t *testing.T) {
	t.Parallel()
	for name, breakUp := range map[string]http.HandlerFunc{
		"before the answer": func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) },
		"within the answer": func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "application/json")
			w.Header().Set("Content-Length", "1000")
			_, _ = io.WriteString(w, permit)
			panic(http.ErrAbortHandler)
		},
	} {
		t.Run("broken off "+name, func(t *testing.T) {
			t.Parallel()
			_, err := client(t, authzen.Config{BaseURL: serve(t, breakUp).URL + canaryPath, Token: canaryToken}).Decide(t.Context(), request())
			wantReason(t, err, pep.ReasonUnavailable)
		})
	}
	t.Run("refused", func(t *testing.T) {
		t.Parallel()
		_, err := client(t, authzen.Config{BaseURL: "http://127.0.0.1:1" + canaryPath}).Decide(t.Context(), request())
		wantReason(t, err, pep.ReasonUnavailable)
	})
	t.Run("that turns into another protocol", func(t *testing.T) {
		t.Parallel()
		server := serve(t, func(w http.ResponseWriter, _ *http.Request) {
			conn, _, err := http.NewResponseController(w).Hijack()
			if err != nil {
				t.Error(err)
				return
			}
			defer func() { _ = conn.Close() }()
			_, _ = io.WriteString(conn, "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: "+canaryBody+"\r\n\r\n")
			_, _ = io.Copy(io.Discard, conn) // until the client hangs up
		})
		_, err := client(t, authzen.Config{BaseURL: server.URL}).Decide(t.Context(), request())
		wantReason(t, err, pep.ReasonMalformed)
	})
	t.Run("something that does not speak HTTP", func(t *testing.T) {
		t.Parallel()
		listener, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = listener.Close() })
		go func() {
			for {
				conn, err := listener.Accept()
				if err != nil {
					return
				}
				_, _ = io.WriteString(conn, canaryBody+"\r\n\r\n")
				_ = conn.Close()
			}
		}()
		_, err = client(t, authzen.Config{BaseURL: "http://" + listener.Addr().String()}).Decide(t.Context(), request())
		wantReason(t, err, pep.ReasonUnavailable)
	})
}

// slow are PDPs that do not come to an end before the client leaves.
func slow() map[string]http.HandlerFunc {
	return map[string]http.HandlerFunc{
		"a PDP that says nothing": func(_ http.ResponseWriter, r *http.Request) {
			_, _ = io.Copy(io.Discard, r.Body)
			<-r.Context().Done()
		},
		"a PDP that stops halfway": func(w http.ResponseWriter, r *http.Request) {
			_, _ = io.Copy(io.Discard, r.Body)
			w.Header().Set("Content-Type", "application/json")
			_, _ = io.WriteString(w, `{"decision":true`)
			_ = http.NewResponseController(w).Flush()
			<-r.Context().Done()
		},
	}
}

func TestTheBudgetRunsOut(t *testing.T) {
	t.Parallel()
	for name, handler := range slow() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := client(t, authzen.Config{BaseURL: serve(t, handler).URL, Timeout: 50 * time.Millisecond})
			_, err := c.Decide(t.Context(), request())
			wantReason(t, err, pep.ReasonTimeout)
			if errors.Is(err, context.DeadlineExceeded) {
				t.Errorf("the client's own budget shows as the end of the caller's context: %v", err)
			}
		})
	}
}

func TestTheCallersContextEnds(t *testing.T) {
	t.Parallel()
	for name, handler := range slow() {
		t.Run(name+", and a deadline", func(t *testing.T) {
			t.Parallel()
			ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
			defer cancel()
			_, err := client(t, authzen.Config{BaseURL: serve(t, handler).URL + canaryPath}).Decide(ctx, request())
			wantReason(t, err, pep.ReasonTimeout)
			if !errors.Is(err, context.DeadlineExceeded) {
				t.Errorf("error is %v, want context.DeadlineExceeded in it", err)
			}
		})
		t.Run(name+", and a cancellation with a cause", func(t *testing.T) {
			t.Parallel()
			ctx, cancel := context.WithCancelCause(t.Context())
			server := serve(t, func(w http.ResponseWriter, r *http.Request) {
				cancel(errors.New(canaryBody))
				handler(w, r)
			})
			_, err := client(t, authzen.Config{BaseURL: server.URL + canaryPath}).Decide(ctx, request())
			if !errors.Is(err, context.Canceled) {
				t.Errorf("error is %v, want context.Canceled", err)
			}
			if _, ok := errors.AsType[*pep.PDPUnavailableError](err); ok {
				t.Errorf("a cancellation counts against the PDP: %v", err)
			}
			wantNoCanary(t, err)
		})
	}
}
