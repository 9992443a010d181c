package secretstest_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/secretsgen/secretsgen/runtime"
	"github.com/secretsgen/secretsgen/runtime/audit"
	"github.com/secretsgen/secretsgen/runtime/decode"
	"github.com/secretsgen/secretsgen/runtime/secretstest"
	"github.com/secretsgen/secretsgen/runtime/settings"
	"github.com/secretsgen/secretsgen/runtime/uri"
)

// unref is the text of an error without a resource_ref, and its type.
func unref(err error) string {
	text := fmt.Sprintf("%T %v", err, err)
	if before, after, ok := strings.Cut(text, " ("); ok {
		_, after, _ = strings.Cut(after, ")")
		return before + after
	}
	return text
}

func TestTheFailureOfAValueIsThatOfTheRead(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		fails  error
		want   string // type and text, without the resource_ref
		effect audit.Effect
		code   string
	}{
		"not found": {
			&runtime.SecretNotFoundError{}, "*providers.SecretNotFoundError secretsgen: api.token: not found", audit.Error, "not_found",
		},
		"a key": {
			&runtime.SecretKeyNotFoundError{}, "*providers.SecretKeyNotFoundError secretsgen: api.token: the document has no such key", audit.Error, "key_not_found",
		},
		"a field": {
			&runtime.SecretKeyNotFoundError{Field: "port"}, "*providers.SecretKeyNotFoundError secretsgen: api.token: the document has no key port", audit.Error, "key_not_found",
		},
		"a deleted version": {
			&runtime.SecretVersionDeletedError{}, "*providers.SecretVersionDeletedError secretsgen: api.token: this version is deleted", audit.Error, "version_deleted",
		},
		"a destroyed version": {
			&runtime.SecretVersionDestroyedError{}, "*providers.SecretVersionDestroyedError secretsgen: api.token: this version is destroyed", audit.Error, "version_destroyed",
		},
		"a provider": {
			&runtime.ProviderError{Code: "throttled"}, "*providers.ProviderError secretsgen: api.token: openbao+kv2 provider error: throttled", audit.Error, "provider_throttled",
		},
		"a decoder": {
			&runtime.DecodeError{Rule: "is not an integer"}, "*decode.Error secretsgen: api.token: the stored value is not an integer", audit.Error, "decode",
		},
		"a policy": {
			&runtime.AuthzDeniedError{Code: "policy"}, "*pep.AuthzDeniedError secretsgen: api.token: access denied by policy", audit.Deny, "policy",
		},
		"any denial": {
			runtime.ErrDenied, "*pep.AuthzDeniedError secretsgen: api.token: access denied by policy", audit.Deny, "policy",
		},
		"a drift": {
			&runtime.BindingDriftError{}, "*pep.BindingDriftError secretsgen: api.token: sender binding differs from the one the credential is pinned to", audit.Deny, "binding_drift",
		},
		"a replay": {
			&runtime.ReplayError{Code: "token"}, "*pep.ReplayError secretsgen: api.token: token was used before", audit.Deny, "replay_token",
		},
		"a PDP": {
			&runtime.PDPUnavailableError{Reason: "timeout"}, "*pep.PDPUnavailableError secretsgen: api.token: no policy decision: timeout", audit.Error, "pdp_timeout",
		},
		"a caller": {
			&runtime.CallerError{Code: "expired"}, "*caller.Error secretsgen: api.token: the caller's credential has expired: get a fresh one", audit.Deny, "caller_expired",
		},
		"a guard": {
			&runtime.URIError{Codes: []uri.Code{uri.TenantMountMismatch}, Faults: []uri.Fault{{Reason: "is not allowed"}}},
			"*uri.Error uri: byte 0: is not allowed [TENANT_MOUNT_MISMATCH]", audit.Deny, "TENANT_MOUNT_MISMATCH",
		},
		"a setting": {
			&runtime.ConfigError{Problems: []settings.Problem{{Name: "VAULT_URL", Detail: "is not set"}}},
			"*settings.Error secretsgen: configuration: VAULT_URL: is not set", audit.Error, "internal",
		},
		"a closed client": {
			fmt.Errorf("canary: %w", runtime.ErrClosed), "runtime.closedError secretsgen: the client is closed", audit.Error, "closed",
		},
		"one that wraps another": {
			fmt.Errorf("canary: %w", &runtime.ReplayError{Accessor: "canary"}), "*pep.ReplayError secretsgen: api.token:  was used before", audit.Deny, "replay_",
		},
		"one of nobody's": {
			errors.New("canary"), "*providers.ProviderError secretsgen: api.token: openbao+kv2 provider error: unavailable", audit.Error, "provider_unavailable",
		},
		"a deadline that is not the caller's": {
			context.DeadlineExceeded, "*providers.ProviderError secretsgen: api.token: openbao+kv2 provider error: unavailable", audit.Error, "provider_unavailable",
		},
		"nothing, which is no value": {
			nil, "*providers.SecretNotFoundError secretsgen: api.token: not found", audit.Error, "not_found",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			kit := secretstest.New(t, secretstest.WithFake(declarations(), secretstest.For("api.token", secretstest.Fails[string](test.fails))))
			s, err := newSecrets(kit.Client)
			if err != nil {
				t.Fatal(err)
			}
			secret, err := s.api.token.Read(t.Context())
			if unref(err) != test.want || secret.Reveal() != "" {
				t.Errorf("got  %s\nwant %s", unref(err), test.want)
			}
			events := kit.Events()
			last := events[len(events)-1]
			if last.Type != audit.Read || last.Effect != test.effect || last.Code != test.code || last.Accessor != "api.token" || last.ResourceRef == "" {
				t.Errorf("the trail ends with %+v, want %s %s", last, test.effect, test.code)
			}
			if err, ok := errors.AsType[*runtime.ProviderError](err); ok && err.ResourceRef != last.ResourceRef {
				t.Errorf("the error is about %q, want %q", err.ResourceRef, last.ResourceRef)
			}
		})
	}
}

func TestTheErrorOfTheCallersContextStays(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		called := 0
		s := newFake(t, fakeSecrets{API: fakeSecretsAPI{Token: func(ctx context.Context) (string, error) {
			called++
			<-ctx.Done()
			return "canary", fmt.Errorf("canary: %w", &runtime.AuthzDeniedError{})
		}}})
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		for range 2 {
			if _, err := s.api.Token(ctx); err != context.DeadlineExceeded { //nolint:errorlint // bare is what is promised
				t.Errorf("got %v", err)
			}
		}
		if called != 1 {
			t.Errorf("called %d times, want once: the second context had ended before", called)
		}
	})
}

func TestAPanicOfAValueIsThatOfABrokenStore(t *testing.T) {
	t.Parallel()
	s := newFake(t, fakeSecrets{API: fakeSecretsAPI{Token: func(context.Context) (string, error) { panic("canary") }}})
	_, err := s.api.Token(t.Context())
	if unref(err) != "*providers.ProviderError secretsgen: api.token: openbao+kv2 provider error: malformed" {
		t.Error(unref(err))
	}
}

func TestAValueOfAnotherTypeIsToldWhenItIsBound(t *testing.T) {
	t.Parallel()
	client := secretstest.Fake(t, declarations(), secretstest.For("api.token", secretstest.Of(1)), secretstest.For("db", secretstest.Of("canary")))
	_, err := newSecrets(client)
	for _, want := range []string{
		"secretsgen: api.token: was given a value of type int and reads one of type string",
		"secretsgen: db: was given a value of type string and reads one of type secretstest_test.login",
	} {
		if err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "canary") {
			t.Errorf("got %v, want %q", err, want)
		}
	}
	set := runtime.NewSet(client, declarations())
	handle := runtime.Bind(set, "api.token", decode.String)
	if secret, err := handle.Read(t.Context()); err == nil || secret.Reveal() != "" {
		t.Errorf("a handle that could not be bound reads %v", err)
	}
}

func TestAMistakeInAFakeEndsTheTest(t *testing.T) {
	t.Parallel()
	token := secretstest.For("api.token", secretstest.Of("canary"))
	for name, test := range map[string]struct {
		opts []secretstest.Option
		want string
	}{
		"an accessor that is not declared":      {[]secretstest.Option{secretstest.WithFake(declarations(), secretstest.For("api.tokn", secretstest.Of("canary")))}, `"api.tokn" is not declared`},
		"one that is not declared, and nothing": {[]secretstest.Option{secretstest.WithFake(declarations(), secretstest.For[int]("api.tokn", nil))}, `"api.tokn" is not declared`},
		"a zero stand":                          {[]secretstest.Option{secretstest.WithFake(declarations(), secretstest.Stand{})}, `"" is not declared`},
		"two stands for one accessor":           {[]secretstest.Option{secretstest.WithFake(declarations(), token, token)}, `"api.token" has two stands`},
		"two fakes with one accessor": {
			[]secretstest.Option{secretstest.WithFake(declarations(), token), secretstest.WithFake(declarations(), token)},
			`"api.token" has two stands`,
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			tb := &double{T: t}
			secretstest.New(tb, test.opts...)
			if len(tb.failures) != 1 || !strings.Contains(tb.failures[0], test.want) || strings.Contains(tb.failures[0], "canary") {
				t.Errorf("failed with %q, want %q", tb.failures, test.want)
			}
		})
	}
}

// mute is a testing.T that goes on after a failure, and closes nothing, since
// there is nothing to close.
type mute struct{ double }

func (*mute) Cleanup(func()) {}

func TestProductionRefusesFakes(t *testing.T) {
	t.Parallel()
	for environment, refused := range map[string]bool{"test": false, "dev": false, "": true, "production": true, "Test": true} {
		tb := &mute{double{T: t}}
		secretstest.New(tb,
			secretstest.WithFake(declarations(), secretstest.For("api.token", secretstest.Of("canary"))),
			secretstest.WithConfig(func(c *runtime.Config) { c.Environment = environment }))
		if got := len(tb.failures) == 1 && strings.Contains(tb.failures[0], "runtime.New: was passed values of a test"); got != refused {
			t.Errorf("%q: refused %v, want %v: %q", environment, got, refused, tb.failures)
		}
	}
}
