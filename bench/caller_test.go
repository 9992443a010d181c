package bench

import (
	"context"
	"fmt"
	"time"

	"github.com/secretsgen/secretsgen/runtime/caller"
	"github.com/secretsgen/secretsgen/runtime/pep"
)

const (
	tenant  = "test"
	endless = 1 << 40 // uses of a grant
)

// request is an inbound request of a caller with everything that a use is
// checked against: an audience, an expiry, a token bound to a DPoP key, and a
// proof.
func request(ctx context.Context, number int) context.Context {
	return caller.NewContext(ctx, caller.Caller{
		Issuer:    "https://issuer.test",
		Subject:   fmt.Sprintf("service-%d", number),
		ClientID:  "bench",
		Tenant:    tenant,
		Audience:  []string{"crud.secrets"},
		TokenID:   fmt.Sprintf("canary-token-%d", number),
		ProofID:   fmt.Sprintf("canary-proof-%d", number),
		JKT:       "0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I",
		ExpiresAt: time.Now().Add(24 * time.Hour),
	})
}

// permit is a PDP that grants everything for as long as a benchmark runs.
type permit struct{}

// Decide implements [pep.PDP].
func (permit) Decide(context.Context, pep.Request) (pep.Decision, error) {
	return pep.Decision{
		Permit:      true,
		ID:          "bench",
		Obligations: pep.Obligations{MaxUses: endless, TTL: time.Hour},
	}, nil
}
