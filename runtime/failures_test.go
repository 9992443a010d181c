package runtime_test

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/secretsgen/secretsgen/runtime"
	"github.com/secretsgen/secretsgen/runtime/audit"
	"github.com/secretsgen/secretsgen/runtime/decode"
	"github.com/secretsgen/secretsgen/runtime/pep"
	"github.com/secretsgen/secretsgen/runtime/providers"
	"github.com/secretsgen/secretsgen/runtime/secretstest"
	"github.com/secretsgen/secretsgen/runtime/secretstest/leakcheck"
)

func TestTheCallersDeadlineIsItsOwnErrorAndAProvidersIsNot(t *testing.T) {
	t.Parallel()
	sink := &recording{}
	s := &stub{}
	handle, client := stubHandle(t, s, sink.factory())
	for _, test := range []struct {
		name string
		read func(context.CancelCauseFunc) error
		is   func(error) bool
		code string
	}{
		{"the caller cancels", func(cancel context.CancelCauseFunc) error {
			cancel(errors.New("canary cause"))
			return errors.New("canary")
		}, func(err error) bool { return err == context.Canceled }, "canceled"}, //nolint:errorlint // bare is what is promised
		{"the provider runs out of time", func(context.CancelCauseFunc) error {
			return context.DeadlineExceeded
		}, isA[*runtime.ProviderError], "provider_unavailable"},
		{"the provider gives up by itself", func(context.CancelCauseFunc) error {
			return context.Canceled
		}, isA[*runtime.ProviderError], "provider_unavailable"},
		{"the provider panics", func(context.CancelCauseFunc) error {
			panic("canary")
		}, isA[*runtime.ProviderError], "provider_malformed"},
	} {
		ctx, cancel := context.WithCancelCause(t.Context())
		s.read = func(context.Context, providers.Location) (providers.Document, error) {
			return providers.Document{}, test.read(cancel)
		}
		_, err := handle.Read(ctx)
		if !test.is(err) || errors.Is(err, runtime.ErrDenied) || strings.Contains(err.Error(), "canary") {
			t.Errorf("%s: %T %v", test.name, err, err)
		}
		if err := client.Flush(t.Context()); err != nil {
			t.Fatal(err)
		}
		events := sink.kept()
		if e := events[len(events)-1]; e.Code != test.code || e.Effect != audit.Error {
			t.Errorf("%s: event %s %s, want %s", test.name, e.Effect, e.Code, test.code)
		}
		cancel(nil)
	}
	if err := client.Close(t.Context()); err != nil {
		t.Error(err)
	}
}

func TestADecodersOwnErrorIsNotShown(t *testing.T) {
	t.Parallel()
	kit := secretstest.New(t)
	kit.Set(apiToken, "canary")
	handle := bind(t, kit, "api.token", apiToken, func(providers.Document) (string, error) {
		return "canary", errors.New("canary is no number")
	})
	secret, err := handle.Read(t.Context())
	refused, ok := errors.AsType[*runtime.DecodeError](err)
	if !ok || refused.Accessor != "api.token" || strings.Contains(err.Error(), "canary") || errors.Unwrap(err) != nil || secret.Reveal() != "" {
		t.Errorf("got %T: %v", err, err)
	}
}

func TestEveryFailureHasItsErrorItsAccessorAndItsEvent(t *testing.T) {
	t.Parallel()
	canary := leakcheck.NewCanary()
	for name, test := range map[string]struct {
		prepare func(*secretstest.Kit)
		context func(*secretstest.Kit, context.Context) context.Context
		decoder decode.Decoder[string]
		is      func(error) bool
		effect  audit.Effect
		code    string
	}{
		"nothing is stored": {is: isA[*runtime.SecretNotFoundError], effect: audit.Error, code: "not_found"},
		"the key is not there": {
			prepare: func(k *secretstest.Kit) { k.Set("openbao+kv2://secret/myapp/api#other", canary) },
			is:      isA[*runtime.SecretKeyNotFoundError], effect: audit.Error, code: "key_not_found",
		},
		"the version is deleted": {
			prepare: func(k *secretstest.Kit) { k.Fail(apiToken, &runtime.SecretVersionDeletedError{}) },
			is:      isA[*runtime.SecretVersionDeletedError], effect: audit.Error, code: "version_deleted",
		},
		"the version is destroyed": {
			prepare: func(k *secretstest.Kit) { k.Fail(apiToken, &runtime.SecretVersionDestroyedError{}) },
			is:      isA[*runtime.SecretVersionDestroyedError], effect: audit.Error, code: "version_destroyed",
		},
		"the value can't be unwrapped": {
			prepare: func(k *secretstest.Kit) { k.Fail(apiToken, &runtime.ProviderError{Code: providers.WrapInvalid}) },
			is:      isA[*runtime.ProviderError], effect: audit.Error, code: "provider_wrap_invalid",
		},
		"the provider says something of its own": {
			prepare: func(k *secretstest.Kit) { k.Fail(apiToken, errors.New("at myapp/api: "+canary)) },
			is:      isA[*runtime.ProviderError], effect: audit.Error, code: "provider_unavailable",
		},
		"the value is of another type": {
			prepare: func(k *secretstest.Kit) { k.Set(apiToken, json.RawMessage(`["`+"canary"+`"]`)) },
			is:      isA[*runtime.DecodeError], effect: audit.Error, code: "decode",
		},
		"the value is null": {
			prepare: func(k *secretstest.Kit) { k.Set(apiToken, nil) },
			is:      isA[*runtime.DecodeError], effect: audit.Error, code: "decode",
		},
		"the value is empty": {
			prepare: func(k *secretstest.Kit) { k.Set(apiToken, "") },
			is:      isA[*runtime.DecodeError], effect: audit.Error, code: "decode",
		},
		"the decoder panics with the value": {
			prepare: func(k *secretstest.Kit) { k.Set(apiToken, canary) },
			decoder: func(doc decode.Document) (string, error) {
				v, _ := doc.Scalar()
				panic(string(v.Bytes()))
			},
			is: isA[*runtime.DecodeError], effect: audit.Error, code: "decode",
		},
		"the policy denies": {
			prepare: func(k *secretstest.Kit) { k.Deny() },
			is:      isA[*runtime.AuthzDeniedError], effect: audit.Deny, code: "policy",
		},
		"the PDP is down": {
			prepare: func(k *secretstest.Kit) { k.BreakPDP(pep.ReasonUnavailable) },
			is:      isA[*runtime.PDPUnavailableError], effect: audit.Error, code: "pdp_unavailable",
		},
		"the obligation can't be met": {
			prepare: func(k *secretstest.Kit) { k.Grant(pep.Obligations{ResponseWrap: time.Minute}) },
			is:      isA[*runtime.AuthzDeniedError], effect: audit.Deny, code: "obligation",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			kit := secretstest.New(t)
			if test.prepare != nil {
				test.prepare(kit)
			}
			decoder := stringDecoder
			if test.decoder != nil {
				decoder = test.decoder
			}
			secret, err := bind(t, kit, "api.token", apiToken, decoder).Read(kit.Context(t.Context(), "alice"))
			if !test.is(err) {
				t.Fatalf("got %T: %v", err, err)
			}
			if secret.Reveal() != "" {
				t.Error("a value came with the error")
			}
			if !strings.Contains(err.Error(), "api.token") {
				t.Errorf("the error does not say which accessor: %v", err)
			}
			events := kit.Events()
			last := events[len(events)-1]
			if last.Effect != test.effect || last.Code != test.code || last.Accessor != "api.token" || last.Subject != "alice" || last.ResourceRef == "" {
				t.Errorf("the last event is %+v", last)
			}
			text, jsonErr := json.Marshal(events)
			if jsonErr != nil {
				t.Fatal(jsonErr)
			}
			for _, written := range []string{string(text), err.Error()} {
				if forms := leakcheck.Find([]byte(written), canary); forms != nil {
					t.Errorf("%s holds the value as %v", written, forms)
				}
				if strings.Contains(written, "myapp") {
					t.Errorf("%s holds the path", written)
				}
			}
		})
	}
}

func isA[E error](err error) bool {
	_, ok := errors.AsType[E](err)
	return ok
}

func TestACancelledReadSaysSoAndIsNoDenial(t *testing.T) {
	t.Parallel()
	kit := secretstest.New(t)
	kit.Set(apiToken, "canary")
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	handle := bind(t, kit, "api.token", apiToken, stringDecoder)
	if _, err := handle.Read(ctx); !errors.Is(err, context.Canceled) || errors.Is(err, runtime.ErrDenied) {
		t.Errorf("got %v", err)
	}
	if _, err := handle.Read(t.Context()); err != nil {
		t.Errorf("the next read: %v", err)
	}
}

// ended is a context with an error of its own.
type ended struct{ context.Context }

func (ended) Err() error { return errors.New("canary") }

func TestAContextThatHasEndedIsTheErrorAndTheEvent(t *testing.T) {
	t.Parallel()
	late, cancel := context.WithDeadline(t.Context(), time.Now().Add(-time.Second))
	defer cancel()
	for code, ctx := range map[string]context.Context{"deadline": late, "internal": ended{t.Context()}} {
		kit := secretstest.New(t)
		kit.Set(apiToken, "canary")
		_, err := bind(t, kit, "api.token", apiToken, stringDecoder).Read(ctx)
		if err == nil || errors.Is(err, runtime.ErrDenied) {
			t.Errorf("%s: %v", code, err)
		}
		if got := last(t, kit); got.Code != code || got.Effect != audit.Error {
			t.Errorf("event %+v, want code %s", got, code)
		}
	}
}
