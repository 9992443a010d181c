package runtime_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/secretsgen/secretsgen/runtime"
	"github.com/secretsgen/secretsgen/runtime/pep"
	"github.com/secretsgen/secretsgen/runtime/providers"
)

// world is a store of documents with versions and a PDP, and what was true of
// them at any time. A value tells its path, version, key and generation.
type world struct {
	local      bool
	generation int
	since      []time.Time // of each generation
	broken     bool
	denied     map[string]bool // by accessor
	wraps      bool
}

func (w *world) write() {
	w.generation++
	w.since = append(w.since, time.Now())
}

func (w *world) Decide(_ context.Context, r pep.Request) (pep.Decision, error) {
	d := pep.Decision{Permit: !w.denied[r.Resource.Accessor]}
	if w.wraps {
		d.Obligations.ResponseWrap = time.Minute
	}
	return d, nil
}

func (w *world) Read(_ context.Context, at providers.Location) (providers.Document, error) {
	if w.broken {
		return providers.Document{}, &providers.ProviderError{Code: providers.Unavailable}
	}
	fields := map[string]providers.Value{}
	for _, key := range []string{"a", "b"} {
		fields[key] = providers.NewValue(providers.Text, fmt.Appendf(nil, "%s %d %s %d", at.Path, at.Version, key, w.generation))
	}
	return providers.Fields(fields, providers.Metadata{Version: at.Version}), nil
}

func (w *world) ReadWrapped(ctx context.Context, at providers.Location, _ time.Duration) (providers.Document, error) {
	return w.Read(ctx, at)
}

func (w *world) factory() providers.Factory {
	return providers.Factory{
		Package: "example.com/world", Schemes: []string{"openbao+kv2"}, Local: w.local,
		Open: func(context.Context, providers.Instance) (providers.Provider, error) { return w, nil },
	}
}

// TestWhatIsReadIsWhatADeclarationMaySee takes random steps and holds every read
// against the world: nobody who is denied gets a value, no key, version or path
// passes for another, and no value is older than its declaration allows.
func TestWhatIsReadIsWhatADeclarationMaySee(t *testing.T) {
	t.Parallel()
	for seed := range uint64(8) {
		t.Run("seed "+strconv.FormatUint(seed, 10), func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) { walkTheWorld(t, rand.New(rand.NewPCG(seed, 4)), seed%2 == 0) })
		})
	}
}

func walkTheWorld(t *testing.T, random *rand.Rand, local bool) {
	t.Helper()
	w := &world{local: local, denied: map[string]bool{}}
	cfg := stubConfig()
	cfg.Grants.NegativeTTL = -1
	client, err := runtime.New(t.Context(), cfg, w.factory(), pep.Extension{PDP: w})
	if err != nil {
		t.Fatal(err)
	}
	var declarations []runtime.Declaration
	for _, path := range []string{"p", "q"} {
		for _, key := range []string{"a", "b"} {
			for _, version := range []string{"", "?version=1", "?version=2"} {
				for i, cache := range []time.Duration{0, 2 * time.Second, 7 * time.Second} {
					declarations = append(declarations, runtime.Declaration{
						Accessor: fmt.Sprintf("%s%s%s%d", path, key, strings.TrimPrefix(version, "?version="), i),
						URI:      "openbao+kv2://secret/" + path + "#" + key + version,
						Cache:    cache,
					})
				}
			}
		}
	}
	_, handles := bindAll(t, client, declarations...)
	w.write()
	served := 0
	for range 4000 {
		switch d := declarations[random.IntN(len(declarations))]; random.IntN(12) {
		case 0:
			later(time.Duration(random.IntN(3000)) * time.Millisecond)
		case 1:
			w.write()
		case 2:
			w.broken = random.IntN(4) == 0
		case 3:
			w.denied[d.Accessor] = !w.denied[d.Accessor]
		case 4:
			w.wraps = !local && random.IntN(4) == 0
		default:
			secret, err := handles[d.Accessor].Read(t.Context())
			if refused := errors.Is(err, runtime.ErrDenied); refused != w.denied[d.Accessor] {
				t.Fatalf("%s, denied: %v: %v", d.Accessor, w.denied[d.Accessor], err)
			}
			if err != nil {
				if !w.denied[d.Accessor] && !w.broken {
					t.Fatalf("%s: %v", d.Accessor, err)
				}
				continue
			}
			served++
			w.judge(t, d, secret.Reveal())
		}
	}
	if served < 500 {
		t.Errorf("%d reads were served: too few to tell", served)
	}
	if err := client.Close(t.Context()); err != nil {
		t.Error(err)
	}
}

// judge holds a value against its declaration.
func (w *world) judge(t *testing.T, d runtime.Declaration, value string) {
	t.Helper()
	var path, key string
	var version, generation int
	if _, err := fmt.Sscanf(value, "%s %d %s %d", &path, &version, &key, &generation); err != nil {
		t.Fatal(err)
	}
	ref := "openbao+kv2://secret/" + path + "#" + key
	if version > 0 {
		ref += "?version=" + strconv.Itoa(version)
	}
	if ref != d.URI {
		t.Fatalf("%s got the value of %s", d.URI, ref)
	}
	limit := d.Cache
	if w.wraps {
		limit = 0
	}
	if generation < w.generation {
		if ended := w.since[generation]; limit == 0 || time.Since(ended) >= limit {
			t.Fatalf("%s got what was over for %v, and may be given what is %v old", d.Accessor, time.Since(ended), limit)
		}
	}
	if w.broken && limit == 0 {
		t.Fatalf("%s got a value of a store that fails", d.Accessor)
	}
}
