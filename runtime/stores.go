package runtime

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/secretsgen/secretsgen/runtime/providers"
	"github.com/secretsgen/secretsgen/runtime/settings"
	"github.com/secretsgen/secretsgen/runtime/uri"
)

// store is one provider under one scheme. It holds functions and not the
// provider or what is kept of it, so that a reflective printer comes across
// neither credentials nor values.
type store struct {
	scheme       string
	local        bool // nothing that is read travels
	read         readFunc
	readWrapped  wrappedFunc  // nil: it can't wrap
	readMetadata metadataFunc // nil: it can't without the value
	keep         keepFunc
	close        func(context.Context) error
}

// What a store is asked. The errors are those of a provider, or that of the
// context.
type (
	readFunc     func(context.Context, providers.Location) (providers.Document, error)
	wrappedFunc  func(context.Context, providers.Location, time.Duration) (providers.Document, error)
	metadataFunc func(context.Context, providers.Location) (providers.Metadata, error)
	// keepFunc has a document kept from now on, and returns what looks for one
	// that is younger than the limit.
	keepFunc func(at providers.Location, limit time.Duration) keptFunc
	keptFunc func(now time.Time) (providers.Document, bool)
)

// newStore makes the store of a provider. Reads of a local one are not shared:
// that would cost more than they do.
func newStore(p providers.Provider, c calls, g *gate) *store {
	shelf, read := &shelf{}, c.read(p.Read)
	shared := newFlights(read, shelf, g)
	s := &store{scheme: c.scheme, local: c.local, read: shared.fetch, keep: shelf.reserve}
	if c.local {
		s.read = shelf.fetch(read)
	}
	if reader, ok := p.(providers.MetadataReader); ok {
		s.readMetadata = c.readMetadata(reader.ReadMetadata)
	}
	if wrapper, ok := p.(providers.Wrapper); ok {
		shared.readWrapped = c.readWrapped(wrapper.ReadWrapped)
		s.readWrapped = shared.fetchWrapped
	}
	closer, _ := p.(providers.Closer)
	s.close = func(ctx context.Context) error {
		shelf.close()
		shared.crew.dismiss()
		if closer == nil {
			return nil
		}
		return closer.Close(ctx)
	}
	return s
}

// closeStores closes every store, and keeps the texts of their errors, which
// could hold an address, to itself.
func closeStores(ctx context.Context, stores map[string]*store) error {
	var failures []error
	for _, scheme := range slices.Sorted(maps.Keys(stores)) {
		if !safely(func() error { return stores[scheme].close(ctx) }) {
			failures = append(failures, fmt.Errorf("secretsgen: the provider of %s could not be closed", scheme))
		}
	}
	return errors.Join(failures...)
}

// safely reports whether do neither failed nor panicked. What it said could
// hold anything.
func safely(do func() error) (ok bool) {
	defer func() {
		if recover() != nil {
			ok = false
		}
	}()
	return do() == nil
}

// storeOpener makes stores from the factories that a program passed.
type storeOpener struct {
	factories   []providers.Factory
	settings    settings.Source
	development bool
	logger      *slog.Logger
	gate        *gate
	notices     *notices
	observers   *observers
}

const providerPath = "github.com/secretsgen/secretsgen/runtime/providers/"

// packageOf names the package below providerPath that serves a scheme, or is
// empty for a third party's.
func packageOf(scheme string) string {
	base, _ := uri.BaseScheme(scheme)
	if strings.HasSuffix(base, "+kv2") {
		return "kv2"
	}
	return base
}

// open makes the provider of a scheme. It reads no secret and opens no
// connection; what is wrong comes back as problems.
func (o storeOpener) open(ctx context.Context, scheme string) (*store, []settings.Problem) {
	factory, ok := o.factory(scheme)
	if !ok {
		detail := "is named by a reference, and no provider for it was passed to runtime.New"
		if name := packageOf(scheme); name != "" {
			detail += ": pass " + name + ".Provider() of " + providerPath + name
		}
		return nil, []settings.Problem{{Name: scheme, Detail: detail}}
	}
	c := calls{observers: o.observers, scheme: scheme, local: factory.Local}
	remotes := o.observers
	if factory.Local {
		remotes = nil
	}
	name, _, _ := strings.Cut(scheme, "+")
	in := providers.Instance{
		Scheme:      scheme,
		Name:        name,
		Settings:    o.settings,
		Development: o.development,
		Logger:      o.logger,
		Notify:      o.notices.from(scheme, remotes),
		Observe:     c.within(),
	}
	var provider providers.Provider
	var err error
	made := safely(func() error {
		provider, err = factory.Open(ctx, in)
		return err
	})
	if made && provider != nil {
		remotes.remote(scheme)
		return newStore(provider, c, o.gate), nil
	}
	if config, ok := errors.AsType[*settings.Error](err); ok {
		return nil, config.Problems
	}
	return nil, []settings.Problem{{Name: scheme, Detail: "its provider " + factory.Package + " could not be made from the settings"}}
}

// factory finds who serves a scheme: a stand-in first, then the factory of the
// scheme itself, then the one of the scheme it is an instance of.
func (o storeOpener) factory(scheme string) (providers.Factory, bool) {
	for _, f := range o.factories {
		if f.StandsIn != nil && slices.Contains(f.StandsIn(o.settings), scheme) {
			return f, true
		}
	}
	base, _ := uri.BaseScheme(scheme)
	for _, candidate := range []string{scheme, base} {
		for _, f := range o.factories {
			if slices.Contains(f.Schemes, candidate) {
				return f, true
			}
		}
	}
	return providers.Factory{}, false
}

// schemes lists every scheme that a factory serves under its own name.
func (o storeOpener) schemes() []string {
	var all []string
	for _, f := range o.factories {
		all = append(all, f.Schemes...)
	}
	return all
}
