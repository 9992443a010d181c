package runtime

import (
	"cmp"
	"errors"
	"slices"

	"github.com/secretsgen/secretsgen/runtime/audit"
	"github.com/secretsgen/secretsgen/runtime/caller"
	"github.com/secretsgen/secretsgen/runtime/pep"
	"github.com/secretsgen/secretsgen/runtime/settings"
	"github.com/secretsgen/secretsgen/runtime/uri"
)

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
	for _, d := range b.chosen() {
		if ref, err := uri.Parse(d.URI, k.scope); err == nil && len(allowed) > 0 && ref.Guard(allowed) != nil {
			b.report("TENANT_ALLOWED_MOUNTS", "does not hold the mount that "+d.Accessor+" names"+b.byProfile(d))
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

// enforcer makes the enforcement point. It checks again what was checked before:
// a problem whose name is known is left out, and so is the lack of a PDP, whose
// reason was reported.
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
		Capacities: pep.Capacities{Share: float64(grants.SubjectShare) / 100},

		Grants: b.enforcement.Grants,
		Replay: b.enforcement.Replay,
		Random: b.enforcement.Random,
		Shared: k.shared,
		Hooks:  append([]pep.Hook{breakerAudit{k}}, b.enforcement.Hooks...),
	}
	if b.cfg.PDP.ResourceAttributes {
		cfg.Attributes = k.attributes
	}
	if o := b.opener.observers; o != nil {
		cfg.Hooks, cfg.Observe = append(cfg.Hooks, o), o.within
		cfg.LocalPDP = b.cfg.PDP.URL == "" && b.enforcement.PDP == nil
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
