package kv

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/secretsgen/secretsgen/e2e/internal/kvserver"
	"github.com/secretsgen/secretsgen/e2e/kv/shop"
	"github.com/secretsgen/secretsgen/runtime"
	"github.com/secretsgen/secretsgen/runtime/audit"
	"github.com/secretsgen/secretsgen/runtime/caller"
	"github.com/secretsgen/secretsgen/runtime/secretstest/leakcheck"
	"github.com/secretsgen/secretsgen/runtime/settings"
)

// policies allow the service everything, the PIN only wrapped, and a caller the
// card's account alone.
const policies = `
@id("shop") @max_uses("1000")
permit (principal == Subject::"shop", action == Action::"execute", resource);

@id("the PIN travels wrapped") @response_wrap("60s")
permit (principal == Subject::"shop", action == Action::"execute", resource in Path::"hashicorp+kv2://secret/shop/pin");

@id("alice")
permit (principal == Subject::"alice", action == Action::"execute", resource == Secret::"openbao+kv2://secret/shop/card#account");
`

// service is a program with the secrets of package shop: two schemes on one
// server, by two addresses and with two logins, and an instance on another, over
// TLS, with a certificate.
type service struct {
	*shop.Secrets
	main, wrapped      *front
	key, oldKey        string
	pin, user, account string
	voucher, rates     string
	tokens             []string // settings that are secret

	mu     sync.Mutex
	log    bytes.Buffer
	events []audit.Event
}

// Write takes the log.
func (s *service) Write(line []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.log.Write(line)
}

// sink takes the trail.
type sink struct{ *service }

// Write implements [audit.Sink].
func (s sink) Write(_ context.Context, e *audit.Event) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.events = append(s.events, *e)
	return nil
}

// Close implements [audit.Sink].
func (sink) Close(context.Context) error { return nil }

// serving starts the servers, fills them and opens the program's secrets.
func serving(t *testing.T, change ...func(*runtime.Config)) *service {
	t.Helper()
	s := &service{
		key: leakcheck.NewCanary(), oldKey: leakcheck.NewCanary(), pin: leakcheck.NewCanary(), user: leakcheck.NewCanary(), account: leakcheck.NewCanary(),
		voucher: leakcheck.NewCanary(), rates: leakcheck.NewCanary(),
	}
	home := own(t, kvserver.Options{})
	home.MountAt("secret")
	for _, key := range []string{s.oldKey, s.key} {
		home.Write("secret", "shop/card", map[string]any{"key": key, "account": s.account, "region": "eu", "limit": 250})
	}
	home.Describe("secret", "shop/card", map[string]any{"custom_metadata": map[string]string{"owner": "payments", "created_by": "ops"}})
	home.Write("secret", "shop/pin", map[string]any{"code": s.pin})
	home.Write("secret", "shop/voucher", map[string]any{"code": s.voucher})
	home.Write("secret", "shop/rates", map[string]any{"key": s.rates})
	ca := newAuthority(t)
	cert, key := ca.issue("kv", "127.0.0.1")
	abroad := own(t, kvserver.Options{Cert: cert, Key: key, TLS: ca.trust()})
	abroad.MountAt("eu")
	abroad.Write("eu", "shop/db", map[string]any{"username": "shop", "password": s.user})

	method := abroad.Method("cert")
	abroad.Must(http.MethodPost, "auth/"+method+"/certs/shop", map[string]any{
		"certificate": ca.pem(), "allowed_common_names": "shop", "token_policies": []string{abroad.Policy("eu")},
	})
	clientCert, clientKey := ca.issue("shop")
	roleOf := appRole(t, home, role{"token_policies": []string{home.Policy("secret")}})
	s.main, s.wrapped = before(t, home.Server), before(t, home.Server)
	s.tokens = []string{home.Token("secret", nil), roleOf["SECRET_ID"]}
	cfg := runtime.Config{
		TenantID: "dev", AllowedMounts: []string{"secret", "eu"}, Salt: []byte(strings.Repeat("e2e salt ", 4)), Subject: "shop",
		PDP: runtime.PDPConfig{PolicyFile: saveText(t, policies)}, Audit: runtime.AuditConfig{Sinks: []string{"e2e", "slog"}},
		Logger: slog.New(slog.NewJSONHandler(s, nil)),
		Settings: settings.FromMap(map[string]string{
			"OPENBAO_URL": s.main.address, "OPENBAO_TOKEN": s.tokens[0],
			"HASHICORP_URL": s.wrapped.address, "HASHICORP_AUTH": "approle", "HASHICORP_AUTH_MOUNT": roleOf["AUTH_MOUNT"],
			"HASHICORP_ROLE_ID": roleOf["ROLE_ID"], "HASHICORP_SECRET_ID": roleOf["SECRET_ID"],
			"OPENBAO_EU_URL": abroad.Server.Address, "OPENBAO_EU_CACERT": ca.file, "OPENBAO_EU_AUTH": "cert", "OPENBAO_EU_AUTH_MOUNT": method,
			"OPENBAO_EU_CLIENT_CERT": clientCert, "OPENBAO_EU_CLIENT_KEY": clientKey,
		}),
	}
	for _, change := range change {
		change(&cfg)
	}
	secrets, err := shop.Open(t.Context(), cfg, audit.Factory{
		Name: "e2e", Open: func(context.Context, audit.Instance, string) (audit.Sink, error) { return sink{s}, nil },
	})
	if err != nil {
		t.Fatal(err)
	}
	s.Secrets = secrets
	t.Cleanup(func() { s.check(t) })
	return s
}

// check closes the program and looks at what it has left behind.
func (s *service) check(t *testing.T) {
	t.Helper()
	if err := s.Close(context.Background()); err != nil {
		t.Errorf("Close: %v", err)
	}
	for _, secret := range append(s.tokens, s.key, s.oldKey, s.pin, s.user, s.account, s.voucher, s.rates) {
		if forms := leakcheck.Find(s.log.Bytes(), secret); forms != nil {
			t.Errorf("the log holds a value or credential as %v", forms)
		}
	}
	for _, text := range []string{"shop/card", "shop/pin", "127.0.0.1"} {
		if strings.Contains(s.log.String(), text) {
			t.Errorf("the log holds %q", text)
		}
	}
}

// of are the events of an accessor, as type, effect and version.
func (s *service) of(t *testing.T, accessor string) (seen []string) {
	t.Helper()
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, e := range s.events {
		if e.Accessor == accessor {
			seen = append(seen, string(e.Type)+" "+string(e.Effect)+" "+e.Code+"#"+string(rune('0'+e.KVVersion)))
		}
	}
	return seen
}

func gets[T any](t *testing.T, want T, read func(context.Context) (runtime.Secret[T], error)) runtime.Secret[T] {
	t.Helper()
	secret, err := read(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if !cmp.Equal(secret.Reveal(), want) {
		t.Error("the value is not the one stored")
	}
	return secret
}

func TestAServiceReadsFromEachServerItsOwn(t *testing.T) {
	t.Parallel()
	s := serving(t)
	key := gets(t, s.key, s.Card.Key)
	if diff := cmp.Diff(map[string]string{"owner": "payments", "created_by": "ops"}, key.CustomMetadata()); diff != "" {
		t.Errorf("custom metadata (-want +got):\n%s", diff)
	}
	if key.Version() != 2 || time.Since(key.Created()) > time.Hour {
		t.Errorf("version %d, created %v", key.Version(), key.Created())
	}
	if old := gets(t, s.oldKey, s.Card.FirstKey); old.Version() != 1 || old.Ref() == key.Ref() {
		t.Errorf("the first key has version %d", old.Version())
	}
	gets(t, 250, s.Card.Limit)
	gets(t, s.pin, s.Pin)
	login, err := s.Eu.Login(t.Context())
	if err != nil || login.Reveal().Username != "shop" || login.Reveal().Password != s.user {
		t.Errorf("the login of the instance: %v", err)
	}
	// The scheme alone says which server is asked, and with whose credential.
	for _, request := range s.main.requests() {
		if request != "GET secret/data/shop/card" {
			t.Errorf("the server of openbao+kv2 got %q", request)
		}
	}
	if n := count(s.wrapped.requests(), "shop/card"); n > 0 {
		t.Error("the server of hashicorp+kv2 was asked for a secret of openbao+kv2")
	}
}

func TestAnObligationToWrapIsMetByEveryRead(t *testing.T) {
	t.Parallel()
	s := serving(t)
	for range 3 {
		gets(t, s.pin, s.Pin)
	}
	seen := s.wrapped.requests()
	seen = slices.DeleteFunc(seen, func(line string) bool { return strings.HasSuffix(line, "/login") })
	var want []string
	for range 3 {
		want = append(want, "GET secret/data/shop/pin wrapped", "POST sys/wrapping/lookup", "POST sys/wrapping/unwrap")
	}
	if diff := cmp.Diff(want, seen); diff != "" {
		t.Errorf("requests (-want +got):\n%s", diff)
	}
}

func TestADeclarationWrapsAndKeepsWhateverThePolicySays(t *testing.T) {
	t.Parallel()
	s := serving(t)
	for range 3 {
		gets(t, s.voucher, s.Voucher)
	}
	if seen := s.main.requests(); count(seen, "GET secret/data/shop/voucher wrapped") != 3 || len(s.main.unwrapped()) != 3 {
		t.Errorf("the requests for what travels wrapped are %v", seen)
	}
	for range 3 {
		gets(t, s.rates, s.Rates)
	}
	if diff := cmp.Diff([]string{"GET secret/data/shop/rates"}, s.main.requests()); diff != "" {
		t.Errorf("requests for what is kept (-want +got):\n%s", diff)
	}
}

func TestKeysOfOneDocumentAreOneRead(t *testing.T) {
	t.Parallel()
	s := serving(t)
	values, err := s.Load(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if values.Card.Key.Reveal() != s.key || values.Card.Account.Reveal() != s.account || values.Card.Limit.Reveal() != 250 || values.Card.FirstKey.Reveal() != s.oldKey {
		t.Error("Load brought other values than those stored")
	}
	if n := count(s.main.requests(), "GET secret/data/shop/card"); n != 2 {
		t.Errorf("%d requests for two versions of a document, want 2", n)
	}

	// The same without Load, for those who ask while the answer is on its way.
	s.main.answers(func(http.ResponseWriter, *http.Request) bool {
		<-time.After(time.Second) // a slow server
		return false
	})
	var wait sync.WaitGroup
	for range 8 {
		for _, read := range []func(context.Context) (runtime.Secret[string], error){s.Card.Key, s.Card.Account, s.Card.Region} {
			wait.Go(func() {
				if _, err := read(t.Context()); err != nil {
					t.Error(err)
				}
			})
		}
	}
	wait.Wait()
	if n := len(s.main.requests()); n != 1 {
		t.Errorf("%d requests for 24 reads of three keys at one moment, want 1", n)
	}
}

func TestWhoIsDeniedNeverReachesTheServer(t *testing.T) {
	t.Parallel()
	s := serving(t)
	alice := caller.NewContext(t.Context(), caller.Caller{Subject: "alice", Type: caller.User})
	if _, err := s.Card.Key(alice); !errors.Is(err, runtime.ErrDenied) {
		t.Errorf("the key: %v, want a denial", err)
	}
	if n := len(s.main.requests()); n > 0 {
		t.Errorf("%d requests for what is denied", n)
	}
	if secret, err := s.Card.Account(alice); err != nil || secret.Reveal() != s.account {
		t.Errorf("the account: %v", err)
	}
	if err := s.Close(t.Context()); err != nil {
		t.Error(err)
	}
	want := []string{"decision allow #0", "read allow #2"}
	if diff := cmp.Diff(want, s.of(t, "card.account")); diff != "" {
		t.Errorf("the trail of the account (-want +got):\n%s", diff)
	}
	if got := s.of(t, "card.key"); len(got) != 1 || !strings.HasPrefix(got[0], "decision deny") {
		t.Errorf("the trail of the key is %v, want one denial", got)
	}
}

// The owner that the server has noted decides, before anybody reads the value.
func TestAPolicyDecidesByTheOwnerThatTheServerTells(t *testing.T) {
	t.Parallel()
	s := serving(t, func(cfg *runtime.Config) {
		cfg.PDP.ResourceAttributes, cfg.PDP.Timeout = true, 30*time.Second // the machine may be busy
		cfg.PDP.PolicyFile = saveText(t, `permit (principal, action, resource)
			when { context.resource_attributes has owner && context.resource_attributes.owner == "payments" };`)
	})
	gets(t, s.key, s.Card.Key)
	want := []string{"GET secret/metadata/shop/card", "GET secret/data/shop/card"}
	if diff := cmp.Diff(want, s.main.requests()); diff != "" {
		t.Errorf("requests (-want +got):\n%s", diff)
	}
	if _, err := s.Pin(t.Context()); !errors.Is(err, runtime.ErrDenied) {
		t.Errorf("a secret of nobody: %v, want a denial", err)
	}
	if n := count(s.wrapped.requests(), "/data/"); n > 0 {
		t.Error("the value of a secret that is denied was read")
	}
}
