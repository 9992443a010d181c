package secretstest

import (
	"context"
	"errors"
	"log/slog"
	"strings"

	"github.com/secretsgen/secretsgen/runtime"
	"github.com/secretsgen/secretsgen/runtime/audit"
	"github.com/secretsgen/secretsgen/runtime/caller"
	"github.com/secretsgen/secretsgen/runtime/internal/fake"
	"github.com/secretsgen/secretsgen/runtime/pep"
)

// TB is what a kit needs of a *testing.T or a *testing.B. It is written out so
// that this package does not link package testing.
type TB interface {
	Helper()
	Context() context.Context
	Cleanup(func())
	Fatalf(format string, args ...any)
}

// Kit is a client with everything around it in memory. Make one a test with
// [New]. It is safe for concurrent use.
type Kit struct {
	// Client is what generated New functions take.
	Client *runtime.Client

	tb       TB
	tenant   string
	audience string
	store    *store
	pdp      *decider
	sink     *recorder
}

// Option changes how a kit is made.
type Option func(*options)

type options struct {
	cfg     runtime.Config
	schemes []string

	declarations []runtime.Declaration // of fakes
	values       fake.Values
	stands       []string // accessors that a stand is for
	mistakes     []error
}

// WithConfig changes the settings of the kit's client before it is made: its
// mounts, say, or how long grants live.
func WithConfig(change func(*runtime.Config)) Option {
	return func(o *options) { change(&o.cfg) }
}

// WithSchemes has the kit's store serve third-party schemes too, such as
// "aws+sm". Built-in schemes and their instances it serves anyway.
func WithSchemes(schemes ...string) Option {
	return func(o *options) { o.schemes = append(o.schemes, schemes...) }
}

// New makes a kit for the tenant "test", which allows the mounts secret and kv,
// and whose process is the workload "test". It is closed when the test ends. It
// can be used in a bubble of testing/synctest.
func New(tb TB, opts ...Option) *Kit {
	tb.Helper()
	o := options{cfg: runtime.Config{
		Environment:   "test",
		TenantID:      "test",
		AllowedMounts: []string{"secret", "kv"},
		Salt:          []byte(strings.Repeat("secretstest salt ", 3)),
		Subject:       "test",
		Audience:      "crud.secrets",
		Logger:        slog.New(slog.DiscardHandler),
		Audit:         runtime.AuditConfig{Sinks: []string{"none"}},
	}}
	for _, option := range opts {
		option(&o)
	}
	kit := &Kit{
		tb: tb, tenant: o.cfg.TenantID, audience: o.cfg.Audience,
		store: newStore(), pdp: &decider{}, sink: &recorder{},
	}
	if err := errors.Join(o.mistakes...); err != nil {
		tb.Fatalf("secretstest: %v", err)
	}
	client, err := runtime.New(tb.Context(), o.cfg, append(o.fake(),
		kit.store.factory(o.schemes),
		pep.Extension{PDP: kit.pdp, Random: func() float64 { return 0 }},
		kit.sink.factory(),
	)...)
	if err != nil {
		tb.Fatalf("secretstest: %v", err)
	}
	kit.Client = client
	// Its error counts events that a benchmark left to a full queue, which is
	// no failure of the test.
	tb.Cleanup(func() { _ = client.Close(context.WithoutCancel(tb.Context())) })
	return kit
}

// Context returns ctx with a caller of the kit's tenant, as middleware would
// make it of a token: with the audience that the client asks for.
func (k *Kit) Context(ctx context.Context, subject string) context.Context {
	return caller.NewContext(ctx, caller.Caller{
		Subject:  subject,
		Type:     caller.User,
		Tenant:   k.tenant,
		Audience: []string{k.audience},
	})
}

// Set stores a value. The reference names a place, a key if the document has
// keys, and a version if there are several: "…/api#token?version=3". The highest
// version is the latest, and the one that a reference without a version changes.
// A value is a string, []byte, int, float64, bool, nil, json.RawMessage, or,
// without a key, a map[string]any of those. A declaration that has its document
// kept reads an old value for as long as it says.
func (k *Kit) Set(ref string, value any) {
	k.tb.Helper()
	if err := k.store.set(ref, value); err != nil {
		k.tb.Fatalf("secretstest: Set: %v", err)
	}
}

// Fail makes every read of the document of ref return err, or, where ref has a
// version, every read of that version; nil mends it. Use the errors of package
// runtime, for instance &runtime.SecretVersionDeletedError{}: any other becomes
// a *runtime.ProviderError, as it would for a real store.
func (k *Kit) Fail(ref string, err error) {
	k.tb.Helper()
	if err := k.store.fail(ref, err); err != nil {
		k.tb.Fatalf("secretstest: Fail: %v", err)
	}
}

// Deny makes the PDP deny the given accessors from now on, or, without any,
// everything. What is left of grants that were given before stays good.
func (k *Kit) Deny(accessors ...string) { k.pdp.deny(accessors) }

// BreakPDP makes the PDP unavailable for reason; the empty reason mends it.
func (k *Kit) BreakPDP(reason pep.Reason) { k.pdp.breakFor(reason) }

// Grant sets the obligations of every later permit. Without it a grant has one
// use, which is the default of the settings.
func (k *Kit) Grant(o pep.Obligations) { k.pdp.oblige(o) }

// Asked counts the questions that the PDP was asked.
func (k *Kit) Asked() int { return k.pdp.asked() }

// Reads counts the reads that reached the store.
func (k *Kit) Reads() int { return k.store.count() }

// Events returns every audit event so far.
func (k *Kit) Events() []audit.Event {
	k.tb.Helper()
	if err := k.Client.Flush(context.WithoutCancel(k.tb.Context())); err != nil {
		k.tb.Fatalf("secretstest: Events: %v", err)
	}
	return k.sink.events()
}
