package exchange

import (
	"context"
	"errors"
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestWhatPassesIsAskedForAgain(t *testing.T) {
	t.Parallel()
	post := Request{Method: http.MethodPost, Path: "sys/wrapping/unwrap", Token: canary, Body: []byte("{}")}
	for name, c := range map[string]struct {
		req     Request
		retries int
		first   func(*http.Request) result
		want    int // requests until the answer of 200
	}{
		"no connection":         {read, 2, refused, 3},
		"412":                   {read, 2, func(*http.Request) result { return status(412) }, 3},
		"429":                   {read, 2, func(*http.Request) result { return status(429) }, 3},
		"472":                   {read, 2, func(*http.Request) result { return status(472) }, 3},
		"473":                   {read, 2, func(*http.Request) result { return status(473) }, 3},
		"474":                   {read, 2, func(*http.Request) result { return status(474) }, 3},
		"500":                   {read, 2, func(*http.Request) result { return status(500) }, 3},
		"503, once":             {read, 1, func(*http.Request) result { return status(503) }, 2},
		"503, not to be asked":  {read, 0, func(*http.Request) result { return status(503) }, 1},
		"400":                   {read, 2, func(*http.Request) result { return status(400) }, 1},
		"403":                   {read, 2, func(*http.Request) result { return status(403) }, 1},
		"404":                   {read, 2, func(*http.Request) result { return status(404) }, 1},
		"307":                   {read, 2, func(*http.Request) result { return status(307) }, 1},
		"a post, no connection": {post, 2, refused, 1},
		"a post, 412":           {post, 2, func(*http.Request) result { return status(412) }, 1},
		"a post, 429":           {post, 2, func(*http.Request) result { return status(429, "Retry-After", "1") }, 1},
		"a post, 503":           {post, 2, func(*http.Request) result { return status(503) }, 1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				s, over := open(t, Config{Retries: c.retries}, func(n int, req *http.Request) result {
					if n < 2 {
						return c.first(req)
					}
					return status(200)
				})
				got := do(t.Context(), s, c.req)
				if n := over.requests(); n != c.want {
					t.Errorf("%d requests and not %d", n, c.want)
				}
				if answered := got == "200"; answered != (c.want == 3) {
					t.Errorf("the outcome is %s", got)
				}
			})
		})
	}
}

func TestTheLastOutcomeComesBack(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s, over := open(t, Config{Retries: 2}, func(n int, req *http.Request) result {
			if n == 1 {
				return refused(req)
			}
			return status(map[int]int{0: 503, 2: 429}[n])
		})
		if got := do(t.Context(), s, read); got != "429" || over.requests() != 3 {
			t.Errorf("the outcome is %s after %d requests", got, over.requests())
		}
	})
}

// Nobody gets further than the pause where another has taken the place meanwhile.
func TestWhatIsNotAskedAgainIsAsItWas(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s, over := open(t, Config{Retries: 2, InFlight: 1, Timeout: 10 * time.Second}, always(429))
		time.AfterFunc(50*time.Millisecond, func() { s.places <- struct{}{} }) // within the pause
		if got := do(t.Context(), s, read); got != "429" || over.requests() != 1 {
			t.Errorf("the outcome is %s after %d requests", got, over.requests())
		}
	})
}

// An answer that has come is given, whoever left meanwhile, unless it is one that
// would have been asked for again.
func TestAnAnswerThatComesAsItsCallerLeaves(t *testing.T) {
	t.Parallel()
	for code, want := range map[int]string{200: "200", 403: "403", 404: "404", 429: "context canceled", 503: "context canceled"} {
		ctx, cancel := context.WithCancel(t.Context())
		s, _ := open(t, Config{}, func(int, *http.Request) result {
			cancel()
			return status(code)
		})
		if got := do(ctx, s, read); got != want {
			t.Errorf("%d: the outcome is %s", code, got)
		}
	}
}

// Every pause is random, up to a span that doubles; what the server asks for
// comes before it.
func TestPausesBetweenRepetitions(t *testing.T) {
	t.Parallel()
	const ms = time.Millisecond
	for name, c := range map[string]struct {
		retries int
		headers []string
		random  float64
		want    []time.Duration
	}{
		"the middle of each span":        {6, nil, 0.5, []time.Duration{100 * ms, 200 * ms, 400 * ms, 800 * ms, 1600 * ms, 2500 * ms}},
		"none at the least":              {2, nil, 0, []time.Duration{0, 0}},
		"Retry-After in seconds":         {2, []string{"Retry-After", "3"}, 0.5, []time.Duration{4100 * ms, 4200 * ms}},
		"Retry-After of no seconds":      {1, []string{"Retry-After", "0"}, 0, []time.Duration{time.Second}},
		"Retry-After as long as allowed": {1, []string{"Retry-After", "10"}, 0, []time.Duration{11 * time.Second}},
		"Retry-After longer than that":   {2, []string{"Retry-After", "11"}, 0, nil},
		"Retry-After past what counts":   {2, []string{"Retry-After", "2147483648"}, 0, nil},
		"Retry-After without end":        {2, []string{"Retry-After", "99999999999999999999"}, 0, nil},
		"Retry-After with a point":       {1, []string{"Retry-After", "1.5"}, 0.5, []time.Duration{100 * ms}},
		"Retry-After in another century": {
			2, []string{"Date", "Sun, 06 Nov 1994 08:49:37 GMT", "Retry-After", "Fri, 31 Dec 9999 23:59:59 GMT"}, 0, nil,
		},
		"Retry-After that is negative": {1, []string{"Retry-After", "-5"}, 0.5, []time.Duration{100 * ms}},
		"Retry-After by the server's clock": {
			1, []string{"Date", "Sun, 06 Nov 1994 08:49:37 GMT", "Retry-After", "Sun, 06 Nov 1994 08:49:41 GMT"}, 0.5, []time.Duration{4100 * ms},
		},
		"Retry-After that is over": {
			1, []string{"Date", "Sun, 06 Nov 1994 08:49:37 GMT", "Retry-After", "Sun, 06 Nov 1994 08:49:30 GMT"}, 0.5, []time.Duration{100 * ms},
		},
		"Retry-After that is no time": {1, []string{"Retry-After", canary}, 0.5, []time.Duration{100 * ms}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				s, over := open(t, Config{Retries: c.retries, Timeout: time.Hour}, always(429, c.headers...))
				s.random = func() float64 { return c.random }
				if got := do(t.Context(), s, read); got != "429" {
					t.Errorf("the outcome is %s", got)
				}
				var pauses []time.Duration
				for i, at := range over.times[1:] {
					pauses = append(pauses, at.Sub(over.times[i]))
				}
				if diff := cmp.Diff(c.want, pauses); diff != "" {
					t.Errorf("pauses (-want +got):\n%s", diff)
				}
			})
		})
	}
}

func TestRepetitionsStayWithinTheTimeOfOneRequest(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		step     func(n int, req *http.Request) result
		timeout  time.Duration // of the server
		caller   time.Duration
		want     string
		requests int
		took     time.Duration
	}{
		"a pause that would end past it is not begun": {always(429, "Retry-After", "5"), 4 * time.Second, time.Hour, "429", 1, 0},
		"nor one past the caller's":                   {always(429, "Retry-After", "5"), time.Hour, 4 * time.Second, "429", 1, 0},
		"a server that hangs": {
			func(_ int, req *http.Request) result { return hangs(req) }, 3 * time.Second, time.Hour, "unavailable, retryable", 1, 3 * time.Second,
		},
		"a server that hangs the second time": {
			func(n int, req *http.Request) result {
				if n == 0 {
					return status(503)
				}
				return hangs(req)
			}, 3 * time.Second, time.Hour, "unavailable, retryable", 2, 3 * time.Second,
		},
		"a caller that waits no longer": {
			func(_ int, req *http.Request) result { return hangs(req) }, time.Hour, time.Second, "context deadline exceeded", 1, time.Second,
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				s, over := open(t, Config{Retries: 10, Timeout: c.timeout}, c.step)
				ctx, cancel := context.WithTimeout(t.Context(), c.caller)
				defer cancel()
				begun := time.Now()
				got := do(ctx, s, read)
				if got != c.want || over.requests() != c.requests || time.Since(begun) != c.took {
					t.Errorf("%s after %d requests and %v", got, over.requests(), time.Since(begun))
				}
			})
		})
	}
}

func TestACallerThatLeavesDuringAPauseGetsItsOwnError(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s, over := open(t, Config{Retries: 2}, always(429, "Retry-After", "5"))
		ctx, cancel := context.WithCancelCause(t.Context())
		time.AfterFunc(time.Second, func() { cancel(errors.New(canary)) })
		begun := time.Now()
		_, err := s.Do(ctx, read)
		if !errors.Is(err, context.Canceled) || over.requests() != 1 || time.Since(begun) != time.Second {
			t.Errorf("%v after %d requests and %v", err, over.requests(), time.Since(begun))
		}
	})
}
