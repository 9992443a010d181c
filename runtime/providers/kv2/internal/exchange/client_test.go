package exchange

import (
	"crypto/tls"
	"testing"
)

// A proxy is never used for loopback, where the other tests are: the transport
// is asked itself.
func TestNoProxyIsTakenFromTheEnvironment(t *testing.T) {
	t.Parallel()
	if newTransport(&tls.Config{MinVersion: tls.VersionTLS12}).Proxy != nil {
		t.Error("the transport takes a proxy from the environment")
	}
}
