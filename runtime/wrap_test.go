package runtime_test

import (
	"context"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/secretsgen/secretsgen/runtime"
	"github.com/secretsgen/secretsgen/runtime/decode"
	"github.com/secretsgen/secretsgen/runtime/pep"
	"github.com/secretsgen/secretsgen/runtime/providers"
	"github.com/secretsgen/secretsgen/runtime/secretstest"
)

// wrapTime is a PDP that asks for wrapping of so long; 0: for none.
type wrapTime time.Duration

func (w *wrapTime) Decide(context.Context, pep.Request) (pep.Decision, error) {
	return pep.Decision{Permit: true, Obligations: pep.Obligations{ResponseWrap: time.Duration(*w)}}, nil
}

// wrapper is a store of a document that can wrap, under the scheme env.
func wrapper(doc string) (*wrapping, providers.Factory) {
	w := &wrapping{stub: &stub{read: func(context.Context, providers.Location) (providers.Document, error) { return text(doc) }}}
	factory := w.factory()
	factory.Open = func(context.Context, providers.Instance) (providers.Provider, error) { return w, nil }
	return w, factory
}

func TestTheShorterOfTwoWrapTimesCounts(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ declared, obliged, want time.Duration }{
		{0, 0, 0},
		{time.Minute, 0, time.Minute},
		{0, time.Minute, time.Minute},
		{30 * time.Second, time.Minute, 30 * time.Second},
		{time.Hour, time.Minute, time.Minute},
	} {
		w, factory := wrapper("canary")
		pdp := wrapTime(tt.obliged)
		declarations := []runtime.Declaration{{Accessor: "a", URI: stubRef, ResponseWrap: tt.declared}}
		client, err := runtime.New(t.Context(), stubConfig(), factory, pep.Extension{PDP: &pdp}, runtime.Declared(declarations))
		if err != nil {
			t.Fatal(err)
		}
		set, handles := bindAll(t, client, declarations...)
		reads := int32(0)
		if tt.want > 0 {
			reads = 2
		}
		read(t, handles["a"])
		loaded, err := set.Load(t.Context())
		if err != nil || runtime.Take(loaded, handles["a"]).Reveal() != "canary" {
			t.Errorf("Load: %v", err)
		}
		if got := time.Duration(w.ttl.Load()); got != tt.want || w.wrapped.Load() != reads {
			t.Errorf("declared %v, obliged %v: %d reads wrapped for %v, want %d for %v", tt.declared, tt.obliged, w.wrapped.Load(), got, reads, tt.want)
		}
		if err := client.Close(t.Context()); err != nil {
			t.Error(err)
		}
	}
}

func TestAWrappedReadTakesNothingOfWhatIsKeptAndLeavesNothing(t *testing.T) {
	t.Parallel()
	w, factory := wrapper("canary")
	var pdp wrapTime
	_, handles := openAll(t, factory, &pdp,
		runtime.Declaration{Accessor: "kept", URI: stubRef, Cache: time.Hour},
		runtime.Declaration{Accessor: "wrapped", URI: stubRef, ResponseWrap: time.Minute},
	)
	plain := 0
	count := w.read
	w.read = func(ctx context.Context, at providers.Location) (providers.Document, error) {
		plain++
		return count(ctx, at)
	}
	for _, step := range []struct {
		obliged        wrapTime
		accessor       string
		wrapped, asked int // so far; a wrapped read of the stub is a read as well
	}{
		{wrapTime(time.Minute), "kept", 1, 1},
		{0, "wrapped", 2, 2},
		{0, "kept", 2, 3}, // the first that may be kept
		{0, "kept", 2, 3},
		{wrapTime(time.Minute), "kept", 3, 4},
		{0, "wrapped", 4, 5},
		{0, "kept", 4, 5},
	} {
		pdp = step.obliged
		read(t, handles[step.accessor])
		if int(w.wrapped.Load()) != step.wrapped || plain != step.asked {
			t.Errorf("%+v: %d reads, %d of them wrapped", step, plain, w.wrapped.Load())
		}
	}
}

func TestAWrappedReadIsSharedWithNobody(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newSlow()
		w := &wrapping{stub: s.stub()}
		factory := w.factory()
		factory.Open = func(context.Context, providers.Instance) (providers.Provider, error) { return w, nil }
		_, handles := openAll(t, factory, permits{},
			runtime.Declaration{Accessor: "plain", URI: stubRef},
			runtime.Declaration{Accessor: "a", URI: stubRef, ResponseWrap: time.Minute},
			runtime.Declaration{Accessor: "b", URI: stubRef, ResponseWrap: time.Minute},
		)
		ctx, cancel := context.WithCancel(t.Context())
		gone := reading(ctx, handles["a"])
		var reads []<-chan result
		for _, accessor := range []string{"plain", "a", "b", "plain", "a"} {
			reads = append(reads, reading(t.Context(), handles[accessor]))
		}
		synctest.Wait()
		if all, wrapped := s.reads.Load(), w.wrapped.Load(); all != 5 || wrapped != 4 {
			t.Errorf("%d reads, of which %d are wrapped, want 5 and 4", all, wrapped)
		}
		cancel()
		if got := <-gone; got.err != context.Canceled { //nolint:errorlint // bare is what is promised
			t.Errorf("who left: %v", got.err)
		}
		synctest.Wait()
		if n := s.ended.Load(); n != 1 {
			t.Errorf("%d reads have ended, want that of the caller who left", n)
		}
		close(s.answer)
		for _, r := range reads {
			if got := <-r; got.err != nil {
				t.Error(got.err)
			}
		}
	})
}

func TestADeclarationThatItsProviderCannotMeetRefusesToStart(t *testing.T) {
	t.Parallel()
	d := runtime.Declaration{Accessor: "api.token", URI: stubRef, Profiles: map[string]string{"kv": "openbao+kv2://secret/a#b"}, ResponseWrap: time.Minute}
	_, able := wrapper("canary")
	local := (&stub{}).factory()
	local.Local = true
	for name, tt := range map[string]struct {
		factory providers.Factory
		profile string
		refused string
	}{
		"one that can't wrap":                     {(&stub{}).factory(), "", "env"},
		"one that can":                            {able, "", ""},
		"one that nothing travels from":           {local, "", ""},
		"a profile's, which can't":                {able, "kv", "openbao+kv2"},
		"a profile's, which nothing travels from": {able, "kv", ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			kv := (&stub{}).factory()
			kv.Package, kv.Schemes, kv.Local = "example.com/kv", []string{"openbao+kv2"}, tt.refused == ""
			cfg := stubConfig()
			cfg.Profile = tt.profile
			extensions := []runtime.Extension{tt.factory, kv, pep.Extension{PDP: permits{}}}
			client, err := runtime.New(t.Context(), cfg, append(extensions, runtime.Declared([]runtime.Declaration{d}))...)
			if err == nil {
				err = client.Close(t.Context())
			}
			undeclared, newErr := runtime.New(t.Context(), cfg, extensions...)
			if newErr != nil {
				t.Fatal(newErr)
			}
			defer undeclared.Close(context.WithoutCancel(t.Context()))
			set := runtime.NewSet(undeclared, []runtime.Declaration{d})
			runtime.Bind(set, d.Accessor, decode.Decoder[string](decode.String))
			for _, err := range []error{err, set.Err()} {
				switch {
				case tt.refused == "" && err != nil:
					t.Errorf("refused: %v", err)
				case tt.refused != "" && (err == nil || !strings.Contains(err.Error(), tt.refused) || !strings.Contains(err.Error(), d.Accessor) || !strings.Contains(err.Error(), "response_wrap")):
					t.Errorf("got %v", err)
				}
			}
		})
	}
}

func TestWhatTravelsFromNowhereIsReadWithoutWrapping(t *testing.T) {
	t.Parallel()
	kit := secretstest.New(t)
	kit.Set(apiToken, "canary")
	_, handles := bindAll(t, kit.Client, runtime.Declaration{Accessor: "api.token", URI: apiToken, ResponseWrap: time.Minute})
	if read(t, handles["api.token"]) != "canary" {
		t.Error("another value")
	}
	kit.Grant(pep.Obligations{ResponseWrap: time.Minute})
	if _, err := handles["api.token"].Read(t.Context()); !isA[*runtime.AuthzDeniedError](err) {
		t.Errorf("what the PDP asks for is not met: %v", err)
	}
}
