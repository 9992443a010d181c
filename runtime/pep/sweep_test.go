package pep

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/secretsgen/secretsgen/runtime/uri"
)

func TestAttributesThatHaveExpiredGoWithoutTraffic(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		e, err := New(Config{
			TenantID:   "dev",
			Mounts:     func() []string { return []string{"secret"} },
			PDP:        &countingPDP{uses: 9},
			Attributes: func(context.Context, uri.URI) (map[string]string, error) { return nil, nil },
		})
		if err != nil {
			t.Fatal(err)
		}
		defer e.Close()
		if _, err := e.Authorize(someone(), declare(t, "env://secret/A")); err != nil {
			t.Fatal(err)
		}
		if got := e.attributes.known.size.Load(); got != 1 || len(e.attributes.looks) != 0 {
			t.Errorf("%d documents are remembered and %d looks, want one and none", got, len(e.attributes.looks))
		}
		<-time.After(attributesTTL + sweepEvery)
		if got := e.attributes.known.size.Load(); got != 0 {
			t.Errorf("%d documents are remembered after all expired", got)
		}
	})
}
