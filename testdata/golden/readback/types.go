package readback

import (
	"crypto"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"net/url"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/secretsgen/secretsgen/runtime"
	"github.com/secretsgen/secretsgen/runtime/secretstest"
)

// Types are the values of the case types, in either form.
type Types struct {
	Text           runtime.Secret[string]
	Raw            runtime.Secret[[]byte]
	Standard       runtime.Secret[[]byte]
	URLSafe        runtime.Secret[[]byte]
	Digits         runtime.Secret[[]byte]
	Attempts       runtime.Secret[int]
	Quota          runtime.Secret[uint]
	Ratio          runtime.Secret[float64]
	Enabled        runtime.Secret[bool]
	Timeout        runtime.Secret[time.Duration]
	Expires        runtime.Secret[time.Time]
	Endpoint       runtime.Secret[url.URL]
	ServiceAccount runtime.Secret[json.RawMessage]
	Labels         runtime.Secret[map[string]string]
	Chain          runtime.Secret[[]*x509.Certificate]
	Signer         runtime.Secret[crypto.Signer]
	Listener       runtime.Secret[tls.Certificate]
	Client         runtime.Secret[tls.Certificate]
	Whole          runtime.Secret[json.RawMessage]
}

// StoreTypes stores a value for each secret of the case types.
func StoreTypes(t *testing.T, kit *secretstest.Kit) {
	t.Helper()
	certificate, key := KeyPair(t, "server.test")
	kit.Set("openbao+kv2://secret/types", map[string]any{
		"text":            "canary text",
		"raw":             "canary raw",
		"standard":        "Y2FuYXJ5Pz8+",
		"url_safe":        "Y2FuYXJ5Pz8-",
		"digits":          "63616e617279",
		"attempts":        -3,
		"quota":           3,
		"ratio":           0.25,
		"enabled":         true,
		"timeout":         "1m30s",
		"expires":         "2026-01-02T15:04:05Z",
		"endpoint":        "https://user@example.com/path",
		"service_account": json.RawMessage(`{"canary":1}`),
		"labels":          json.RawMessage(`{"a":"1","b":"2"}`),
		"chain":           certificate,
		"signer":          key,
	})
	kit.Set("openbao+kv2://kv/listener", map[string]any{"tls.crt": certificate, "tls.key": key})
	certificate, key = KeyPair(t, "client.test")
	kit.Set("openbao+kv2://kv/client", map[string]any{"client.pem": certificate, "client.key": key})
}

// CheckTypes compares what was read with what [StoreTypes] stored.
func CheckTypes(t *testing.T, kit *secretstest.Kit, v Types) {
	t.Helper()
	endpoint := v.Endpoint.Reveal()
	got := map[string]any{
		"text":            v.Text.Reveal(),
		"raw":             string(v.Raw.Reveal()),
		"standard":        string(v.Standard.Reveal()),
		"url_safe":        string(v.URLSafe.Reveal()),
		"digits":          string(v.Digits.Reveal()),
		"attempts":        v.Attempts.Reveal(),
		"quota":           v.Quota.Reveal(),
		"ratio":           v.Ratio.Reveal(),
		"enabled":         v.Enabled.Reveal(),
		"timeout":         v.Timeout.Reveal(),
		"expires":         v.Expires.Reveal().Format(time.RFC3339),
		"endpoint":        endpoint.String(),
		"service_account": string(v.ServiceAccount.Reveal()),
		"labels":          v.Labels.Reveal(),
		"listener":        v.Listener.Reveal().Leaf.Subject.CommonName,
		"client":          v.Client.Reveal().Leaf.Subject.CommonName,
	}
	want := map[string]any{
		"text":            "canary text",
		"raw":             "canary raw",
		"standard":        "canary??>",
		"url_safe":        "canary??>",
		"digits":          "canary",
		"attempts":        -3,
		"quota":           uint(3),
		"ratio":           0.25,
		"enabled":         true,
		"timeout":         90 * time.Second,
		"expires":         "2026-01-02T15:04:05Z",
		"endpoint":        "https://user@example.com/path",
		"service_account": `{"canary":1}`,
		"labels":          map[string]string{"a": "1", "b": "2"},
		"listener":        "server.test",
		"client":          "client.test",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("values (-want +got):\n%s", diff)
	}
	chain := v.Chain.Reveal()
	if len(chain) != 1 || chain[0].Subject.CommonName != "server.test" {
		t.Errorf("chain has %d certificates", len(chain))
	}
	public, ok := v.Signer.Reveal().Public().(interface{ Equal(crypto.PublicKey) bool })
	if !ok || !public.Equal(chain[0].PublicKey) {
		t.Error("signer is not the key of the certificate")
	}
	var whole map[string]any
	if err := json.Unmarshal(v.Whole.Reveal(), &whole); err != nil || len(whole) != 16 {
		t.Errorf("whole has %d keys (%v), want 16", len(whole), err)
	}
	if kit.Reads() != 3 {
		t.Errorf("%d documents were read, want each of three once", kit.Reads())
	}
}
