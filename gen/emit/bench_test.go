package emit_test

import (
	"bytes"
	"fmt"
	"testing"

	"github.com/secretsgen/secretsgen/gen/emit"
	"github.com/secretsgen/secretsgen/gen/model"
)

// BenchmarkFile shows that the time is linear in the number of declarations,
// and what the output weighs.
func BenchmarkFile(b *testing.B) {
	for _, n := range []int{100, 1_000, 10_000} {
		b.Run(fmt.Sprintf("declarations=%d", n), func(b *testing.B) {
			p := many(b, n)
			var src []byte
			b.ReportAllocs()
			for b.Loop() {
				var err error
				if src, err = emit.File(p); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(len(src))/float64(n), "bytes/declaration")
			b.ReportMetric(float64(bytes.Count(src, []byte("\n")))/float64(n), "lines/declaration")
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(n), "ns/declaration")
		})
	}
}

// many declares n secrets in groups of ten, each tenth a document.
func many(t testing.TB, n int) *model.Package {
	t.Helper()
	kinds := []model.Kind{
		model.String, model.Bytes, model.Int, model.Bool, model.Duration,
		model.JSON, model.String, model.String, model.String, model.Document,
	}
	secrets := make([]*model.Secret, n)
	for i := range n {
		path := fmt.Sprintf("Service%d/service_%d Key%d/key_%d", i/10, i/10, i%10, i%10)
		kind := kinds[i%len(kinds)]
		key := "#key"
		if kind == model.Document {
			key = ""
		}
		secrets[i] = secret(t, path, fmt.Sprintf("openbao+kv2://secret/service/%d%s", i, key), kind)
		secrets[i].Description = "Credential of a service that another service needs."
		if kind == model.Document {
			secrets[i].Fields = []model.Field{
				field("Username/username", "username", model.String),
				field("Password/password", "password", model.String),
			}
		}
	}
	return checked(secrets...)
}
