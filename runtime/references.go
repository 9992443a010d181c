package runtime

import (
	"context"
	"slices"

	"github.com/secretsgen/secretsgen/runtime/uri"
)

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
