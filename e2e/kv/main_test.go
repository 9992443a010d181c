package kv

import (
	"os"
	"testing"

	"github.com/secretsgen/secretsgen/e2e/internal/kvserver"
)

// shared is the server that tests use where nothing has to go wrong with it,
// each under mounts of its own.
var shared *kvserver.Server //nolint:gochecknoglobals // set by TestMain alone

func TestMain(m *testing.M) {
	os.Exit(kvserver.Run(func(s *kvserver.Server) { shared = s }, m.Run))
}

// operator is the operator's side of the shared server.
func operator(t *testing.T) kvserver.Admin {
	t.Helper()
	return kvserver.Admin{T: t, Server: shared}
}

// own starts a server that belongs to one test.
func own(t *testing.T, options kvserver.Options) kvserver.Admin {
	t.Helper()
	s, err := kvserver.Start(options)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Stop(); err != nil {
			t.Errorf("the server did not stop as it should: %v", err)
		}
	})
	return kvserver.Admin{T: t, Server: s}
}
