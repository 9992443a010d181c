package runtime

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"

	"github.com/secretsgen/secretsgen/runtime/audit"
	"github.com/secretsgen/secretsgen/runtime/caller"
	"github.com/secretsgen/secretsgen/runtime/pep"
	"github.com/secretsgen/secretsgen/runtime/providers"
	"github.com/secretsgen/secretsgen/runtime/settings"
	"github.com/secretsgen/secretsgen/runtime/uri"
)

// New makes a client. It reads no secret and opens no connection; it reads the
// policy file, and opens the files of the audit sinks once everything else is
// in order.
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
		salt:   b.salt(),
		tenant: cfg.TenantID,
		scope:  b.scope(),
		logger: b.logger,
		gate:   newGate(),
		stores: map[string]*store{},
		opener: b.opener,
	}
	b.enforcer(k, b.mounts(k), b.pdp(k))
	b.limits()
	b.stores(ctx, k)
	b.standIns()
	sinks := b.sinks()
	err := settings.NewError(b.problems)
	if err == nil {
		k.trail, err = b.openTrail(ctx, sinks)
	}
	if err != nil {
		_ = k.closeParts(ctx)
		return nil, err
	}
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
	declarations []Declaration
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
			if b.sinkType(e.Name) >= 0 {
				b.report("runtime.New", "was passed a second audit sink "+e.Name+": keep one")
			}
			b.sinkTypes = append(b.sinkTypes, e)
		case pep.Extension:
			if err := b.enforcement.Merge(e); err != nil {
				b.report("runtime.New", err.Error())
			}
		case declared:
			b.declarations = append(b.declarations, e...)
		default:
			b.report("runtime.New", fmt.Sprintf("was passed %s, which is no extension it knows: bring the modules to one version", e.ExtensionName()))
		}
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

// environment warns of a value that was meant to be development and is not.
func (b *builder) environment() {
	if b.cfg.Development() {
		return
	}
	switch strings.ToLower(strings.TrimSpace(b.cfg.Environment)) {
	case "dev", "develop", "development", "local", "test", "testing":
		b.logger.Warn("secretsgen: ENVIRONMENT is neither dev nor test, spelled like that: this process runs as production")
	}
}

// salt is the key of resource_ref. Outside development a weak one is refused.
func (b *builder) salt() uri.Salt {
	if len(b.cfg.Salt) == 0 {
		b.report("SECRET_TENANT_SALT", "is not set: generate one with \"openssl rand -base64 32\"")
		return uri.Salt{}
	}
	if !b.cfg.Development() {
		salt, err := uri.NewSalt(b.cfg.Salt)
		if err != nil {
			b.report("SECRET_TENANT_SALT", "is short or a known placeholder: generate one with \"openssl rand -base64 32\"")
		}
		return salt
	}
	salt, err := uri.NewDevelopmentSalt(b.cfg.Salt)
	if err != nil {
		b.logger.Warn("secretsgen: SECRET_TENANT_SALT is short or a known placeholder: accepted in development only")
	}
	return salt
}

// scope is what references may name, by syntax: the schemes that declarations
// use or factories serve. Mounts are the enforcement point's to judge, on every
// read.
func (b *builder) scope() uri.Scope {
	schemes := append(b.declaredSchemes(), b.opener.schemes()...)
	return uri.Scope{Tenant: b.cfg.TenantID, AnyMount: true, Schemes: schemes}
}

func (b *builder) declaredSchemes() []string {
	var schemes []string
	for _, d := range b.declarations {
		if scheme, ok := d.scheme(); ok && !slices.Contains(schemes, scheme) {
			schemes = append(schemes, scheme)
		}
	}
	return schemes
}

// mounts is the tenant's mount map. A declaration that a fixed map can never
// allow is a problem; with a file, the map may still grow.
func (b *builder) mounts(k *core) func() []string {
	if b.cfg.TenantID == "" {
		b.report("TENANT_ID", "is not set: name the tenant that this process works for")
	}
	if b.cfg.MountsFile != "" {
		return b.mountsFromFile(k)
	}
	allowed := slices.Clone(b.cfg.AllowedMounts)
	if len(allowed) == 0 {
		b.report("TENANT_ALLOWED_MOUNTS", "is not set, which allows nothing: list the mounts that references may name")
	}
	for _, d := range b.declarations {
		if ref, err := uri.Parse(d.URI, k.scope); err == nil && len(allowed) > 0 && ref.Guard(allowed) != nil {
			b.report("TENANT_ALLOWED_MOUNTS", "does not hold the mount that "+d.Accessor+" names")
		}
	}
	return func() []string { return allowed }
}

func (b *builder) mountsFromFile(k *core) func() []string {
	const setting = "TENANT_MOUNTS_FILE"
	if len(b.cfg.AllowedMounts) > 0 {
		b.report("TENANT_ALLOWED_MOUNTS", "is a second list of mounts beside "+setting+": keep one")
	}
	file, problem := openMounts(b.cfg.MountsFile, b.cfg.TenantID, func(problem string) {
		if problem != "" {
			k.logger.Warn("secretsgen: " + setting + " " + problem + ": the map that was in force stays")
			k.recordChange(audit.Error, "mounts_broken")
			return
		}
		k.logger.Info("secretsgen: " + setting + " was read again")
		k.recordChange(audit.Allow, "mounts_reloaded")
	})
	if problem != "" {
		b.report(setting, problem)
	}
	return file.mounts
}

// limits checks the settings that need no opening.
func (b *builder) limits() {
	if b.cfg.Profile != "" {
		b.report("SECRETS_PROFILE", "names a profile that no declaration has")
	}
	if b.cfg.StoreURL != "" && b.enforcement.Grants == nil {
		b.report("SECRETS_STORE_URL", "asks for a shared store, and none was passed to runtime.New: pass its extension, or unset it")
	}
	if b.cfg.Replicas > 1 && (b.enforcement.Grants == nil || b.enforcement.Replay == nil) {
		b.report("SECRETS_REPLICAS", "is more than 1, and no shared store was passed to runtime.New: replays and uses could not be counted across processes")
	}
}

// standIns checks what the development store is asked to stand in for: that the
// store was passed, and that each name is a scheme, since a slip would have the
// real server asked.
func (b *builder) standIns() {
	const setting = "YAML_VAULT_FOR"
	if _, ok := b.cfg.Settings.Lookup(setting); !ok {
		return
	}
	passed := false
	for _, f := range b.opener.factories {
		if f.StandsIn == nil {
			continue
		}
		passed = true
		for _, scheme := range f.StandsIn(b.cfg.Settings) {
			if _, known := uri.BaseScheme(scheme); !known && !slices.Contains(b.scope().Schemes, scheme) {
				b.report(setting, "names something that is no scheme: write for instance openbao+kv2")
			}
		}
	}
	if !passed {
		b.report(setting, "asks for the development store, which was not passed to runtime.New: pass yaml.Provider() of "+providerPath+"yaml")
	}
}

// stores makes the providers that the declarations name.
func (b *builder) stores(ctx context.Context, k *core) {
	for _, scheme := range b.declaredSchemes() {
		s, problems := b.opener.open(ctx, scheme)
		if len(problems) > 0 {
			b.problems = append(b.problems, problems...)
			continue
		}
		k.stores[scheme] = s
	}
}

// enforcer makes the enforcement point. Of what it finds wrong, that is new
// which was not reported under the same name before; without a PDP it would
// repeat why there is none.
func (b *builder) enforcer(k *core, mounts func() []string, pdp pep.PDP) {
	grants := b.cfg.Grants
	cfg := pep.Config{
		TenantID:   b.cfg.TenantID,
		Mounts:     mounts,
		Audience:   b.cfg.Audience,
		PDP:        pdp,
		PDPTimeout: b.cfg.PDP.Timeout,
		Limits: pep.Limits{
			TTLDefault:        grants.TTL,
			MaxUsesDefault:    grants.MaxUses,
			TTLMax:            grants.TTLMax,
			MaxUsesMax:        grants.MaxUsesMax,
			NegativeTTL:       max(cmp.Or(grants.NegativeTTL, defaultNegativeTTL), 0),
			ReplayTTL:         grants.ReplayTTL,
			StrictTokenReplay: grants.StrictToken,
		},
		Grants: b.enforcement.Grants,
		Replay: b.enforcement.Replay,
		Hooks:  append([]pep.Hook{breakerAudit{k}}, b.enforcement.Hooks...),
	}
	if b.cfg.Subject != "" {
		cfg.Workload = &caller.Caller{Subject: b.cfg.Subject, Type: caller.Workload, Tenant: b.cfg.TenantID}
		k.workload = caller.Bind(*cfg.Workload)
	}
	enforcer, err := pep.New(cfg)
	if err == nil {
		k.enforcer = enforcer
		return
	}
	found, ok := errors.AsType[*settings.Error](err)
	if !ok {
		b.report("runtime.New", "could not make the enforcement point")
		return
	}
	for _, p := range found.Problems {
		named := slices.ContainsFunc(b.problems, func(known settings.Problem) bool { return known.Name == p.Name })
		if !named && (pdp != nil || p.Name != pdpSetting) {
			b.problems = append(b.problems, p)
		}
	}
}
