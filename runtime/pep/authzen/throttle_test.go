package authzen_test

import (
	"io"
	"net/http"
	"sync/atomic"
	"testing"

	"github.com/secretsgen/secretsgen/runtime/pep"
	"github.com/secretsgen/secretsgen/runtime/pep/authzen"
)

// TestAPDPThatThrottlesTheLookForItsMetadataIsAskedNothing has the pause begin
// while the first question waits for the metadata.
func TestAPDPThatThrottlesTheLookForItsMetadataIsAskedNothing(t *testing.T) {
	t.Parallel()
	var looked, asked atomic.Int32
	server := serve(t, func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		if r.Method == http.MethodGet {
			looked.Add(1)
		} else {
			asked.Add(1)
		}
		w.Header().Set("Retry-After", "30")
		w.WriteHeader(http.StatusTooManyRequests)
	})
	c := seeking(t, authzen.Config{BaseURL: server.URL})
	for range 2 {
		_, err := c.Decide(t.Context(), request())
		wantReason(t, err, pep.ReasonThrottled)
	}
	if looked.Load() != 1 || asked.Load() != 0 {
		t.Errorf("%d looks for the metadata and %d questions within the pause, want one and none", looked.Load(), asked.Load())
	}
}
