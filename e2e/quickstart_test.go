package e2e

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/secretsgen/secretsgen/e2e/internal/kvserver"
	"github.com/secretsgen/secretsgen/examples/quickstart/config"
	"github.com/secretsgen/secretsgen/runtime"
	"github.com/secretsgen/secretsgen/runtime/caller"
	"github.com/secretsgen/secretsgen/runtime/providers/kv2"
	"github.com/secretsgen/secretsgen/runtime/secretstest/leakcheck"
	"github.com/secretsgen/secretsgen/runtime/settings"
)

// stored is what the server holds for the quickstart: three versions of the
// token, the first destroyed, the second deleted, and the login.
type stored struct {
	mount, clientToken string
	third, password    string // canaries
}

// seed stores the quickstart's secrets below a mount.
func seed(t *testing.T, mount string) stored {
	t.Helper()
	a := kvserver.Admin{T: t, Server: shared}
	s := stored{mount: mount, third: leakcheck.NewCanary(), password: leakcheck.NewCanary()}
	for _, path := range []string{"myapp/api", "myapp/db"} {
		a.Forget(mount, path) // a server that was not started by us may hold one
		t.Cleanup(func() { a.Forget(mount, path) })
	}
	for _, token := range []string{leakcheck.NewCanary(), leakcheck.NewCanary(), s.third} {
		a.Write(mount, "myapp/api", map[string]any{"token": token})
	}
	a.Destroy(mount, "myapp/api", 1)
	a.Remove(mount, "myapp/api", 2)
	a.Write(mount, "myapp/db", map[string]any{"username": "orders", "password": s.password, "port": 5432})
	s.clientToken = a.Token(mount, nil)
	return s
}

// configOf is the quickstart's configuration with the server in the place of
// the development store.
func configOf(t *testing.T, s stored, log *bytes.Buffer) runtime.Config {
	t.Helper()
	policy := filepath.Join(t.TempDir(), "policy.cedar")
	text, err := os.ReadFile("../examples/quickstart/policy.cedar")
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(policy, text, 0o600); err != nil {
		t.Fatal(err)
	}
	return runtime.Config{
		TenantID:      "dev",
		AllowedMounts: []string{s.mount},
		Salt:          []byte(strings.Repeat("e2e salt ", 4)),
		Subject:       "quickstart",
		PDP:           runtime.PDPConfig{PolicyFile: policy},
		Logger:        slog.New(slog.NewJSONHandler(log, nil)),
		Settings: settings.FromMap(map[string]string{
			"VAULT_URL":   shared.Address,
			"VAULT_TOKEN": s.clientToken,
		}),
	}
}

func alice(ctx context.Context) context.Context {
	return caller.NewContext(ctx, caller.Caller{Subject: "alice", Type: caller.User})
}

func TestTheQuickstartReadsARealServer(t *testing.T) {
	// Not parallel: the declarations name the mount "secret".
	kvserver.Admin{T: t, Server: shared}.MountAt("secret")
	s := seed(t, "secret")
	var log bytes.Buffer
	secrets, err := config.Open(t.Context(), configOf(t, s, &log))
	if err != nil {
		t.Fatal(err)
	}

	latest, err := secrets.API.Token(alice(t.Context()))
	if err != nil {
		t.Fatal(err)
	}
	pinned, err := secrets.API.PinnedToken(alice(t.Context()))
	if err != nil {
		t.Fatal(err)
	}
	for name, token := range map[string]runtime.Secret[string]{"latest": latest, "pinned": pinned} {
		if token.Reveal() != s.third || token.Version() != 3 || token.Created().IsZero() {
			t.Errorf("the %s token is not version 3 as stored, but version %d", name, token.Version())
		}
	}
	db, err := secrets.DB(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if got := db.Reveal(); got.Username != "orders" || got.Password != s.password || got.Port != 5432 {
		t.Error("the login is not the one stored")
	}

	mallory := caller.NewContext(t.Context(), caller.Caller{Subject: "mallory", Type: caller.User})
	if _, err := secrets.API.Token(mallory); !errors.Is(err, runtime.ErrDenied) {
		t.Errorf("a caller without a policy got %v, want ErrDenied", err)
	}
	values, err := secrets.Load(alice(t.Context()))
	if err != nil {
		t.Fatal(err)
	}
	if values.API.Token.Reveal() != s.third || values.DB.Reveal().Password != s.password {
		t.Error("Load read other values than those stored")
	}

	if err := secrets.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	if _, err := secrets.DB(t.Context()); !errors.Is(err, runtime.ErrClosed) {
		t.Errorf("a read after Close got %v, want ErrClosed", err)
	}
	checkTrail(t, log.Bytes(), s)
}

// checkTrail looks at the whole log: every read is there under its reference,
// and nothing that may not be.
func checkTrail(t *testing.T, log []byte, s stored) {
	t.Helper()
	for _, canary := range []string{s.third, s.password, s.clientToken} {
		if forms := leakcheck.Find(log, canary); forms != nil {
			t.Errorf("the log holds a value as %v", forms)
		}
	}
	for _, path := range []string{"myapp/api", "myapp/db", shared.Address} {
		if bytes.Contains(log, []byte(path)) {
			t.Errorf("the log holds the path or address %q", path)
		}
	}
	if reads := bytes.Count(log, []byte(`"type":"read"`)); reads != 6 {
		t.Errorf("the trail has %d reads, want 6:\n%s", reads, log)
	}
	if denials := bytes.Count(log, []byte(`"effect":"deny"`)); denials != 1 {
		t.Errorf("the trail has %d denials, want 1:\n%s", denials, log)
	}
}

func TestEveryStateOfASecretHasItsErrorUnderBothSchemes(t *testing.T) {
	t.Parallel()
	a := kvserver.Admin{T: t, Server: shared}
	mount := a.Mount()
	s := seed(t, mount)
	other := a.Mount()
	a.Write(other, "myapp/api", map[string]any{"token": "canary"})

	for _, scheme := range []string{"openbao+kv2", "hashicorp+kv2"} {
		for name, test := range map[string]struct {
			ref  string
			want func(error) bool
		}{
			"a deleted version":          {mount + "/myapp/api#token?version=2", is[*runtime.SecretVersionDeletedError]},
			"a destroyed version":        {mount + "/myapp/api#token?version=1", is[*runtime.SecretVersionDestroyedError]},
			"a version that never was":   {mount + "/myapp/api#token?version=9", is[*runtime.SecretNotFoundError]},
			"a path that never was":      {mount + "/myapp/nothing#token", is[*runtime.SecretNotFoundError]},
			"a key that never was":       {mount + "/myapp/api#nothing", is[*runtime.SecretKeyNotFoundError]},
			"a mount outside the token":  {other + "/myapp/api#token", isProvider("denied")},
			"a mount outside the tenant": {"elsewhere/myapp/api#token", is[*runtime.URIError]},
			"a version that is there":    {mount + "/myapp/api#token?version=3", func(err error) bool { return err == nil }},
		} {
			t.Run(scheme+"/"+name, func(t *testing.T) {
				t.Parallel()
				client := clientOf(t, s, mount, other)
				ref, err := client.Parse(scheme + "://" + test.ref)
				if err != nil {
					t.Fatal(err)
				}
				secret, err := runtime.Resolve[string](t.Context(), client, ref)
				if !test.want(err) {
					t.Errorf("got %T: %v", err, err)
				}
				if err == nil && secret.Reveal() != s.third {
					t.Error("the value is not the one stored")
				}
				if err != nil && (strings.Contains(err.Error(), "myapp") || strings.Contains(err.Error(), shared.Address)) {
					t.Errorf("the error holds a path or an address: %v", err)
				}
			})
		}
	}
}

func TestAServerThatIsGoneIsUnavailableAndNothingElse(t *testing.T) {
	t.Parallel()
	mount := kvserver.Admin{T: t, Server: shared}.Mount()
	s := seed(t, mount)
	cfg := configOf(t, s, &bytes.Buffer{})
	cfg.Environment = "test"
	cfg.PDP = runtime.PDPConfig{InsecureAllowAll: true}
	cfg.Settings = settings.FromMap(map[string]string{"VAULT_URL": "http://127.0.0.1:1", "VAULT_TOKEN": s.clientToken})
	client, err := runtime.New(t.Context(), cfg, kv2.Provider())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = client.Close(context.Background()) })
	ref, err := client.Parse("openbao+kv2://" + mount + "/myapp/api#token")
	if err != nil {
		t.Fatal(err)
	}
	_, err = runtime.Resolve[string](t.Context(), client, ref)
	failure, ok := errors.AsType[*runtime.ProviderError](err)
	if !ok || failure.Code != "unavailable" || !failure.Retryable {
		t.Errorf("got %T: %v", err, err)
	}
}

// clientOf makes a client that may do everything the PDP's side could forbid.
func clientOf(t *testing.T, s stored, mounts ...string) *runtime.Client {
	t.Helper()
	cfg := configOf(t, s, &bytes.Buffer{})
	cfg.Environment = "test"
	cfg.AllowedMounts = mounts
	cfg.PDP = runtime.PDPConfig{InsecureAllowAll: true}
	client, err := runtime.New(t.Context(), cfg, kv2.Provider())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = client.Close(context.Background()) })
	return client
}

func is[E error](err error) bool {
	_, ok := errors.AsType[E](err)
	return ok
}

func isProvider(code string) func(error) bool {
	return func(err error) bool {
		e, ok := errors.AsType[*runtime.ProviderError](err)
		return ok && string(e.Code) == code
	}
}
