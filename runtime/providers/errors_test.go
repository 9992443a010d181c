package providers_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/secretsgen/secretsgen/runtime/providers"
)

func TestAbout(t *testing.T) {
	t.Parallel()
	const accessor, ref, scheme = "db.password", "ref123", "openbao+kv2"
	for name, c := range map[string]struct {
		err  error
		want error
		text string
	}{
		"not found": {
			&providers.SecretNotFoundError{}, &providers.SecretNotFoundError{Accessor: accessor, ResourceRef: ref},
			"secretsgen: db.password (ref123): not found",
		},
		"no such key": {
			&providers.SecretKeyNotFoundError{}, &providers.SecretKeyNotFoundError{Accessor: accessor, ResourceRef: ref},
			"secretsgen: db.password (ref123): the document has no such key",
		},
		"deleted": {
			&providers.SecretVersionDeletedError{Version: 2}, &providers.SecretVersionDeletedError{Accessor: accessor, ResourceRef: ref, Version: 2},
			"secretsgen: db.password (ref123): this version is deleted",
		},
		"destroyed": {
			&providers.SecretVersionDestroyedError{Version: 2}, &providers.SecretVersionDestroyedError{Accessor: accessor, ResourceRef: ref, Version: 2},
			"secretsgen: db.password (ref123): this version is destroyed",
		},
		"a failure without a scheme": {
			&providers.ProviderError{Code: providers.Denied}, &providers.ProviderError{Accessor: accessor, ResourceRef: ref, Scheme: scheme, Code: providers.Denied},
			"secretsgen: db.password (ref123): openbao+kv2 provider error: denied",
		},
		"a failure with a scheme": {
			&providers.ProviderError{Scheme: "aws+sm", Code: providers.Throttled, Retryable: true},
			&providers.ProviderError{Accessor: accessor, ResourceRef: ref, Scheme: "aws+sm", Code: providers.Throttled, Retryable: true},
			"secretsgen: db.password (ref123): aws+sm provider error: throttled",
		},
		"one of these that is wrapped": {
			fmt.Errorf("%s: %w", canary, &providers.SecretNotFoundError{}), &providers.SecretNotFoundError{Accessor: accessor, ResourceRef: ref},
			"secretsgen: db.password (ref123): not found",
		},
		"a foreign error": {
			errors.New(canary), &providers.ProviderError{Accessor: accessor, ResourceRef: ref, Scheme: scheme, Code: providers.Unavailable, Retryable: true},
			"secretsgen: db.password (ref123): openbao+kv2 provider error: unavailable",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			before := fmt.Sprintf("%#v", c.err)
			got := providers.About(c.err, accessor, ref, scheme)
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Errorf("error (-want +got):\n%s", diff)
			}
			if got.Error() != c.text {
				t.Errorf("the text is %q", got)
			}
			if errors.Unwrap(got) != nil || strings.Contains(fmt.Sprintf("%+v %#v", got, got), canary) {
				t.Error("the error holds a foreign one")
			}
			if after := fmt.Sprintf("%#v", c.err); after != before {
				t.Errorf("the error that was given became %s", after)
			}
		})
	}
	if err := providers.About(nil, accessor, ref, scheme); err != nil {
		t.Errorf("no error became %v", err)
	}
}

func TestWhatIsClosedIsAboutNothing(t *testing.T) {
	t.Parallel()
	got := providers.About(fmt.Errorf("%s: %w", canary, providers.ErrClosed), "db.password", "ref123", "openbao+kv2")
	if got != providers.ErrClosed { //nolint:errorlint // bare is what is promised
		t.Errorf("the error is %v", got)
	}
}

func TestErrorsReadWellBeforeTheyAreAboutAnything(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		err  error
		want string
	}{
		{&providers.SecretNotFoundError{}, "secretsgen: secret: not found"},
		{&providers.ProviderError{Code: providers.Malformed}, "secretsgen: secret: provider error: malformed"},
		{&providers.SecretNotFoundError{ResourceRef: "ref123"}, "secretsgen: secret (ref123): not found"},
	} {
		if c.err.Error() != c.want {
			t.Errorf("%q is not %q", c.err, c.want)
		}
	}
}
