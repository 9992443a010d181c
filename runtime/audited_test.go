package runtime_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/secretsgen/secretsgen/runtime"
	"github.com/secretsgen/secretsgen/runtime/audit"
	"github.com/secretsgen/secretsgen/runtime/audit/rotate"
	"github.com/secretsgen/secretsgen/runtime/caller"
	"github.com/secretsgen/secretsgen/runtime/pep"
	"github.com/secretsgen/secretsgen/runtime/providers"
	"github.com/secretsgen/secretsgen/runtime/secretstest"
	"github.com/secretsgen/secretsgen/runtime/secretstest/leakcheck"
	"github.com/secretsgen/secretsgen/runtime/settings"
)

// failing is a sink that takes nothing, or will never.
type failing struct{ err error }

func (f failing) Write(context.Context, *audit.Event) error { return f.err }

func (failing) Close(context.Context) error { return nil }

func (f failing) factory() audit.Factory {
	return audit.Factory{Name: "failing", Always: true, Open: func(context.Context, audit.Instance, string) (audit.Sink, error) { return f, nil }}
}

// says is a PDP that says what stands there.
type says struct{ decision *pep.Decision }

func (s says) Decide(context.Context, pep.Request) (pep.Decision, error) { return *s.decision, nil }

// locked is text that several handlers of a log write.
type locked struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (l *locked) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(p)
}

// failClosed changes a kit's settings to that policy.
func failClosed(dir string, size int64) secretstest.Option {
	return secretstest.WithConfig(func(cfg *runtime.Config) {
		cfg.Audit.Policy, cfg.Audit.Spool, cfg.Audit.SpoolMaxBytes = audit.FailClosed, dir, size
	})
}

func TestUnderFailClosedNothingIsReadThatCannotBeRecorded(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	cfg := stubConfig()
	cfg.Audit.Policy, cfg.Audit.Spool, cfg.Audit.SpoolMaxBytes = audit.FailClosed, dir, 1<<20
	declarations := []runtime.Declaration{{Accessor: "stub", URI: stubRef}}
	s := &stub{read: func(context.Context, providers.Location) (providers.Document, error) { return text("canary") }}
	client, err := runtime.New(t.Context(), cfg, failing{errors.New("down")}.factory(), runtime.Declared(declarations), s.factory(), pep.Extension{PDP: permits{}})
	if err != nil {
		t.Fatal(err)
	}
	set := runtime.NewSet(client, declarations)
	handle := runtime.Bind(set, "stub", stringDecoder)
	reads := 0
	for err == nil {
		var secret runtime.Secret[string]
		if secret, err = handle.Read(t.Context()); err == nil {
			reads++
		} else if secret.Reveal() != "" {
			t.Error("a read that was refused gave a value")
		}
	}
	refused, ok := errors.AsType[*runtime.AuditError](err)
	if !ok || refused.Code != audit.SpoolFull || refused.Accessor != "stub" || errors.Is(err, runtime.ErrDenied) || strings.Contains(err.Error(), dir) {
		t.Errorf("got %v", err)
	}
	if reads < 500 {
		t.Errorf("a spool of a megabyte was full after %d reads", reads)
	}
	loaded, err := set.Load(t.Context())
	if !isA[*runtime.AuditError](err) || loaded != nil {
		t.Errorf("Load says %v", err)
	}
	if stats := client.AuditStats(); stats.Refused != 2 || stats.Sinks[0].Name != "failing" || stats.Sinks[0].Waiting < 2*reads {
		t.Errorf("%+v after %d reads", stats, reads)
	}
	if err := client.Close(t.Context()); err == nil || !strings.Contains(err.Error(), "events stay in the spool") {
		t.Errorf("Close says %v", err)
	}

	// The next client hands on what the last one left.
	sink := &recording{}
	client, err = runtime.New(t.Context(), cfg, audit.Factory{Name: "failing", Always: true, Open: func(context.Context, audit.Instance, string) (audit.Sink, error) { return sink, nil }}, pep.Extension{PDP: permits{}})
	if err != nil {
		t.Fatal(err)
	}
	if err := client.Close(t.Context()); err != nil {
		t.Errorf("Close says %v", err)
	}
	allowed := 0
	for _, e := range sink.kept() {
		if e.Type == audit.Read && e.Effect == audit.Allow {
			allowed++
		}
	}
	if allowed != reads {
		t.Errorf("%d reads are in the trail, want %d", allowed, reads)
	}
}

func TestADenialThatCannotBeRecordedIsBoth(t *testing.T) {
	t.Parallel()
	cfg := stubConfig()
	cfg.Audit.Policy, cfg.Audit.Spool, cfg.Audit.SpoolMaxBytes = audit.FailClosed, t.TempDir(), 1<<20
	client, err := runtime.New(t.Context(), cfg, failing{errors.New("down")}.factory(), (&stub{}).factory(), pep.Extension{PDP: says{&pep.Decision{}}})
	if err != nil {
		t.Fatal(err)
	}
	handle := runtime.Bind(runtime.NewSet(client, []runtime.Declaration{{Accessor: "stub", URI: stubRef}}), "stub", stringDecoder)
	denials := 0
	for ; !isA[*runtime.AuditError](err); denials++ {
		if _, err = handle.Read(t.Context()); !isA[*runtime.AuthzDeniedError](err) || !errors.Is(err, runtime.ErrDenied) {
			t.Fatalf("denial %d: %v", denials, err)
		}
	}
	if denials < 500 {
		t.Errorf("a spool of a megabyte was full after %d denials", denials)
	}
	_ = client.Close(t.Context())
}

func TestACallThatWasOverBeforeItBeganIsRecorded(t *testing.T) {
	t.Parallel()
	kit := secretstest.New(t, failClosed(t.TempDir(), 0))
	handle := bind(t, kit, "api.token", apiToken, stringDecoder)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := handle.Read(ctx); !errors.Is(err, context.Canceled) || isA[*runtime.AuditError](err) {
		t.Errorf("got %v", err)
	}
}

func TestASinkIsOpenedOnceAndKeepsItsNameWhateverStandsBesideIt(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	a, b := "jsonl:"+filepath.Join(dir, "canary-a"), "jsonl:"+filepath.Join(dir, "canary-b")
	names := map[string]string{}
	for _, sinks := range [][]string{{a, b}, {b, "slog", a, b}, {a, "recording"}, {b}} {
		cfg := stubConfig()
		cfg.Audit.Sinks = sinks
		client, err := runtime.New(t.Context(), cfg, (&recording{}).factory(), pep.Extension{PDP: permits{}})
		if err != nil {
			t.Fatal(err)
		}
		stats := client.AuditStats().Sinks
		for i, sink := range sinks[:min(len(sinks), 3)] {
			if name := stats[i].Name; names[sink] != "" && names[sink] != name {
				t.Errorf("the same sink is called %s and %s", names[sink], name)
			} else {
				names[sink] = name
			}
		}
		recorders := 0
		for _, sink := range stats {
			if strings.HasPrefix(sink.Name, "recording") {
				recorders++
			}
		}
		if recorders != 1 {
			t.Errorf("%v: what is always there is there %d times", stats, recorders)
		}
		_ = client.Close(t.Context())
	}
	if names[a] == names[b] || strings.Contains(names[a]+names[b], "canary") {
		t.Errorf("two sinks are called %s and %s", names[a], names[b])
	}
}

func TestAClientThatCannotBeMadeGivesBackItsSinksAndItsSpool(t *testing.T) {
	t.Parallel()
	cfg := stubConfig()
	cfg.Audit.Policy, cfg.Audit.Spool = audit.FailClosed, t.TempDir()
	good := &recording{}
	broken := audit.Factory{Name: "broken", Always: true, Open: func(context.Context, audit.Instance, string) (audit.Sink, error) { return nil, errors.New("canary") }}
	if _, err := runtime.New(t.Context(), cfg, good.factory(), broken, pep.Extension{PDP: permits{}}); err == nil || good.closed != 1 {
		t.Errorf("%v, and the other sink was closed %d times", err, good.closed)
	}
	client, err := runtime.New(t.Context(), cfg, good.factory(), pep.Extension{PDP: permits{}})
	if err != nil {
		t.Fatal(err)
	}
	if err := client.Close(t.Context()); err != nil {
		t.Error(err)
	}
}

func TestASpoolServesOneClientAtATime(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	secretstest.New(t, failClosed(dir, 0))
	cfg := stubConfig()
	cfg.Audit.Policy, cfg.Audit.Spool, cfg.Audit.Sinks = audit.FailClosed, dir, nil
	_, err := runtime.New(t.Context(), cfg, pep.Extension{PDP: permits{}})
	if err == nil || !strings.Contains(err.Error(), "SECRETS_AUDIT_SPOOL: can't be used: locking the folder: another process uses it") || strings.Contains(err.Error(), dir) {
		t.Errorf("got %v", err)
	}
}

func TestOfAThousandCacheHitsSampledByTenExactlyAHundredAreRecorded(t *testing.T) {
	t.Parallel()
	for _, readers := range []int{1, 8} {
		kit := secretstest.New(t, secretstest.WithConfig(func(cfg *runtime.Config) { cfg.Audit.SampleCacheHits = 10 }))
		kit.Set(apiToken, "canary")
		kit.Grant(pep.Obligations{MaxUses: 1001})
		handle := bind(t, kit, "api.token", apiToken, stringDecoder)
		ctx := kit.Context(t.Context(), "alice")
		read := func() {
			if _, err := handle.Read(ctx); err != nil {
				t.Error(err)
			}
		}
		read() // the first is no hit: it gets the grant
		var wg sync.WaitGroup
		for range readers {
			wg.Go(func() {
				for range 1000 / readers {
					read()
				}
			})
		}
		wg.Wait()
		hits, others := 0, 0
		for _, e := range kit.Events() {
			if e.Type == audit.Read && e.GrantCached {
				hits++
			} else {
				others++
			}
		}
		if hits != 100 || others != 2 {
			t.Errorf("%d readers: %d hits and %d other events, want 100, and the decision and the read that got the grant", readers, hits, others)
		}
	}
}

// TestNoSinkGetsAValueAPathOrAJTI reads, is denied, replays, drifts and fails,
// and then looks at everything that was written on the way: two forms of slog,
// files that rotate, the spool, and what was set aside in it.
func TestNoSinkGetsAValueAPathOrAJTI(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	value, path, jti, subject := leakcheck.NewCanary(), "path-of-canary-4be1", "jti-of-canary-4be1", "subject-of-canary-4be1"
	ref := "openbao+kv2://secret/" + path + "/api#token"
	var log locked
	for name, sinkError := range map[string]error{"down": errors.New(value), "picky": fmt.Errorf("%s: %w", value, audit.ErrRejected)} {
		cfg := stubConfig()
		cfg.Audit = runtime.AuditConfig{
			Sinks:  []string{"slog", "jsonl:" + filepath.Join(dir, name+".jsonl"), "failing"},
			Policy: audit.FailClosed, Spool: filepath.Join(dir, name), HashSubject: true,
		}
		cfg.Logger = slog.New(slog.NewMultiHandler(slog.NewJSONHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug}), slog.NewTextHandler(&log, nil)))
		cfg.Settings = settings.FromMap(map[string]string{"SECRETS_AUDIT_JSONL_MAX_MB": "1"})
		var failure error
		store := (&stub{read: func(context.Context, providers.Location) (providers.Document, error) {
			if failure != nil {
				return providers.Document{}, failure
			}
			document, err := json.Marshal(map[string]string{"token": value})
			if err != nil {
				return providers.Document{}, err
			}
			return text(string(document))
		}}).factory()
		store.Schemes = []string{"openbao+kv2"}
		decision := pep.Decision{Permit: true, Obligations: pep.Obligations{MaxUses: 5}}
		client, err := runtime.New(t.Context(), cfg, rotate.JSONLines(), failing{sinkError}.factory(), store, pep.Extension{PDP: says{&decision}})
		if err != nil {
			t.Fatal(err)
		}
		set := runtime.NewSet(client, []runtime.Declaration{{Accessor: "api.token", URI: ref}})
		handle := runtime.Bind(set, "api.token", stringDecoder)
		if err := set.Err(); err != nil {
			t.Fatal(err)
		}
		who := caller.Caller{Subject: subject, ClientID: subject, Issuer: "https://issuer", Type: caller.User, Tenant: "t", Audience: []string{"crud.secrets"}, TokenID: jti, ProofID: jti, JKT: strings.Repeat("a", 43)}
		read := func() error {
			_, err := handle.Read(caller.NewContext(t.Context(), who))
			return err
		}
		permit, replay := read(), read()
		who.JKT, who.ProofID = "", ""
		drift := read()
		who.TokenID, failure = jti+"2", errors.New(value)
		failed := read()
		who.Subject, who.ClientID, who.TokenID, decision = subject+"2", subject+"2", jti+"3", pep.Decision{}
		denial := read()
		if permit != nil || !isA[*runtime.ReplayError](replay) || !isA[*runtime.BindingDriftError](drift) || !isA[*runtime.ProviderError](failed) || !isA[*runtime.AuthzDeniedError](denial) {
			t.Fatalf("%v, %v, %v, %v, %v", permit, replay, drift, failed, denial)
		}
		_ = client.Close(t.Context())
	}

	written := map[string][]byte{"the log": log.text.Bytes()}
	err := filepath.WalkDir(dir, func(file string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		written[file], err = os.ReadFile(file)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	events := 0
	for name, text := range written {
		events += bytes.Count(text, []byte(`"resource_ref":"`))
		for what, canary := range map[string]string{"the value": value, "a path": path, "a jti": jti, "the subject": subject} {
			if forms := leakcheck.Find(text, canary); forms != nil {
				t.Errorf("%s shows %s as %v", name, what, forms)
			}
		}
	}
	// For each of the two at least five events in the log, a file, and the spool or aside.
	if events < 30 {
		t.Errorf("%d events were written: this test looks at little", events)
	}
	for _, kind := range []string{"down.jsonl", "picky.jsonl", "*/*.spool", "*/rejected-failing.jsonl"} {
		if files, _ := filepath.Glob(filepath.Join(dir, kind)); len(files) != 1 {
			t.Errorf("there is no %s: this test looks at little", kind)
		}
	}
	if !bytes.Contains(written[filepath.Join(dir, "down.jsonl")], []byte(`"subject":"hashed:`)) {
		t.Error("no subject is hashed")
	}
	var e audit.Event
	first, _, _ := bytes.Cut(written[filepath.Join(dir, "down.jsonl")], []byte("\n"))
	if err := json.Unmarshal(first, &e); err != nil || e.ClientID != e.Subject {
		t.Errorf("the client that is the subject: %s (%v)", first, err)
	}
}
