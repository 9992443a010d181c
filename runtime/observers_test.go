package runtime_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/secretsgen/secretsgen/runtime"
	"github.com/secretsgen/secretsgen/runtime/audit"
	"github.com/secretsgen/secretsgen/runtime/caller"
	"github.com/secretsgen/secretsgen/runtime/observe"
	"github.com/secretsgen/secretsgen/runtime/pep"
	"github.com/secretsgen/secretsgen/runtime/providers"
)

// watcher keeps what it is told, and where an operation is within another.
type watcher struct {
	mu    sync.Mutex
	lines []string
	state func() observe.State
	shut  int
	last  observe.State
}

type depthKey struct{}

func (w *watcher) say(format string, args ...any) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.lines = append(w.lines, fmt.Sprintf(format, args...))
}

func (w *watcher) Begin(ctx context.Context, op observe.Operation, about observe.About) (context.Context, observe.End) {
	depth, _ := ctx.Value(depthKey{}).(int)
	indent := strings.Repeat("  ", depth)
	w.say("%s%s %s%s", indent, op, about.Accessor, about.Provider)
	return context.WithValue(ctx, depthKey{}, depth+1), func(o observe.Outcome) {
		w.say("%s%s: %s", indent, op, short(o))
	}
}

func (w *watcher) OnDecision(about observe.About, o observe.Outcome) {
	w.say("decision %s %s", about.Accessor, short(o))
}

func (w *watcher) OnRead(about observe.About, o observe.Outcome) {
	w.say("read %s %s", about.Accessor, short(o))
}

func (w *watcher) OnOpen(read func() observe.State) (closed func()) {
	w.state = read
	return func() { w.shut, w.last = w.shut+1, read() }
}

func short(o observe.Outcome) string {
	parts := []string{string(o.Effect)}
	if o.Code != "" {
		parts = append(parts, o.Code)
	}
	if o.GrantCached {
		parts = append(parts, "cached")
	}
	if o.ValueCached {
		parts = append(parts, "kept")
	}
	if o.KVVersion > 0 {
		parts = append(parts, fmt.Sprintf("v%d", o.KVVersion))
	}
	return strings.Join(parts, " ")
}

// since returns what was told since the last time.
func (w *watcher) since() []string {
	w.mu.Lock()
	defer w.mu.Unlock()
	lines := w.lines
	w.lines = nil
	return lines
}

// refusing is a PDP that permits twice, and answers otherwise when told to.
type refusing struct {
	mu     sync.Mutex
	answer func() (pep.Decision, error)
}

func (r *refusing) Decide(context.Context, pep.Request) (pep.Decision, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.answer != nil {
		return r.answer()
	}
	return pep.Decision{Permit: true, Obligations: pep.Obligations{MaxUses: 2}}, nil
}

func (r *refusing) becomes(dec pep.Decision, err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.answer = func() (pep.Decision, error) { return dec, err }
}

func TestObserversFollowAReadFromCallToValue(t *testing.T) {
	t.Parallel()
	w, pdp, s := &watcher{}, &refusing{}, &stub{}
	var failure error
	s.read = func(ctx context.Context, _ providers.Location) (providers.Document, error) {
		if depth, _ := ctx.Value(depthKey{}).(int); depth != 2 {
			t.Errorf("the provider is called at depth %d, want 2", depth)
		}
		if failure != nil {
			return providers.Document{}, failure
		}
		return providers.Scalar(providers.NewValue(providers.Text, []byte("canary")), providers.Metadata{Version: 7}), nil
	}
	cfg := stubConfig()
	cfg.Grants.NegativeTTL = -1
	client, err := runtime.New(t.Context(), cfg, s.factory(), pep.Extension{PDP: pdp}, observe.Extension{Observers: []observe.Observer{w}})
	if err != nil {
		t.Fatal(err)
	}
	set, handles := bindAll(t, client, runtime.Declaration{Accessor: "stub", URI: stubRef})
	expect := func(what string, want ...string) {
		t.Helper()
		if diff := cmp.Diff(want, w.since()); diff != "" {
			t.Errorf("%s (-want +got):\n%s", what, diff)
		}
	}
	read := func() { _, _ = handles["stub"].Read(t.Context()) }

	read()
	expect("a question and a read", "resolve stubenv", "  decide stub", "  decide: allow", "decision stub allow",
		"  read env", "  read: allow v7", "read stub allow v7", "resolve: allow v7")
	read()
	expect("a live grant", "resolve stubenv", "decision stub allow cached",
		"  read env", "  read: allow v7", "read stub allow cached v7", "resolve: allow cached v7")
	failure = errors.New("canary")
	read()
	expect("a provider that fails", "resolve stubenv", "  decide stub", "  decide: allow", "decision stub allow",
		"  read env", "  read: error provider_unavailable", "read stub error provider_unavailable", "resolve: error provider_unavailable")
	failure = &providers.ProviderError{Code: "canary"}
	read()
	expect("a provider that makes a code up", "resolve stubenv", "decision stub allow cached",
		"  read env", "  read: error other", "read stub error other cached", "resolve: error other cached")
	pdp.becomes(pep.Decision{}, nil)
	read()
	expect("a denial", "resolve stubenv", "  decide stub", "  decide: deny policy", "decision stub deny policy", "resolve: deny policy")
	pdp.becomes(pep.Decision{}, errors.New("canary"))
	read()
	expect("an outage", "resolve stubenv", "  decide stub", "  decide: error pdp_unavailable", "decision stub error pdp_unavailable", "resolve: error pdp_unavailable")
	_ = set.Preflight(t.Context())
	expect("a preflight", "preflight ", "  decide stub", "  decide: error pdp_unavailable", "decision stub error pdp_unavailable", "preflight: error pdp_unavailable")
	pdp.becomes(pep.Decision{Permit: true}, nil)
	failure = nil
	w.since()
	loaded, err := set.Load(t.Context())
	if err != nil || runtime.Take(loaded, handles["stub"]).Reveal() != "canary" {
		t.Fatal(err)
	}
	got := w.since()
	if want := "load: allow"; !slices.Contains(got, want) || got[len(got)-1] != "read stub allow v7" {
		t.Errorf("a load: %q", got)
	}
	if err := client.Close(t.Context()); err != nil || w.shut != 1 {
		t.Errorf("closed %d times, %v", w.shut, err)
	}
	if _ = client.Close(t.Context()); w.shut != 1 {
		t.Error("told twice of a close")
	}
}

func TestARefusalOfTheGuardIsToldByItsCode(t *testing.T) {
	t.Parallel()
	w := &watcher{}
	client, err := runtime.New(t.Context(), stubConfig(), (&stub{}).factory(), pep.Extension{PDP: permits{}}, observe.Extension{Observers: []observe.Observer{w}})
	if err != nil {
		t.Fatal(err)
	}
	ref, err := client.Parse("env://elsewhere/canary")
	if err != nil {
		t.Fatal(err)
	}
	_, _ = runtime.Resolve[string](t.Context(), client, ref)
	_, handles := bindAll(t, client, runtime.Declaration{Accessor: "outside", URI: "env://elsewhere/canary"})
	_, _ = handles["outside"].Read(caller.NewContext(t.Context(), caller.Caller{Subject: "canary-subject"}))
	want := []string{
		"resolve env", "decision  deny TENANT_MOUNT_MISMATCH", "resolve: deny TENANT_MOUNT_MISMATCH",
		"resolve outsideenv", "decision outside deny TENANT_MOUNT_MISMATCH", "resolve: deny TENANT_MOUNT_MISMATCH",
	}
	if diff := cmp.Diff(want, w.since()); diff != "" {
		t.Errorf("told (-want +got):\n%s", diff)
	}
	if err := client.Close(t.Context()); err != nil {
		t.Error(err)
	}
}

// TestADenialThatCanNotBeRecordedIsStillOneThatWasRemembered keeps of it what it says.
func TestADenialThatCanNotBeRecordedIsStillOneThatWasRemembered(t *testing.T) {
	t.Parallel()
	w, pdp := &watcher{}, &refusing{}
	cfg := stubConfig()
	cfg.Grants.NegativeTTL = time.Hour
	cfg.Audit.Policy, cfg.Audit.Spool, cfg.Audit.SpoolMaxBytes = audit.FailClosed, t.TempDir(), 1<<20
	client, err := runtime.New(t.Context(), cfg, failing{errors.New("down")}.factory(), (&stub{}).factory(),
		pep.Extension{PDP: pdp}, observe.Extension{Observers: []observe.Observer{w}})
	if err != nil {
		t.Fatal(err)
	}
	_, handles := bindAll(t, client, runtime.Declaration{Accessor: "stub", URI: stubRef})
	pdp.becomes(pep.Decision{}, nil)
	for {
		w.since()
		_, err := handles["stub"].Read(t.Context())
		if _, full := errors.AsType[*runtime.AuditError](err); full {
			break
		}
	}
	if lines := w.since(); lines[len(lines)-1] != "resolve: deny policy cached" {
		t.Errorf("told %q", lines)
	}
	_ = client.Close(t.Context())
}

// careless panics wherever it is called.
type careless struct{}

func (careless) Begin(context.Context, observe.Operation, observe.About) (context.Context, observe.End) {
	panic("canary")
}
func (careless) OnDecision(observe.About, observe.Outcome) { panic("canary") }
func (careless) OnRead(observe.About, observe.Outcome)     { panic("canary") }
func (careless) OnOpen(func() observe.State) func()        { panic("canary") }

// forgetful returns nothing.
type forgetful struct{}

func (forgetful) Begin(context.Context, observe.Operation, observe.About) (context.Context, observe.End) {
	return nil, nil
}

func (forgetful) OnOpen(func() observe.State) func() { return nil }

// late panics at the end.
type late struct{}

func (late) Begin(ctx context.Context, _ observe.Operation, _ observe.About) (context.Context, observe.End) {
	return ctx, func(observe.Outcome) { panic("canary") }
}
func (late) OnOpen(func() observe.State) func() { return func() { panic("canary") } }

func TestAnObserverThatPanicsBreaksNothing(t *testing.T) {
	t.Parallel()
	w := &watcher{}
	s := &stub{read: func(context.Context, providers.Location) (providers.Document, error) { return text("canary") }}
	handle, client := stubHandle(t, s, observe.Extension{Observers: []observe.Observer{careless{}, forgetful{}, w, late{}}})
	if secret, err := handle.Read(t.Context()); err != nil || secret.Reveal() != "canary" {
		t.Errorf("read: %v", err)
	}
	if n := len(w.since()); n != 8 {
		t.Errorf("the observer between those was told %d times, want 8", n)
	}
	if err := client.Close(t.Context()); err != nil || w.shut != 1 {
		t.Errorf("closed %d times, %v", w.shut, err)
	}
}

func TestAnObserverThatImplementsNothingIsRefused(t *testing.T) {
	t.Parallel()
	_, err := runtime.New(t.Context(), stubConfig(), pep.Extension{PDP: permits{}}, observe.Extension{Observers: []observe.Observer{"canary", nil}})
	if err == nil || !strings.Contains(err.Error(), "runtime/observe") || strings.Contains(err.Error(), "canary") {
		t.Errorf("got %v", err)
	}
}

// TestAProviderCanNotMakeOperationsUp nor have a call of its own counted among those
// that the client makes: names of operations are labels of metrics.
func TestAProviderCanNotMakeOperationsUp(t *testing.T) {
	t.Parallel()
	w, s := &watcher{}, &stub{}
	factory := s.factory()
	factory.Open = func(ctx context.Context, in providers.Instance) (providers.Provider, error) {
		for _, op := range []observe.Operation{"canary", observe.Resolve, observe.Read, observe.Login, observe.Unwrap} {
			_, end := in.Begin(ctx, op)
			end(nil)
		}
		return s, nil
	}
	watched(t, w, factory, runtime.Declaration{Accessor: "stub", URI: stubRef}, func(*runtime.Config) {})
	want := []string{"other env", "other: allow", "other env", "other: allow", "other env", "other: allow", "login env", "login: allow", "unwrap env", "unwrap: allow"}
	if diff := cmp.Diff(want, w.since()); diff != "" {
		t.Errorf("told (-want +got):\n%s", diff)
	}
}

func TestAProviderTellsOfWhatIsWithinItsCalls(t *testing.T) {
	t.Parallel()
	w, factory := wrapper("canary")
	log := &watcher{}
	open := factory.Open
	factory.Open = func(ctx context.Context, in providers.Instance) (providers.Provider, error) {
		w.read = func(ctx context.Context, _ providers.Location) (providers.Document, error) {
			_, end := in.Begin(ctx, observe.Unwrap)
			end(&providers.ProviderError{Code: providers.WrapInvalid})
			return text("canary")
		}
		return open(ctx, in)
	}
	pdp := wrapTime(1e9)
	client, err := runtime.New(t.Context(), stubConfig(), factory, pep.Extension{PDP: &pdp}, observe.Extension{Observers: []observe.Observer{log}})
	if err != nil {
		t.Fatal(err)
	}
	_, handles := bindAll(t, client, runtime.Declaration{Accessor: "stub", URI: stubRef})
	read(t, handles["stub"])
	got := log.since()
	want := []string{"  read_wrapped env", "    unwrap env", "    unwrap: error provider_wrap_invalid", "  read_wrapped: allow"}
	if at := slices.Index(got, want[0]); at < 0 || !slices.Equal(got[at:min(at+4, len(got))], want) {
		t.Errorf("told %q, want %q in it", got, want)
	}
	if err := client.Close(t.Context()); err != nil {
		t.Error(err)
	}
}

func TestAReadThatFailClosedRefusesIsToldByThat(t *testing.T) {
	t.Parallel()
	w := &watcher{}
	cfg := stubConfig()
	cfg.Audit.Policy, cfg.Audit.Spool, cfg.Audit.SpoolMaxBytes = audit.FailClosed, t.TempDir(), 1<<20
	declarations := []runtime.Declaration{{Accessor: "stub", URI: stubRef}}
	s := &stub{read: func(context.Context, providers.Location) (providers.Document, error) { return text("canary") }}
	client, err := runtime.New(t.Context(), cfg, failing{errors.New("down")}.factory(), runtime.Declared(declarations), s.factory(),
		pep.Extension{PDP: permits{}}, observe.Extension{Observers: []observe.Observer{w}})
	if err != nil {
		t.Fatal(err)
	}
	set, handles := bindAll(t, client, append(declarations, runtime.Declaration{Accessor: "outside", URI: "env://elsewhere/STUB"})...)
	for err == nil {
		w.since()
		_, err = handles["stub"].Read(t.Context())
	}
	if lines := w.since(); !slices.Contains(lines, "read stub error audit_full") || lines[len(lines)-1] != "resolve: error audit_full" {
		t.Errorf("told %q", lines)
	}
	if _, err := set.Load(t.Context()); err == nil {
		t.Error("a load is not refused")
	}
	if lines := w.since(); !slices.Contains(lines, "read stub error audit_full") {
		t.Errorf("told %q of a load", lines)
	}
	_, _ = handles["outside"].Read(t.Context())
	if lines := w.since(); lines[len(lines)-1] != "resolve: deny TENANT_MOUNT_MISMATCH" {
		t.Errorf("told %q of a refusal that could not be recorded either", lines)
	}
	if spool := w.state().Spool; spool.Refused < 1 || spool.Bytes <= 0 || spool.Bytes > spool.Max || spool.Max != 1<<20 {
		t.Errorf("the spool is %+v", spool)
	}
	_ = client.Close(t.Context())
}
