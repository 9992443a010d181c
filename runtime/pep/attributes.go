package pep

import (
	"context"
	"errors"
	"hash/maphash"
	"sync"
	"time"
	"unicode/utf8"

	"github.com/secretsgen/secretsgen/runtime/uri"
)

// ErrNoDocument is what [Config.Attributes] returns, possibly wrapped, for a
// document that is not there, deleted or destroyed. It has no attributes, and is
// looked for again after a second.
var ErrNoDocument = errors.New("secretsgen: there is no such document")

const (
	attributesTTL    = time.Minute // less up to attributesJitter of it
	attributesJitter = 0.2
	attributesRetry  = time.Second // what keeps the store from being asked again after a failure

	attributesWorkers = 16  // documents looked at side by side
	attributeLimit    = 512 // bytes, which is what KV stores take as an entry of custom metadata
)

// attributes are what the stores of secrets tell about documents, for the PDP:
// remembered by document and not by who asks, and looked at once for all who wait.
type attributes struct {
	read  func(context.Context, uri.URI) (map[string]string, error)
	known *table[document, learned]
	slots chan struct{}

	mu    sync.Mutex
	looks map[document]*look
}

// document is what attributes belong to: a reference without its key.
type document struct {
	scheme, mount, path string
	version             int
}

func documentOf(ref uri.URI) document {
	return document{ref.Scheme(), ref.Mount(), ref.Path(), ref.Version()}
}

// learned is what a look brought. It is not ok if the attributes could not be had.
type learned struct {
	attributes ResourceAttributes
	ok         bool
}

// look is one that is under way. What it brought is there once done is closed.
type look struct {
	done    chan struct{}
	brought learned
}

func newAttributes(cfg Config) *attributes {
	if cfg.Attributes == nil {
		return nil
	}
	return &attributes{
		read:  cfg.Attributes,
		known: newTable[document, learned](cfg.Capacities.Attributes, cfg.Capacities.Share),
		slots: make(chan struct{}, attributesWorkers),
		looks: map[document]*look{},
	}
}

// describe puts into a question what the store tells about its document. The
// reason is not empty if the question must not be asked: without the attributes
// the PDP would decide about something else. Nobody looks for a PDP that is not
// asked.
func (e *Enforcer) describe(ctx context.Context, a *attempt, req *Request) Reason {
	if e.attributes == nil {
		return ""
	}
	if e.pdp.breaker.isOpen() {
		return ReasonBreakerOpen
	}
	found := e.learn(ctx, a)
	if !found.ok {
		return ReasonAttributes
	}
	req.Context.ResourceAttributes = &found.attributes
	return ""
}

// learn waits for what is known of a document, for as long as for an answer of
// the PDP at the most. A look goes on without who waited for it, for the next one.
func (e *Enforcer) learn(ctx context.Context, a *attempt) learned {
	ctx, cancel := context.WithTimeout(ctx, e.pdp.timeout)
	defer cancel()
	t, d := e.attributes, documentOf(a.declared.declaration.Ref)
	hash := maphash.Comparable(e.seed, d)
	t.mu.Lock()
	if n := t.known.find(hash, d, e.clock.now()); n != nil {
		t.mu.Unlock()
		return n.value
	}
	l := t.looks[d]
	if l == nil && ctx.Err() != nil {
		t.mu.Unlock()
		return learned{}
	}
	if l == nil {
		l = &look{done: make(chan struct{})}
		t.looks[d] = l
		n := newEntry[document, learned](hash, d, subjectOf(e.seed, a.key.Identity), 0)
		go e.look(context.WithoutCancel(ctx), l, n, a.declared.declaration.Ref)
	}
	t.mu.Unlock()
	select {
	case <-l.done:
		return l.brought
	case <-ctx.Done():
		return learned{}
	}
}

// look asks the store, and fills in n with what to remember.
func (e *Enforcer) look(ctx context.Context, l *look, n *entry[document, learned], ref uri.URI) {
	ctx, cancel := context.WithTimeout(ctx, e.flightTime())
	defer cancel()
	t, start := e.attributes, e.clock.now()
	select {
	case t.slots <- struct{}{}:
		custom, err := t.ask(ctx, ref)
		lifetime := attributesRetry
		switch {
		case err == nil:
			l.brought = pick(custom)
			lifetime = attributesTTL - time.Duration(e.random()*attributesJitter*float64(attributesTTL))
		case errors.Is(err, ErrNoDocument):
			l.brought.ok = true
		}
		if !l.brought.ok {
			start, lifetime = e.clock.now(), attributesRetry
			e.hooks.storeFailed(StoreMetadata, "attributes")
		}
		n.value = l.brought
		n.until.Store(after(start, lifetime))
		t.known.replace(n, e.clock.now())
	case <-ctx.Done(): // the store was not asked, and nothing is known of it
	}
	t.mu.Lock()
	delete(t.looks, n.key)
	t.mu.Unlock()
	close(l.done)
}

// errUnread stands for whatever a store says: it could hold anything.
var errUnread = errors.New("secretsgen: no attributes")

// ask holds a slot until the store has answered. One that ignores the end of
// ctx is left behind with it: so many can hang, and no more.
func (t *attributes) ask(ctx context.Context, ref uri.URI) (map[string]string, error) {
	type answer struct {
		custom map[string]string
		err    error
	}
	answered := make(chan answer, 1)
	go func() {
		a := answer{err: errUnread} // stands if read panics or exits
		defer func() {
			_ = recover()
			<-t.slots
			answered <- a
		}()
		custom, err := t.read(ctx, ref)
		a = answer{custom, err}
	}()
	select {
	case a := <-answered:
		return a.custom, a.err
	case <-ctx.Done():
		return nil, errUnread
	}
}

// pick takes the three attributes out of custom metadata. One that could not be
// sent as it is makes none known: a PDP that went by its absence, or by a part of
// it, would be misled.
func pick(custom map[string]string) learned {
	var l learned
	for name, to := range map[string]*string{
		"owner":      &l.attributes.Owner,
		"created_by": &l.attributes.CreatedBy,
		"created_at": &l.attributes.CreatedAt,
	} {
		text := custom[name]
		if len(text) > attributeLimit || !utf8.ValidString(text) {
			return learned{}
		}
		*to = text
	}
	l.ok = true
	return l
}
