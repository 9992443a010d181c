package bench

import (
	"context"
	"fmt"
	"testing"

	"github.com/secretsgen/secretsgen/bench/internal/paired"
	"github.com/secretsgen/secretsgen/runtime/pep"
	"github.com/secretsgen/secretsgen/runtime/uri"
)

// BenchmarkAuthorize is the whole enforcement of a live grant for a DPoP-bound
// caller, beside 12 loads of a sync.Map: a ratio of 1 or less is the target.
// With two cores it is compared with itself on one, each core with half
// of the grants for its own: 1.7 times the throughput is the target, and the loads
// tell what the machine has to give. Of two grants each core has one, and nothing
// but the enforcer can be in the way; a thousand do not stay in a core's cache.
func BenchmarkAuthorize(b *testing.B) {
	const block = 250
	cached := newLoads()
	for _, grants := range []int{1, 1000} {
		b.Run(fmt.Sprintf("grants=%d/cores=1", grants), func(b *testing.B) {
			uses := newUses(b, grants)
			paired.Bench(b, paired.Sides{
				Subject:  func(n int) error { return uses.run(0, n) },
				Baseline: func(n int) error { return cached.run(0, n) },
				Block:    block,
			})
		})
	}
	for _, grants := range []int{2, 128, 1000} {
		b.Run(fmt.Sprintf("grants=%d/cores=2", grants), func(b *testing.B) {
			halves := newUses(b, grants).halves()
			onTwoCores(b, 16*block, func(which, n int) error { return halves[which].run(0, n) })
		})
	}
	b.Run("loads=12/cores=2", func(b *testing.B) {
		onTwoCores(b, 16*block, func(which, n int) error { return cached.run(which*500, n) })
	})
}

// uses are live grants, each of another caller and declaration.
type uses struct {
	enforcer     *pep.Enforcer
	requests     []context.Context
	declarations []*pep.Declared
}

func newUses(b *testing.B, grants int, changes ...func(*pep.Config)) *uses {
	b.Helper()
	mounts := []string{"secret"}
	cfg := pep.Config{
		TenantID: tenant,
		Mounts:   func() []string { return mounts },
		PDP:      permit{},
		Limits:   pep.Limits{MaxUsesMax: endless},
	}
	for _, change := range changes {
		change(&cfg)
	}
	enforcer, err := pep.New(cfg)
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(enforcer.Close)
	u := &uses{enforcer: enforcer}
	for i := range grants {
		u.requests = append(u.requests, request(b.Context(), i))
		u.declarations = append(u.declarations, declare(b, fmt.Sprintf("service/app-%d", i)))
	}
	if err := u.run(0, grants); err != nil { // makes every grant live
		b.Fatal(err)
	}
	return u
}

func declare(b *testing.B, path string) *pep.Declared {
	b.Helper()
	ref, err := uri.Parse("openbao+kv2://secret/"+path+"#token", uri.Scope{AnyMount: true})
	if err != nil {
		b.Fatal(err)
	}
	return pep.Declare(pep.Declaration{Ref: ref, Accessor: "token"})
}

// halves are the first of the grants and the others, for one core each.
func (u *uses) halves() [2]*uses {
	half := len(u.requests) / 2
	return [2]*uses{
		{u.enforcer, u.requests[:half], u.declarations[:half]},
		{u.enforcer, u.requests[half:], u.declarations[half:]},
	}
}

// run spends n uses, of each grant in turn from the one numbered first on.
func (u *uses) run(first, n int) error {
	i := first
	for range n {
		if _, err := u.enforcer.Authorize(u.requests[i], u.declarations[i]); err != nil {
			return err
		}
		if i++; i == len(u.requests) {
			i = 0
		}
	}
	return nil
}
