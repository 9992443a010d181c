package runtime

import (
	"context"
	"slices"

	"github.com/secretsgen/secretsgen/runtime/uri"
)

// scope is what references may name, by syntax: the schemes that declarations
// use, under whatever profile, or factories serve. Mounts are the enforcement
// point's to judge, on every read.
func (b *builder) scope() uri.Scope {
	all := slices.Clone(b.declarations)
	for _, d := range b.declarations {
		for profile := range d.Profiles {
			all = append(all, d.under(profile))
		}
	}
	return uri.Scope{Tenant: b.cfg.TenantID, AnyMount: true, Schemes: append(schemesOf(all), b.opener.schemes()...)}
}

// schemesOf lists the schemes of the declarations, each once.
func schemesOf(declarations []Declaration) []string {
	var schemes []string
	for _, d := range declarations {
		if scheme, ok := d.scheme(); ok && !slices.Contains(schemes, scheme) {
			schemes = append(schemes, scheme)
		}
	}
	return schemes
}

// stores makes the providers that the chosen references name, and no other, so
// that nothing is missing which the profile does not need.
func (b *builder) stores(ctx context.Context, k *core) {
	for _, scheme := range schemesOf(b.chosen()) {
		s, problems := b.opener.open(ctx, scheme)
		if len(problems) > 0 {
			b.problems = append(b.problems, problems...)
			continue
		}
		k.stores[scheme] = s
	}
	for _, d := range b.chosen() {
		scheme, _ := d.scheme()
		if problem := d.problem(); problem != "" {
			b.report("runtime.New", "was passed a declaration, "+d.Accessor+", that "+problem+": run \"go generate\" again")
		} else if s := k.stores[scheme]; s != nil && !d.wrapsBy(s) {
			b.report(scheme, "is the scheme of "+d.Accessor+b.byProfile(d)+", which asks for response_wrap, and its provider can't wrap: remove response_wrap, or read it from another store")
		}
	}
}
