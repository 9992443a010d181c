package telemetry

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/secretsgen/secretsgen/runtime"
	"github.com/secretsgen/secretsgen/runtime/audit"
	"github.com/secretsgen/secretsgen/runtime/caller"
	"github.com/secretsgen/secretsgen/runtime/decode"
	"github.com/secretsgen/secretsgen/runtime/observe"
	"github.com/secretsgen/secretsgen/runtime/pep"
	"github.com/secretsgen/secretsgen/runtime/pep/pdptest"
	"github.com/secretsgen/secretsgen/runtime/providers/file"
	"github.com/secretsgen/secretsgen/runtime/providers/kv2"
	"github.com/secretsgen/secretsgen/runtime/secretstest/leakcheck"
	"github.com/secretsgen/secretsgen/runtime/settings"
)

// canaries are what must not be exported.
type canaries struct{ value, path, jti, subject, said, token string }

// newCanaries have only those characters where each is, that may be there.
func newCanaries() canaries {
	return canaries{
		value: leakcheck.NewCanary(), path: rand.Text(), jti: rand.Text(), subject: rand.Text(), said: leakcheck.NewCanary(), token: rand.Text(),
	}
}

// service is a client with everything that it talks to, real but for the KV
// server, in whose place there is one that fails when it is told to.
type service struct {
	telemetry *telemetry
	canaries  canaries
	pdp       *pdptest.Server
	kv        *kvServer
	files     string
	sink      *faultySink
	log       *logBuffer
	client    *runtime.Client
}

func newService(t *testing.T, e *telemetry) *service {
	t.Helper()
	s := &service{telemetry: e, canaries: newCanaries(), sink: &faultySink{}, log: &logBuffer{}}
	var err error
	if s.pdp, err = pdptest.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.pdp.Close)
	s.permits(pep.Obligations{MaxUses: 2})
	s.kv = startKV(t, map[string]string{"token": s.canaries.value})
	s.files = t.TempDir()
	if err := os.WriteFile(filepath.Join(s.files, s.canaries.path), []byte(s.canaries.value), 0o600); err != nil {
		t.Fatal(err)
	}
	s.client = s.open(t, func(*runtime.Config) {})
	t.Cleanup(func() { _ = s.client.Close(context.Background()) })
	return s
}

// open makes a client of the service.
func (s *service) open(t *testing.T, change func(*runtime.Config), ext ...runtime.Extension) *runtime.Client {
	t.Helper()
	cfg := runtime.Config{
		Environment:   "test",
		TenantID:      "tenant",
		AllowedMounts: []string{"secret"},
		Salt:          []byte(s.canaries.token + s.canaries.token),
		Subject:       "workload-" + s.canaries.subject,
		Audience:      "crud.secrets",
		Audit:         runtime.AuditConfig{Sinks: []string{"slog", "faulty"}},
		PDP:           runtime.PDPConfig{URL: s.pdp.URL(), Timeout: time.Minute}, // all that a busy machine may take
		Grants:        runtime.GrantConfig{NegativeTTL: -1},
		Logger:        slog.New(slog.NewJSONHandler(s.log, &slog.HandlerOptions{Level: slog.LevelDebug})),
		Settings:      s.settings("OPENBAO_TOKEN=" + s.canaries.token),
	}
	change(&cfg)
	c, err := runtime.New(t.Context(), cfg, append(ext, s.telemetry.extension, kv2.Provider(), file.Provider(), s.sink.factory())...)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// settings are those of the providers, with how to log in to the KV server.
func (s *service) settings(login ...string) settings.Source {
	all := map[string]string{"OPENBAO_ADDR": s.kv.address, "OPENBAO_MAX_RETRIES": "0", "FILE_MOUNT_PATH": s.files}
	for _, setting := range login {
		name, value, _ := strings.Cut(setting, "=")
		all[name] = value
	}
	return settings.FromMap(all)
}

func (s *service) permits(o pep.Obligations) {
	s.pdp.SetDecision(func(pep.Request) pep.Decision {
		return pep.Decision{Permit: true, ID: "d-" + s.canaries.said, PolicyVersion: "p-" + s.canaries.said, Obligations: o}
	})
}

func (s *service) denies() {
	s.pdp.SetDecision(func(pep.Request) pep.Decision { return pep.Decision{ID: "d-" + s.canaries.said} })
}

// as is a request of its own by the caller, with a token and, unless it is empty, a
// proof.
func (s *service) as(proof string) context.Context {
	c := caller.Caller{
		Issuer: "https://" + s.canaries.subject, Subject: s.canaries.subject, ClientID: "client-" + s.canaries.subject,
		Audience: []string{"crud.secrets"}, TokenID: s.canaries.jti, JKT: "jkt-" + s.canaries.jti, ProofID: proof,
		CorrelationID: s.canaries.said, WorkflowRunID: s.canaries.said, NodeID: s.canaries.said, SystemID: s.canaries.said,
	}
	if proof == "" {
		c.JKT = ""
	}
	return caller.NewContext(context.Background(), c)
}

func (s *service) read(t *testing.T, c *runtime.Client, ctx context.Context, ref string) error { //nolint:revive // t first reads better
	t.Helper()
	parsed, err := c.Parse(ref)
	if err != nil {
		t.Fatal(err)
	}
	_, err = runtime.Resolve[string](ctx, c, parsed)
	return err
}

// must fails the test unless err is of the type.
func must[E error](t *testing.T, err error) {
	t.Helper()
	if _, ok := errors.AsType[E](err); !ok {
		t.Fatalf("got %T (%v), want %T", err, err, *new(E))
	}
}

func (s *service) remote() string { return "openbao+kv2://secret/" + s.canaries.path + "/api#token" }

// works is a service in which all is well: a permit, a live grant, a value that is
// wrapped on its way, and one from this machine.
func (s *service) works(t *testing.T) {
	t.Helper()
	ctx := context.Background()
	for range 4 {
		if err := s.read(t, s.client, ctx, s.remote()); err != nil {
			t.Fatal(err)
		}
	}
	s.permits(pep.Obligations{ResponseWrap: time.Minute})
	if err := s.read(t, s.client, ctx, s.remote()); err != nil {
		t.Fatal(err)
	}
	s.permits(pep.Obligations{MaxUses: 2})
	if err := s.read(t, s.client, ctx, "file://secret/"+s.canaries.path); err != nil {
		t.Fatal(err)
	}
	s.starts(t)
	if err := s.client.Flush(t.Context()); err != nil {
		t.Fatal(err)
	}
}

// starts is what a service does at its start, in a client that logs in and has the
// PDP told of metadata.
func (s *service) starts(t *testing.T) {
	t.Helper()
	declarations := []runtime.Declaration{{Accessor: "api.token", URI: s.remote()}}
	c := s.open(t, func(cfg *runtime.Config) {
		quietly(cfg)
		cfg.PDP.ResourceAttributes = true
		cfg.Settings = s.settings("OPENBAO_AUTH=approle", "OPENBAO_ROLE_ID="+s.canaries.token, "OPENBAO_SECRET_ID="+s.canaries.token)
	}, runtime.Declared(declarations))
	set := runtime.NewSet(c, declarations)
	token := runtime.Bind(set, "api.token", decode.Decoder[string](decode.String))
	if err := set.Preflight(t.Context()); err != nil {
		t.Fatal(err)
	}
	loaded, err := set.Load(t.Context())
	if err != nil || runtime.Take(loaded, token).Reveal() != s.canaries.value || loaded.Err() != nil {
		t.Fatal(err, loaded)
	}
	if err := c.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
}

// quietly has a client tell no audit sink.
func quietly(cfg *runtime.Config) { cfg.Audit.Sinks = []string{"none"} }

// breaks is everything that can go wrong, one after the other.
func (s *service) breaks(t *testing.T) {
	t.Helper()
	ctx := context.Background()
	must[*runtime.URIError](t, s.read(t, s.client, ctx, "openbao+kv2://elsewhere/"+s.canaries.path))

	if err := s.read(t, s.client, s.as(s.canaries.jti), s.remote()); err != nil {
		t.Fatal(err)
	}
	must[*runtime.ReplayError](t, s.read(t, s.client, s.as(s.canaries.jti), s.remote()))
	must[*runtime.BindingDriftError](t, s.read(t, s.client, s.as(""), s.remote()))

	s.denies()
	for range 60 {
		must[*runtime.AuthzDeniedError](t, s.read(t, s.client, ctx, s.remote()+"-denied"))
	}

	s.permits(pep.Obligations{ResponseWrap: time.Minute})
	s.kv.slow(1100 * time.Millisecond)
	_ = s.read(t, s.client, ctx, s.remote())
	s.kv.slow(0)
	s.permits(pep.Obligations{MaxUses: 20})

	s.kv.fails(http.StatusNotFound, s.canaries.said)
	must[*runtime.SecretNotFoundError](t, s.read(t, s.client, ctx, s.remote()))
	s.kv.fails(http.StatusInternalServerError, s.canaries.said)
	for range 8 {
		must[*runtime.ProviderError](t, s.read(t, s.client, ctx, s.remote()))
	}

	s.pdp.Break(pdptest.ServerError)
	for range 8 {
		must[*runtime.PDPUnavailableError](t, s.read(t, s.client, ctx, s.remote()+"-other"))
	}

	forgetful := s.open(t, quietly, pep.Extension{Replay: noReplays{errors.New(s.canaries.said)}})
	must[*runtime.ReplayError](t, s.read(t, forgetful, s.as("another"), s.remote()))
	if err := forgetful.Close(t.Context()); err != nil {
		t.Fatal(err)
	}

	s.sink.fails(errors.New(s.canaries.said))
	must[*runtime.PDPUnavailableError](t, s.read(t, s.client, ctx, s.remote()+"-other"))
	if err := s.client.Flush(t.Context()); err != nil {
		t.Fatal(err)
	}
	s.overflows(t)
}

// overflows shows the states that take hours, or a disk, to come to.
func (s *service) overflows(t *testing.T) {
	t.Helper()
	for _, o := range s.telemetry.extension.Observers {
		if o, ok := o.(observe.StateObserver); ok {
			o.OnOpen(func() observe.State {
				return observe.State{
					Replays: observe.Table{Entries: 1 << 40, Capacity: 1 << 40},
					Sinks:   []observe.Sink{{Name: "faulty", Waiting: 1 << 20, Capacity: 1 << 20}},
					Spool:   observe.Spool{Refused: 3, Bytes: 9, Max: 10},
				}
			})
		}
	}
}

// noReplays is a store of replays that can't tell.
type noReplays struct{ err error }

func (n noReplays) Claim(context.Context, pep.Claim) (time.Duration, error) { return 0, n.err }

func (n noReplays) Claimed(context.Context, pep.Claim) (bool, error) {
	return false, n.err
}

// faultySink keeps events until it is told to fail.
type faultySink struct {
	mu     sync.Mutex
	events []audit.Event
	err    error
}

func (f *faultySink) fails(err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.err = err
}

func (f *faultySink) Write(_ context.Context, e *audit.Event) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.events = append(f.events, *e)
	return f.err
}

func (*faultySink) Close(context.Context) error { return nil }

func (f *faultySink) factory() audit.Factory {
	return audit.Factory{Name: "faulty", Open: func(context.Context, audit.Instance, string) (audit.Sink, error) { return f, nil }}
}

// logBuffer keeps what is logged.
type logBuffer struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (l *logBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(p)
}

// lines are those that are logged and are no audit events.
func (l *logBuffer) lines() []byte {
	l.mu.Lock()
	defer l.mu.Unlock()
	var all []byte
	for line := range bytes.Lines(l.text.Bytes()) {
		if !bytes.Contains(line, []byte(`"accessor"`)) && !bytes.Contains(line, []byte(`"resource_ref"`)) {
			all = append(all, line...)
		}
	}
	return all
}
