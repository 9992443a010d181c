package runtime

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/secretsgen/secretsgen/runtime/observe"
	"github.com/secretsgen/secretsgen/runtime/pep"
	"github.com/secretsgen/secretsgen/runtime/providers"
)

// loadParallel bounds the documents that one Load reads side by side.
const loadParallel = 8

// Loaded is every document of a set, read once, on its way into the generated
// struct of values. It is for the goroutine that called [Set.Load].
type Loaded struct {
	ctx      context.Context // of the same call: Take records its reads under it
	start    time.Time
	readings map[*target]*reading
	failures []error
}

// reading is what became of one secret before it is decoded.
type reading struct {
	permit pep.Permit
	got    func() fetched // hidden from printers like the value of a Secret
}

// Load authorizes every secret of the set in one batch, spends one use of each
// grant and reads each document once, however many keys of it are declared
// (DESIGN section 3). Every refusal comes back, joined, and then nothing is
// read.
func (s *Set) Load(ctx context.Context) (*Loaded, error) {
	k, err := s.client.enter(ctx)
	if err != nil {
		return nil, err
	}
	defer k.gate.leave()
	start := time.Now()
	ctx, running := k.observers().begin(ctx, observe.Load, observe.About{Items: len(s.targets)}, start)
	defer running.end()
	loaded := &Loaded{ctx: ctx, start: start, readings: make(map[*target]*reading, len(s.targets))}
	var refusals []error
	for i, result := range k.enforcer.AuthorizeAll(ctx, declarations(s.targets)) {
		t := s.targets[i]
		if err := k.admit(ctx, t, result.Permit, result.Err, loaded.start); err != nil {
			refusals = append(refusals, err)
			continue
		}
		loaded.readings[t] = &reading{permit: result.Permit}
	}
	if len(refusals) > 0 {
		running.became(told(pep.Permit{}, ending{}, refusals[0]))
		return nil, errors.Join(refusals...)
	}
	readAll(ctx, loaded.readings)
	running.became(told(pep.Permit{}, ending{}, loaded.failure(s.targets)))
	return loaded, nil
}

// failure is the first failure of a provider, nil if there is none. That nothing
// is there is none yet: the declaration may allow that.
func (l *Loaded) failure(targets []*target) error {
	for _, t := range targets {
		err := l.readings[t].got().err
		if _, nothing := errors.AsType[*SecretNotFoundError](err); err != nil && !nothing {
			return t.about(err)
		}
	}
	return nil
}

// document is what tells one read of a provider from another.
type document struct {
	store    *store
	location providers.Location
	wrapped  *target // a wrapped document is read for one declaration alone
}

// readAll fills the readings, one provider read a document. Each goroutine
// writes to the readings of its own document.
func readAll(ctx context.Context, readings map[*target]*reading) {
	sharers := map[document][]*target{}
	for t, r := range readings {
		d := document{store: t.store, location: t.location}
		if t.wrapped(r.permit) > 0 {
			d.wrapped = t
		}
		sharers[d] = append(sharers[d], t)
	}
	var (
		wg   sync.WaitGroup
		room = make(chan struct{}, loadParallel)
	)
	for _, targets := range sharers {
		room <- struct{}{}
		wg.Go(func() {
			got := fetched{err: unanswered()} // unless the provider returns
			defer func() {
				for _, t := range targets {
					readings[t].got = func() fetched { return got }
				}
				<-room
			}()
			got = fetchFor(ctx, targets, readings[targets[0]].permit)
		})
	}
	wg.Wait()
}

// fetchFor gets the document of several declarations: one for all of them, so
// that what is kept will do if it is young enough for each.
func fetchFor(ctx context.Context, targets []*target, permit pep.Permit) fetched {
	for _, t := range targets[1:] {
		if _, ok := t.lookUp(); !ok {
			doc, err := t.store.read(ctx, t.location)
			return fetched{doc: doc, err: err}
		}
	}
	return targets[0].fetch(ctx, permit)
}

// Take decodes the secret of a handle out of what was loaded. What fails is
// kept for [Loaded.Err].
func Take[T any](l *Loaded, h Handle[T]) Secret[T] {
	secret, err := take(l, h)
	l.failures = append(l.failures, err) // those that are nil don't count
	return secret
}

func take[T any](l *Loaded, h Handle[T]) (Secret[T], error) {
	r, ok := l.readings[h.target]
	if !ok {
		return Secret[T]{}, errUnbound
	}
	k, err := h.target.client.enter(l.ctx)
	if err != nil {
		return Secret[T]{}, err
	}
	defer k.gate.leave()
	secret, _, err := unseal(l.ctx, k, h.target, r.permit, r.got(), h.decode, l.start)
	return secret, err
}

// Err joins everything that could not be read or decoded, or is nil.
func (l *Loaded) Err() error { return errors.Join(l.failures...) }
