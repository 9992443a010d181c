package runtime_test

import (
	"context"
	"encoding/json"
	goruntime "runtime"
	"strings"
	"testing"
	"testing/synctest"
	"time"
	"weak"

	"github.com/secretsgen/secretsgen/runtime"
	"github.com/secretsgen/secretsgen/runtime/decode"
	"github.com/secretsgen/secretsgen/runtime/pep"
	"github.com/secretsgen/secretsgen/runtime/providers"
	"github.com/secretsgen/secretsgen/runtime/secretstest"
	"github.com/secretsgen/secretsgen/runtime/secretstest/leakcheck"
)

func TestLoadTakesWhatIsKeptIfItIsYoungEnoughForAll(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		kit := secretstest.New(t)
		kit.Set(dbRef, login("one"))
		set, handles := bindAll(t, kit.Client,
			runtime.Declaration{Accessor: "long", URI: dbRef + "#username", Cache: time.Minute},
			runtime.Declaration{Accessor: "short", URI: dbRef + "#password", Cache: 10 * time.Second},
		)
		for _, step := range []struct {
			wait  time.Duration
			want  string
			reads int
		}{{0, "one", 1}, {9 * time.Second, "one", 1}, {time.Second, "two", 2}} {
			later(step.wait)
			loaded, err := set.Load(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			username, password := runtime.Take(loaded, handles["long"]).Reveal(), runtime.Take(loaded, handles["short"]).Reveal()
			if loaded.Err() != nil || username != "user "+step.want || password != "canary "+step.want || kit.Reads() != step.reads {
				t.Errorf("after %v: other values, or %d reads, or %v", step.wait, kit.Reads(), loaded.Err())
			}
			kit.Set(dbRef, login("two"))
		}
		cached := 0
		for _, e := range kit.Events() {
			if e.ValueCached {
				cached++
			}
		}
		if cached != 2 {
			t.Errorf("%d events of what was kept, want 2", cached)
		}
	})
}

func TestAReferenceLearnedAtRunTimeIsReadAnew(t *testing.T) {
	t.Parallel()
	kit := secretstest.New(t)
	kit.Set(dbRef, login("one"))
	_, handles := cachedAs(t, kit.Client)
	read(t, handles["long"])
	ref, err := kit.Client.Parse(dbRef + "#username")
	if err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if _, err := runtime.Resolve[string](t.Context(), kit.Client, ref); err != nil {
			t.Error(err)
		}
	}
	if kit.Reads() != 3 {
		t.Errorf("%d reads, want 3", kit.Reads())
	}
}

func TestAFakeIsCalledForEveryRead(t *testing.T) {
	t.Parallel()
	calls := 0
	value := func(context.Context) (string, error) { calls++; return "canary", nil }
	declarations := []runtime.Declaration{
		{Accessor: "a", URI: dbRef + "#a", Cache: time.Minute},
		{Accessor: "b", URI: dbRef + "#b", ResponseWrap: time.Minute},
		{Accessor: "stored", URI: dbRef + "#c", Cache: time.Minute},
	}
	kit := secretstest.New(t, secretstest.WithFake(declarations, secretstest.For("a", secretstest.Value[string](value)), secretstest.For("b", secretstest.Value[string](value))))
	kit.Set(dbRef+"#c", "canary")
	_, handles := bindAll(t, kit.Client, declarations...)
	for range 2 {
		read(t, handles["stored"])
		read(t, handles["a"])
		read(t, handles["b"])
	}
	if calls != 4 {
		t.Errorf("%d calls, want 4", calls)
	}
}

func TestNothingThatIsKeptIsPrinted(t *testing.T) {
	t.Parallel()
	canary := leakcheck.NewCanary()
	s := &stub{read: func(context.Context, providers.Location) (providers.Document, error) { return text(canary) }}
	client, err := runtime.New(t.Context(), stubConfig(), s.factory(), pep.Extension{PDP: permits{}})
	if err != nil {
		t.Fatal(err)
	}
	set, handles := bindAll(t, client, runtime.Declaration{Accessor: "a", URI: stubRef, Cache: time.Hour})
	read(t, handles["a"])
	for name, v := range map[string]any{"client": client, "set": set, "handle": handles["a"]} {
		if forms := leakcheck.Find(show(v), canary); forms != nil {
			t.Errorf("the %s shows what is kept as %v", name, forms)
		}
	}
	if err := client.Close(t.Context()); err != nil {
		t.Error(err)
	}
}

func TestTimesThatCannotBeAreRefused(t *testing.T) {
	t.Parallel()
	for name, d := range map[string]runtime.Declaration{
		"kept for less than a second":  {Cache: time.Second - 1},
		"kept for more than an hour":   {Cache: time.Hour + 1},
		"kept for a negative time":     {Cache: -time.Second},
		"wrapped for half a second":    {ResponseWrap: 1500 * time.Millisecond},
		"wrapped for more than a hour": {ResponseWrap: 2 * time.Hour},
		"kept and wrapped":             {Cache: time.Minute, ResponseWrap: time.Minute},
	} {
		d.Accessor, d.URI = "a", stubRef
		_, err := runtime.New(t.Context(), stubConfig(), (&wrapping{stub: &stub{}}).factory(), pep.Extension{PDP: permits{}}, runtime.Declared([]runtime.Declaration{d}))
		if !isA[*runtime.ConfigError](err) || !strings.Contains(err.Error(), "a, that") {
			t.Errorf("%s: New says %v", name, err)
		}
		set := runtime.NewSet(secretstest.New(t).Client, []runtime.Declaration{d})
		runtime.Bind(set, "a", stringDecoder)
		if err := set.Err(); err == nil || !strings.Contains(err.Error(), "go generate") {
			t.Errorf("%s: the set says %v", name, err)
		}
	}
}

func TestMetadataOfWhatIsKeptIsThatOfTheStore(t *testing.T) {
	t.Parallel()
	created := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	s := &stub{read: func(context.Context, providers.Location) (providers.Document, error) {
		fields := map[string]providers.Value{"k": providers.NewValue(providers.JSON, []byte(`{"n":1}`))}
		return providers.Fields(fields, providers.Metadata{Version: 7, Created: created, Custom: map[string]string{"owner": "team"}}), nil
	}}
	client, err := runtime.New(t.Context(), stubConfig(), s.factory(), pep.Extension{PDP: permits{}})
	if err != nil {
		t.Fatal(err)
	}
	set := runtime.NewSet(client, []runtime.Declaration{{Accessor: "a", URI: stubRef + "#k", Cache: time.Hour}})
	handle := runtime.Bind(set, "a", decode.Decoder[json.RawMessage](decode.JSON))
	for range 2 {
		secret, err := handle.Read(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if secret.Version() != 7 || !secret.Created().Equal(created) || secret.CustomMetadata()["owner"] != "team" {
			t.Errorf("version %d, created %v", secret.Version(), secret.Created())
		}
		value := secret.Reveal()
		clear(value)
		secret.CustomMetadata()["owner"] = "canary"
		if string(secret.Reveal()) != `{"n":1}` {
			t.Error("who was given a value changed it for others")
		}
	}
	if err := client.Close(t.Context()); err != nil {
		t.Error(err)
	}
}

func TestNothingIsKeptOfAReadThatOutlastsTheClient(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		answer := make(chan struct{})
		var late weak.Pointer[byte]
		s := &stub{read: func(context.Context, providers.Location) (providers.Document, error) {
			<-answer
			raw := []byte(strings.Repeat("canary", 100))
			late = weak.Make(&raw[0])
			return providers.Scalar(providers.NewValue(providers.Text, raw), providers.Metadata{}), nil
		}}
		client, err := runtime.New(t.Context(), stubConfig(), s.factory(), pep.Extension{PDP: permits{}})
		if err != nil {
			t.Fatal(err)
		}
		_, handles := bindAll(t, client, runtime.Declaration{Accessor: "a", URI: stubRef, Cache: time.Hour})
		read := reading(t.Context(), handles["a"])
		synctest.Wait()
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		if err := client.Close(ctx); err == nil {
			t.Error("the client was closed in time")
		}
		close(answer)
		if got := <-read; got.err != nil {
			t.Error(got.err)
		}
		_ = client.Close(t.Context())
		goruntime.GC()
		if late.Value() != nil {
			t.Error("the plaintext is still there")
		}
		goruntime.KeepAlive(handles)
	})
}
