package runtime_test

import (
	"context"
	goruntime "runtime"
	"slices"
	"testing"

	"github.com/secretsgen/secretsgen/runtime"
	"github.com/secretsgen/secretsgen/runtime/decode"
	"github.com/secretsgen/secretsgen/runtime/providers"
)

// TestALoadIsToldOfByWhatItsProvidersDid: what is not there may be absent, which
// only its declaration knows.
func TestALoadIsToldOfByWhatItsProvidersDid(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		read func() (providers.Document, error)
		want string
	}{
		"a document": {func() (providers.Document, error) { return text("canary") }, "load: allow"},
		"nothing":    {func() (providers.Document, error) { return providers.Document{}, &providers.SecretNotFoundError{} }, "load: allow"},
		"a failure": {func() (providers.Document, error) {
			return providers.Document{}, &providers.ProviderError{Code: providers.Throttled}
		}, "load: error provider_throttled"},
		"no answer":         {func() (providers.Document, error) { panic("canary") }, "load: error provider_malformed"},
		"no answer, an end": {func() (providers.Document, error) { goruntime.Goexit(); panic("unreachable") }, "load: error provider_malformed"},
	} {
		for _, local := range []bool{true, false} {
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				w := &watcher{}
				s := &stub{read: func(context.Context, providers.Location) (providers.Document, error) { return tt.read() }}
				factory := s.factory()
				factory.Local = local
				set := watched(t, w, factory, runtime.Declaration{Accessor: "stub", URI: stubRef}, func(*runtime.Config) {})
				handle := runtime.Bind(set, "stub", decode.Optional(decode.String))
				loaded, err := set.Load(t.Context())
				if err != nil {
					t.Fatal(err)
				}
				if got := w.since(); !slices.Contains(got, tt.want) {
					t.Errorf("told %q, want %q", got, tt.want)
				}
				runtime.Take(loaded, handle)
			})
		}
	}
}
