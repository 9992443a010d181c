package cedar

import (
	"context"
	"crypto/rand"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"github.com/cedar-policy/cedar-go"

	"github.com/secretsgen/secretsgen/runtime/pep"
)

// PDP decides by the policies of one file. It implements [pep.PDP] and
// [pep.Versioned] and is safe for concurrent use.
type PDP struct {
	path     string
	onReload func(error)
	idPrefix string
	idCount  atomic.Uint64

	inForce  atomic.Pointer[policies]
	opened   time.Time
	lookNext atomic.Int64 // nanoseconds after opened

	mu      sync.Mutex // held while the file is loaded
	seen    stamp      // of the last file that was parsed, broken ones included
	failure string     // of the last load, empty if it succeeded
}

// Option is an option of [Open].
type Option func(*PDP)

// OnReload passes a function that hears when a changed file was loaded, with
// nil, and when it could not be, once for each failure, with an [*Error]; the
// policies that were in force then stay. It runs in the goroutine of some
// question and holds that one up. Errors of [PDP.Reload] are not repeated to it.
func OnReload(hear func(err error)) Option {
	return func(p *PDP) { p.onReload = hear }
}

// Open loads the policies of a file of at most 1 MiB. The error is an [*Error]
// with everything that is wrong, by line and column.
func Open(path string, opts ...Option) (*PDP, error) {
	p := &PDP{
		path:     path,
		onReload: func(error) {},
		idPrefix: "cedar-" + rand.Text()[:8] + "-",
		opened:   time.Now(),
	}
	for _, opt := range opts {
		opt(p)
	}
	p.lookNext.Store(int64(lookEvery))
	if err := p.Reload(); err != nil {
		return nil, err
	}
	return p, nil
}

// Decide evaluates the policies in force; it implements [pep.PDP]. The reasons
// are the ids of the policies that decided. The only error is that of a context
// that has ended.
func (p *PDP) Decide(ctx context.Context, req pep.Request) (pep.Decision, error) {
	if err := ctx.Err(); err != nil {
		return pep.Decision{}, err
	}
	p.look()
	inForce := p.inForce.Load()
	request, entities := question(req)
	effect, diagnostic := cedar.Authorize(inForce, entities, request)
	decision := pep.Decision{
		ID:            p.idPrefix + strconv.FormatUint(p.idCount.Add(1), 10),
		PolicyVersion: inForce.version,
	}
	if len(diagnostic.Errors) > 0 {
		for _, failed := range diagnostic.Errors {
			decision.Reasons = append(decision.Reasons, "error: "+string(failed.PolicyID))
		}
		return decision, nil
	}
	decision.Permit = effect == cedar.Allow
	for _, reason := range diagnostic.Reasons {
		decision.Reasons = append(decision.Reasons, string(reason.PolicyID))
		decision.Obligations = strictest(decision.Obligations, inForce.limits[reason.PolicyID])
	}
	return decision, nil
}

// PolicyVersion is a short hash of the policies in force; it implements
// [pep.Versioned]. It looks at the file like [PDP.Decide], so that a grant
// which depends on the version ends soon after the file has changed.
func (p *PDP) PolicyVersion() string {
	p.look()
	return p.inForce.Load().version
}
