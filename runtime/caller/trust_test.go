package caller_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/secretsgen/secretsgen/runtime/caller"
)

func TestTrustedHeadersReachTheContext(t *testing.T) {
	t.Parallel()
	h, want := full()
	r := httptest.NewRequest(http.MethodGet, "/", http.NoBody)
	r.Header = h
	var got caller.Caller
	w := httptest.NewRecorder()
	caller.TrustHeaders(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		got, _ = caller.FromContext(r.Context())
	})).ServeHTTP(w, r)
	if diff := cmp.Diff(want, got); diff != "" || w.Code != http.StatusOK {
		t.Errorf("status %d, caller (-want +got):\n%s", w.Code, diff)
	}
}

func TestTrustedHeadersThatDoNotReachTheHandler(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		change func(http.Header)
		status int
	}{
		"nobody":             {func(h http.Header) { h.Del("X-Secrets-Subject") }, http.StatusUnauthorized},
		"a header twice":     {func(h http.Header) { h.Add("X-Secrets-Subject", "canary") }, http.StatusBadRequest},
		"a header of a slip": {func(h http.Header) { h.Set("X-Secrets-Sub", "canary") }, http.StatusBadRequest},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h, _ := full()
			tt.change(h)
			r := httptest.NewRequest(http.MethodGet, "/", http.NoBody)
			r.Header = h
			w := httptest.NewRecorder()
			caller.TrustHeaders(nil).ServeHTTP(w, r)
			if w.Code != tt.status || strings.Contains(w.Body.String(), "canary") {
				t.Errorf("%d %s, want %d", w.Code, w.Body, tt.status)
			}
		})
	}
}
