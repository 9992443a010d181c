package runtime

import (
	"cmp"
	"context"
	"errors"
	"time"

	"github.com/secretsgen/secretsgen/runtime/observe"
	"github.com/secretsgen/secretsgen/runtime/pep"
	"github.com/secretsgen/secretsgen/runtime/uri"
)

// Preflight asks the PDP about every secret of the set at once, without
// reading any and without spending a use. The error joins those of every secret
// that could not be read now; nil means that each would be granted. A secret that
// may be absent is asked about like the others: that it may be absent does not
// mean that it may be denied.
func (s *Set) Preflight(ctx context.Context) error {
	k, err := s.client.enter(ctx)
	if err != nil {
		return err
	}
	defer k.gate.leave()
	return errors.Join(k.preflight(ctx, s.targets)...)
}

// Preflight asks the PDP about any set of references, parsed with
// [Client.Parse], at once, as [Set.Preflight] does about those of a package: in
// one question where the PDP takes many, and otherwise in single ones, a bounded
// number side by side. Each grant is one of its own, for [Resolve] to spend.
//
// Refused is what could not be read now, each with its reason. The error joins
// the reasons of the required ones; that an optional one is refused is no error.
func (c *Client) Preflight(ctx context.Context, required []uri.URI, optional ...uri.URI) (refused map[uri.URI]error, err error) {
	k, err := c.enter(ctx)
	if err != nil {
		return nil, err
	}
	defer k.gate.leave()
	refused = map[uri.URI]error{}
	var targets []*target
	for _, refs := range [][]uri.URI{required, optional} {
		for _, ref := range refs {
			if ref.IsZero() {
				return nil, errNoReference
			}
			s, err := k.store(ctx, ref.Scheme())
			if err != nil {
				refused[ref] = err
				continue
			}
			targets = append(targets, newTarget(c, s, "", ref))
		}
	}
	for i, err := range k.preflight(ctx, targets) {
		if err != nil {
			refused[targets[i].declaration.Ref] = err
		}
	}
	var failures []error
	for _, ref := range required {
		failures = append(failures, refused[ref]) // those that are nil don't count
	}
	return refused, errors.Join(failures...)
}

// preflight asks about all targets, records what was decided and returns an
// error for each, nil where it would be granted.
func (k *core) preflight(ctx context.Context, targets []*target) []error {
	start, errs := time.Now(), make([]error, len(targets))
	ctx, running := k.observers().begin(ctx, observe.Preflight, observe.About{Items: len(targets)}, start)
	defer running.end()
	for i, result := range k.enforcer.Preflight(ctx, declarations(targets)) {
		errs[i] = k.recordDecision(ctx, targets[i], result.Permit, result.Err, start)
	}
	running.became(told(pep.Permit{}, ending{}, cmp.Or(errs...)))
	return errs
}

func declarations(targets []*target) []*pep.Declared {
	all := make([]*pep.Declared, len(targets))
	for i, t := range targets {
		all[i] = t.declared
	}
	return all
}
