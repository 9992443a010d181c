package runtime

import (
	"context"
	"errors"
	"strings"

	"github.com/secretsgen/secretsgen/runtime/pep"
	"github.com/secretsgen/secretsgen/runtime/providers"
	"github.com/secretsgen/secretsgen/runtime/uri"
)

// attributesSetting has the PDP told what stores know of secrets.
const attributesSetting = "SECRETS_PDP_RESOURCE_ATTRIBUTES"

// attributes checks that the stores of all declared secrets can tell what that
// setting asks for: where one can't, no read would ever be decided.
func (b *builder) attributes(k *core) {
	if !b.cfg.PDP.ResourceAttributes {
		return
	}
	for _, scheme := range schemesOf(b.chosen()) {
		if s, ok := k.stores[scheme]; ok && s.readMetadata == nil && !bare(scheme) {
			b.report(attributesSetting, "asks for metadata of secrets, and the provider of "+scheme+" can't read it without their values: unset it, or pass a provider that implements providers.MetadataReader")
		}
	}
}

// bare reports whether the documents of a scheme have no custom metadata, whoever
// serves it: those of env, file and yaml are nothing but their values.
func bare(scheme string) bool {
	base, builtin := uri.BaseScheme(scheme)
	return builtin && !strings.HasSuffix(base, "+kv2")
}

var errNoMetadata = errors.New("secretsgen: the provider can't read metadata alone")

// attributes is the custom metadata of a document, for the enforcement point. It
// is asked for before anybody may read the document, so the store's metadata is
// all that is read.
func (k *core) attributes(ctx context.Context, ref uri.URI) (map[string]string, error) {
	s, err := k.store(ctx, ref.Scheme())
	switch {
	case err != nil:
		return nil, err
	case s.readMetadata != nil:
		m, err := s.readMetadata(nobodys(ctx), locationOf(ref))
		if isGone(err) {
			return nil, pep.ErrNoDocument
		}
		return m.Custom, err
	case bare(ref.Scheme()):
		return nil, nil
	}
	return nil, errNoMetadata
}

// isGone reports whether an error of a provider says that a document is not there
// or not there any more. Who reads it is told which.
func isGone(err error) bool {
	_, missing := errors.AsType[*providers.SecretNotFoundError](err)
	_, deleted := errors.AsType[*providers.SecretVersionDeletedError](err)
	_, destroyed := errors.AsType[*providers.SecretVersionDestroyedError](err)
	return missing || deleted || destroyed
}
