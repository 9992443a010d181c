package runtime

import (
	"cmp"
	"context"
	"fmt"
	"log/slog"
	"slices"

	"github.com/secretsgen/secretsgen/runtime/audit"
	"github.com/secretsgen/secretsgen/runtime/internal/fake"
	"github.com/secretsgen/secretsgen/runtime/observe"
	"github.com/secretsgen/secretsgen/runtime/pep"
	"github.com/secretsgen/secretsgen/runtime/providers"
	"github.com/secretsgen/secretsgen/runtime/settings"
)

// New makes a client. It reads no secret and opens no connection; it reads the
// policy file, and opens the files and the spool of the audit trail once
// everything else is in order. With a shared store (SECRETS_STORE_URL) it first
// reaches that, within 5 s: nothing could be read without it.
//
// Everything that is missing or that does not fit comes back at once in a
// [*ConfigError], each with its remedy: the settings, and what the declarations
// passed with [Declared] need. A setting that asks for something that was not
// passed is such a problem too; in development an audit sink that was not
// passed is a warning instead.
func New(ctx context.Context, cfg Config, ext ...Extension) (*Client, error) {
	b := newBuilder(cfg)
	b.take(ext)
	b.environment()
	k := &core{
		salt:     b.salt(),
		tenant:   cfg.TenantID,
		fakes:    b.fakes,
		profile:  cfg.Profile,
		declared: b.declared,
		scope:    b.scope(),
		logger:   b.logger,
		gate:     b.opener.gate,
		stores:   map[string]*store{},
		opener:   b.opener,
	}
	b.shared(ctx, k)
	b.enforcer(k, b.mounts(k), b.pdp(k))
	b.profile()
	b.limits()
	b.stores(ctx, k)
	b.attributes(k)
	b.standIns()
	sinks := b.sinks()
	err := settings.NewError(b.problems)
	if err == nil {
		err = k.reach(ctx)
	}
	if err == nil {
		k.trail, err = b.openTrail(ctx, sinks, k.salt)
	}
	if err != nil {
		_ = k.closeParts(ctx)
		return nil, err
	}
	b.opener.notices.into(k.trail)
	k.observers().open(k)
	return &Client{core: func() *core { return k }}, nil
}

// builder collects what New was given and what is wrong with it.
type builder struct {
	cfg      Config
	logger   *slog.Logger
	problems []settings.Problem

	opener       storeOpener
	sinkTypes    []audit.Factory
	enforcement  pep.Extension
	storeTypes   []pep.StoreFactory
	declarations []Declaration // of all packages, as they were passed
	declared     bool          // some were, though the list may be empty
	fakes        fake.Values
}

func newBuilder(cfg Config) *builder {
	logger := cmp.Or(cfg.Logger, slog.Default())
	return &builder{
		cfg:       cfg,
		logger:    logger,
		sinkTypes: audit.Builtin(),
		opener: storeOpener{
			settings:    cfg.Settings,
			development: cfg.Development(),
			logger:      logger,
			gate:        newGate(),
			notices:     &notices{tenant: cfg.TenantID, logger: logger},
		},
	}
}

func (b *builder) report(name, detail string) {
	b.problems = append(b.problems, settings.Problem{Name: name, Detail: detail})
}

// take sorts the extensions by the room they come from.
func (b *builder) take(ext []Extension) {
	for _, e := range ext {
		switch e := e.(type) {
		case nil:
			b.report("runtime.New", "was passed a nil extension")
		case providers.Factory:
			b.takeProvider(e)
		case audit.Factory:
			b.takeSink(e)
		case pep.Extension:
			if err := b.enforcement.Merge(e); err != nil {
				b.report("runtime.New", err.Error())
			}
		case observe.Extension:
			b.takeObservers(e)
		case pep.StoreFactory:
			if b.storeTypes = append(b.storeTypes, e); len(b.storeTypes) == 2 {
				b.report("runtime.New", "was passed two shared stores: keep one")
			}
		case declared:
			b.declarations, b.declared = append(b.declarations, e...), true
		case fake.Values:
			b.takeFakes(e)
		default:
			b.report("runtime.New", fmt.Sprintf("was passed %s, which is no extension it knows: bring the modules to one version", e.ExtensionName()))
		}
	}
}

// takeSink takes a factory, of which each name has one; a built-in one can be
// replaced.
func (b *builder) takeSink(f audit.Factory) {
	at := b.sinkType(f.Name)
	switch {
	case at < 0:
		b.sinkTypes = append(b.sinkTypes, f)
	case f.Replaces && !b.sinkTypes[at].Replaces:
		b.sinkTypes[at] = f
	default:
		b.report("runtime.New", "was passed a second audit sink "+f.Name+": keep one")
	}
}

// takeProvider takes a factory. One scheme has one provider: with two, the
// order of the arguments would say where a credential comes from.
func (b *builder) takeProvider(f providers.Factory) {
	for _, other := range b.opener.factories {
		for _, scheme := range f.Schemes {
			if other.Package != f.Package && slices.Contains(other.Schemes, scheme) {
				b.report(scheme, "has two providers, "+other.Package+" and "+f.Package+": pass one to runtime.New")
			}
		}
	}
	b.opener.factories = append(b.opener.factories, f)
}
