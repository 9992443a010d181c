package runtime

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"

	"github.com/secretsgen/secretsgen/runtime/audit"
	"github.com/secretsgen/secretsgen/runtime/caller"
	"github.com/secretsgen/secretsgen/runtime/internal/fake"
	"github.com/secretsgen/secretsgen/runtime/pep"
	"github.com/secretsgen/secretsgen/runtime/settings"
	"github.com/secretsgen/secretsgen/runtime/uri"
)

// Client resolves references of one tenant: through one enforcement point, to
// the providers that its program passed. It is safe for concurrent use. Make it
// with [New] or with a generated Open, and [Client.Close] it.
type Client struct {
	// A function, so that a printer that follows pointers finds an address and
	// neither settings nor what providers and PDP log in with.
	core func() *core
}

// core is what a client is made of.
type core struct {
	enforcer *pep.Enforcer
	shared   pep.SharedStore // nil: there is none
	closePDP func()          // nil: nothing to give back
	trail    *audit.Trail
	salt     uri.Salt
	tenant   string
	workload *caller.Bound // nil: contexts without a caller are refused
	fakes    fake.Values   // nil: every value is a stored one, as in all services
	profile  string        // chooses among the references of a declaration
	declared bool          // New was passed declarations, and has checked the profile
	scope    uri.Scope     // what a reference may name; mounts are the guard's
	logger   *slog.Logger
	gate     *gate

	mu     sync.Mutex
	stores map[string]*store // by scheme
	opener storeOpener

	closeOnce sync.Once // of everything but the trail
	unclosed  error     // what could not be closed then
}

// made reports whether New made the client.
func (c *Client) made() bool { return c != nil && c.core != nil }

// enter begins what [Client.Close] waits for. Who gets no error must call
// gate.leave.
func (c *Client) enter(ctx context.Context) (*core, error) {
	switch {
	case !c.made():
		return nil, errUnbound
	case ctx == nil:
		return nil, errNoContext
	}
	k := c.core()
	if !k.gate.enter() {
		return nil, ErrClosed
	}
	return k, nil
}

// Parse parses a reference that the program learned at run time, for [Resolve].
// Mounts are checked when it is read. The error is a [*URIError].
func (c *Client) Parse(ref string) (uri.URI, error) {
	if !c.made() {
		return uri.URI{}, errUnbound
	}
	return uri.Parse(ref, c.core().scope)
}

// Flush waits until every event recorded so far has been offered to the audit
// sinks and those that write behind have flushed it, or until ctx ends, whose
// error it then returns. Under fail_closed it waits until they have taken it.
// Programs that are
// frozen between requests call it before they answer. It must not be called from
// a sink of the same client, which would wait for itself.
func (c *Client) Flush(ctx context.Context) error {
	if !c.made() {
		return errUnbound
	}
	return c.core().trail.Flush(ctx)
}

// AuditStats counts what has become of audit events so far, sink by sink.
func (c *Client) AuditStats() audit.Stats {
	if !c.made() {
		return audit.Stats{}
	}
	return c.core().trail.Stats()
}

// Close refuses further reads, waits for those under way, flushes the audit
// trail and gives back what providers and PDP hold, all within ctx. The error
// says what could not be finished or closed, and how many audit events were lost
// over the life of the client. Closing twice is harmless: what ctx cut short
// the first time is waited for. It must not be called from a provider, PDP, sink
// or hook of the same client.
func (c *Client) Close(ctx context.Context) error {
	if !c.made() {
		return nil
	}
	k := c.core()
	k.gate.shut()
	unfinished := k.gate.wait(ctx)
	if unfinished != nil {
		unfinished = fmt.Errorf("secretsgen: reads are still under way: %w", unfinished)
	}
	k.closeOnce.Do(func() {
		k.unclosed = k.closeParts(ctx)
		k.opener.notices.into(nil)
	})
	lost := k.trail.Close(ctx)
	k.observers().closeAfter(k.trail.Closed())
	return errors.Join(unfinished, k.unclosed, lost)
}

// observers are who watches the client, or nil.
func (k *core) observers() *observers { return k.opener.observers }

// closeParts closes everything but the trail, as far as it has been made.
func (k *core) closeParts(ctx context.Context) error {
	if k.enforcer != nil {
		k.enforcer.Close()
	}
	if k.closePDP != nil {
		k.closePDP()
	}
	var unclosed error
	if k.shared != nil && !safely(func() error { return k.shared.Close(ctx) }) {
		unclosed = errors.New("secretsgen: the shared store could not be closed")
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	return errors.Join(unclosed, closeStores(ctx, k.stores))
}

// store returns the provider of a scheme, and makes it if the declarations did
// not already.
func (k *core) store(ctx context.Context, scheme string) (*store, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if s, ok := k.stores[scheme]; ok {
		return s, nil
	}
	if k.gate.isShut() {
		return nil, ErrClosed
	}
	s, problems := k.opener.open(ctx, scheme)
	if len(problems) > 0 {
		return nil, settings.NewError(problems)
	}
	k.stores[scheme] = s
	return s, nil
}
