package secretstest

import (
	"context"
	"slices"
	"strconv"
	"sync"

	"github.com/secretsgen/secretsgen/runtime/pep"
)

// decider is a PDP that does what the test says. The zero decider permits.
type decider struct {
	mu          sync.Mutex
	count       int
	denyAll     bool
	denied      []string
	reason      pep.Reason
	obligations pep.Obligations
}

// Decide implements pep.PDP.
func (d *decider) Decide(_ context.Context, req pep.Request) (pep.Decision, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.decide(req)
}

// DecideAll implements pep.BatchPDP.
func (d *decider) DecideAll(_ context.Context, reqs []pep.Request) ([]pep.Decision, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	decisions := make([]pep.Decision, len(reqs))
	for i, req := range reqs {
		decision, err := d.decide(req)
		if err != nil {
			return nil, err
		}
		decisions[i] = decision
	}
	return decisions, nil
}

func (d *decider) decide(req pep.Request) (pep.Decision, error) {
	d.count++
	if d.reason != "" {
		return pep.Decision{}, &pep.PDPUnavailableError{Reason: d.reason}
	}
	decision := pep.Decision{ID: "test-" + strconv.Itoa(d.count), PolicyVersion: "test"}
	if d.denyAll || slices.Contains(d.denied, req.Resource.Accessor) {
		return decision, nil
	}
	decision.Permit = true
	decision.Obligations = d.obligations
	return decision, nil
}

func (d *decider) deny(accessors []string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.denyAll = len(accessors) == 0
	d.denied = append(d.denied, accessors...)
}

func (d *decider) breakFor(reason pep.Reason) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.reason = reason
}

func (d *decider) oblige(o pep.Obligations) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.obligations = o
}

func (d *decider) asked() int {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.count
}
