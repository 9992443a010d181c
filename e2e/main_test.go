package e2e

import (
	"os"
	"testing"

	"github.com/secretsgen/secretsgen/e2e/internal/kvserver"
)

// shared is the server that every test uses, each under mounts of its own.
var shared *kvserver.Server //nolint:gochecknoglobals // set by TestMain alone

func TestMain(m *testing.M) {
	os.Exit(kvserver.Run(func(s *kvserver.Server) { shared = s }, m.Run))
}
