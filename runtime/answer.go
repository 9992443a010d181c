package runtime

import (
	"context"
	"errors"

	"github.com/secretsgen/secretsgen/runtime/providers"
)

// answer is what a provider says, fit to go on. A panic becomes an error of fixed
// text, since what it says could hold anything; a deadline that is not the
// caller's is one of the provider's own, and a failure to reach its store.
func answer(ctx context.Context, read func() (providers.Document, error)) (doc providers.Document, err error) {
	defer func() {
		if recover() != nil {
			doc, err = providers.Document{}, unanswered()
		}
	}()
	doc, err = read()
	switch {
	case err == nil && doc.IsAbsent(): // not a provider's to say in this way
		return providers.Document{}, &SecretNotFoundError{}
	case err == nil:
		return doc, nil
	case ctx.Err() != nil:
		return providers.Document{}, ctx.Err()
	case isContextError(err):
		return providers.Document{}, unreached()
	}
	return providers.Document{}, err
}

// unreached is the error of a provider that did not reach its store in time.
func unreached() error { return &ProviderError{Code: providers.Unavailable, Retryable: true} }

// unanswered is the error of a provider that did not return.
func unanswered() error { return &ProviderError{Code: providers.Malformed} }

func isContextError(err error) bool {
	return errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded)
}
