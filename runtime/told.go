package runtime

import (
	"context"
	"errors"

	"github.com/secretsgen/secretsgen/runtime/observe"
	"github.com/secretsgen/secretsgen/runtime/pep"
	"github.com/secretsgen/secretsgen/runtime/providers"
)

// observed is what observers are told of a secret.
func (t *target) observed() observe.About {
	return observe.About{
		Accessor:    t.declaration.Accessor,
		ResourceRef: t.resourceRef,
		Provider:    t.store.scheme,
		Local:       t.store.local,
	}
}

// told is what observers hear of a decision or a read.
func told(permit pep.Permit, e ending, err error) observe.Outcome {
	o := observe.Outcome{
		GrantCached: permit.GrantCached,
		GrantAge:    permit.GrantAge,
		ValueCached: e.kept,
		KVVersion:   e.version,
	}
	if err == nil && !e.absent {
		o.Effect = observe.Allow
		return o
	}
	err = stripped(err)
	if denied, ok := err.(*AuthzDeniedError); ok { //nolint:errorlint // the enforcement point returns its errors bare
		o.GrantCached = denied.Cached
	}
	effect, code := outcome(err)
	if e.absent && err == nil {
		code = observe.Absent
	}
	o.Effect, o.Code = observe.Effect(effect), observe.Known(code)
	return o
}

// stripped takes off what record and guarded have put around an error.
func stripped(err error) error {
	if joined, ok := err.(interface{ Unwrap() []error }); ok && len(joined.Unwrap()) > 0 {
		err = joined.Unwrap()[0]
	}
	if reference, ok := errors.AsType[*URIError](err); ok {
		return reference
	}
	return err
}

// answered is what observers hear of a call of a provider.
func answered(ctx context.Context, scheme string, version int, err error) observe.Outcome {
	switch {
	case err == nil:
	case ctx.Err() != nil:
		err = ctx.Err()
	case isContextError(err):
		err = unreached()
	case errors.Is(err, providers.ErrClosed):
		err = ErrClosed
	default:
		err = providers.About(err, "", "", scheme)
	}
	return told(pep.Permit{}, ending{version: version}, err)
}
