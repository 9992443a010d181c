package kv2

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/secretsgen/secretsgen/runtime/observe"
	"github.com/secretsgen/secretsgen/runtime/providers"
)

// observed keeps the operations that a provider tells of.
type observed struct {
	mu   sync.Mutex
	told []string
}

func (o *observed) begin(ctx context.Context, op observe.Operation) (context.Context, func(error)) {
	return ctx, func(err error) {
		code := "well"
		if e, ok := errors.AsType[*providers.ProviderError](err); ok {
			code = string(e.Code)
		}
		o.mu.Lock()
		defer o.mu.Unlock()
		o.told = append(o.told, fmt.Sprintf("%s: %s", op, code))
	}
}

func TestLoginsAndUnwrappingsAreObserved(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		server *guarded
		want   []string
	}{
		"that work":            {&guarded{engine: engine{"app": {{data: `{"a":"b"}`}}}}, []string{"login: well", "unwrap: well"}},
		"of what is not there": {&guarded{engine: engine{}}, []string{"login: well"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			o := &observed{}
			in, _ := instance("openbao+kv2", map[string]string{
				"VAULT_URL": serve(t, (&wrapper{server: tt.server}).ServeHTTP), "VAULT_AUTH": "approle", "VAULT_ROLE_ID": "r", "VAULT_SECRET_ID": "s",
			})
			in.Observe = o.begin
			p, err := Provider().Open(t.Context(), in)
			if err != nil {
				t.Fatal(err)
			}
			_, _ = readWrapped(t.Context(), p, at("app", 0))
			if err := p.(providers.Closer).Close(t.Context()); err != nil {
				t.Error(err)
			}
			if diff := cmp.Diff(tt.want, o.told); diff != "" {
				t.Errorf("told (-want +got):\n%s", diff)
			}
		})
	}
}

func TestALoginThatFailsIsObservedAsThat(t *testing.T) {
	t.Parallel()
	o := &observed{}
	in, _ := instance("openbao+kv2", map[string]string{
		"VAULT_URL": reply(t, 400, `{"errors":["`+canary+`"]}`), "VAULT_AUTH": "approle", "VAULT_ROLE_ID": "r", "VAULT_SECRET_ID": "s",
	})
	in.Observe = o.begin
	p, err := Provider().Open(t.Context(), in)
	if err != nil {
		t.Fatal(err)
	}
	_, readErr := p.Read(t.Context(), at("app", 0))
	if err := p.(providers.Closer).Close(t.Context()); err != nil {
		t.Error(err)
	}
	if diff := cmp.Diff([]string{"login: " + string(outcomeCode(readErr))}, o.told); diff != "" {
		t.Errorf("told (-want +got):\n%s", diff)
	}
}

func outcomeCode(err error) providers.Code {
	if e, ok := errors.AsType[*providers.ProviderError](err); ok {
		return e.Code
	}
	return ""
}
