package sharedstore_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"io"
	"log/slog"
	"sync"
	"testing"
	"time"
	"unique"

	"github.com/secretsgen/secretsgen/internal/servertest"
	"github.com/secretsgen/secretsgen/runtime/caller"
	"github.com/secretsgen/secretsgen/runtime/pep"
	"github.com/secretsgen/secretsgen/runtime/pep/sharedstore"
	"github.com/secretsgen/secretsgen/runtime/settings"
	"github.com/secretsgen/secretsgen/runtime/uri"
)

const tenant = "tenant-canary-5d20"

// onEach runs a test against a Redis and a Valkey.
func onEach(t *testing.T, test func(t *testing.T, s *servertest.Server), args ...string) {
	t.Helper()
	on(t, []servertest.Kind{servertest.Redis, servertest.Valkey}, test, args)
}

// onAll does so against a cluster too, which takes some seconds to get ready.
func onAll(t *testing.T, test func(t *testing.T, s *servertest.Server), args ...string) {
	t.Helper()
	on(t, []servertest.Kind{servertest.Cluster, servertest.Redis, servertest.Valkey}, test, args)
}

func on(t *testing.T, kinds []servertest.Kind, test func(t *testing.T, s *servertest.Server), args []string) {
	t.Helper()
	for _, kind := range kinds {
		t.Run(string(kind), func(t *testing.T) {
			t.Parallel()
			test(t, servertest.Start(t, kind, args...))
		})
	}
}

// instance is what a store is opened with, as a client would.
func instance(url string, vars map[string]string) pep.StoreInstance {
	if vars == nil {
		vars = map[string]string{}
	}
	if vars["SECRETS_STORE_TIMEOUT"] == "" {
		vars["SECRETS_STORE_TIMEOUT"] = "5s" // a busy machine is no broken store
	}
	return pep.StoreInstance{
		URL:      url,
		TenantID: tenant,
		Key:      bytes.Repeat([]byte{7}, 32),
		Settings: settings.FromMap(vars),
		Logger:   slog.New(slog.DiscardHandler),
	}
}

// open opens a store as one more process would.
func open(tb testing.TB, s *servertest.Server) pep.SharedStore {
	tb.Helper()
	return openWith(tb, instance(s.URL(), nil))
}

func openWith(tb testing.TB, in pep.StoreInstance) pep.SharedStore {
	tb.Helper()
	store, err := sharedstore.Store().Open(context.Background(), in)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { _ = store.Close(context.Background()) })
	return store
}

func ref(tb testing.TB, text string) uri.URI {
	tb.Helper()
	u, err := uri.Parse(text, uri.Scope{AnyMount: true})
	if err != nil {
		tb.Fatal(err)
	}
	return u
}

func declaration(tb testing.TB) pep.Declaration {
	tb.Helper()
	return pep.Declaration{Ref: ref(tb, "env://secret/PATH_CANARY_77f1"), Accessor: "accessor_canary.77f1"}
}

func identity(subject string) unique.Handle[caller.Identity] {
	return unique.Make(caller.Identity{Issuer: "https://issuer-canary", Subject: subject, Tenant: tenant, Type: caller.Workload})
}

func key(tb testing.TB, subject string) pep.Key {
	tb.Helper()
	return pep.Key{Identity: identity(subject), Declaration: unique.Make(declaration(tb))}
}

func grant(id string, uses int) pep.Grant {
	return pep.Grant{ID: id, DecisionID: "decision-" + id, PolicyVersion: "v1", Uses: uses, TTL: time.Minute}
}

// logged is a log that a test looks into.
type logged struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (l *logged) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(p)
}

func (l *logged) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

// eventually waits for what takes the server's time to come about.
func eventually(t *testing.T, what string, done func() bool) {
	t.Helper()
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for deadline := time.Now().Add(20 * time.Second); !done(); <-tick.C {
		if time.Now().After(deadline) {
			t.Fatalf("it does not come about that %s", what)
		}
	}
}

// keys are all keys that the server has.
func keys(t *testing.T, s *servertest.Server) []string {
	t.Helper()
	return servertest.Texts(s.Do("KEYS", "*"))
}

// claim is one of the id by a request of its own.
func claim(id string, ttl time.Duration) pep.Claim {
	c := pep.Claim{ID: caller.DigestOf(id), TTL: ttl, Identity: identity("billing")}
	_, _ = rand.Read(c.Owner[:])
	return c
}

func boundIdentity(subject, jkt string) unique.Handle[caller.Identity] {
	who := identity(subject).Value()
	who.Binding.JKT = jkt
	return unique.Make(who)
}

func logger(to io.Writer) *slog.Logger { return slog.New(slog.NewTextHandler(to, nil)) }
