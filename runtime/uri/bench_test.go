package uri_test

import (
	"net/url"
	"testing"

	"github.com/secretsgen/secretsgen/runtime/uri"
)

// BenchmarkParse compares Parse with the standard library on the same inputs,
// which both accept. "x-net/url" is Parse's time over url.Parse's of the same
// run: below 1 is faster.
func BenchmarkParse(b *testing.B) {
	for _, bb := range []struct{ name, ref string }{
		{"canonical", "openbao+kv2://secret/myapp/payments/api#token?version=3"},
		{"rfc-order", "openbao+kv2://secret/myapp/payments/api?version=3#token"},
		{"upper-case", "OPENBAO+KV2://secret/myapp/payments/api#token?version=3"},
		{"short", "env://secret/API_TOKEN"},
	} {
		b.Run(bb.name, func(b *testing.B) {
			var netURL float64
			b.Run("net-url", func(b *testing.B) {
				b.ReportAllocs()
				for b.Loop() {
					if _, err := url.Parse(bb.ref); err != nil {
						b.Fatal(err)
					}
				}
				netURL = perRun(b)
			})
			b.Run("uri", func(b *testing.B) {
				b.ReportAllocs()
				for b.Loop() {
					if _, err := uri.Parse(bb.ref, secretAndKV); err != nil {
						b.Fatal(err)
					}
				}
				if netURL > 0 {
					b.ReportMetric(perRun(b)/netURL, "x-net/url")
				}
			})
		})
	}
}

func BenchmarkRef(b *testing.B) {
	salt, err := uri.NewSalt([]byte(goodSalt))
	if err != nil {
		b.Fatal(err)
	}
	u := uri.MustParse("openbao+kv2://secret/myapp/payments/api#token?version=3", secretAndKV)
	b.ReportAllocs()
	for b.Loop() {
		salt.Ref(u)
	}
}

// perRun returns the nanoseconds that one run of a finished loop took.
func perRun(b *testing.B) float64 { return float64(b.Elapsed().Nanoseconds()) / float64(b.N) }
