package audit

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/secretsgen/secretsgen/runtime"
	"github.com/secretsgen/secretsgen/runtime/audit"
	"github.com/secretsgen/secretsgen/runtime/audit/kafka"
	"github.com/secretsgen/secretsgen/runtime/caller"
	"github.com/secretsgen/secretsgen/runtime/decode"
	"github.com/secretsgen/secretsgen/runtime/providers/yaml"
	"github.com/secretsgen/secretsgen/runtime/secretstest/leakcheck"
)

// compose is the predecessor's compose block, but for the address of the broker.
const compose = `VAULT_URL=http://openbao:8200
VAULT_TOKEN=root
VAULT_TIMEOUT=30
VAULT_VERIFY_SSL=False
TENANT_ID=dev
TENANT_ALLOWED_MOUNTS=secret
SECRET_TENANT_SALT=override-in-secure-env
GRANT_TTL_DEFAULT=300
GRANT_MAX_USES_DEFAULT=1
ENABLE_KAFKA_PRODUCER=true
KAFKA_BOOTSTRAP_SERVERS=%s
KAFKA_TOPIC_PREFIX=crud
ENVIRONMENT=dev
SECRETS_PDP=insecure-allow-all
SECRETS_SUBJECT=subject-of-canary-4be1
YAML_VAULT_FOR=openbao+kv2`

// What is in no record, and the subject, which is.
const (
	path    = "path-of-canary-4be1"
	jti     = "jti-of-canary-4be1"
	subject = "subject-of-canary-4be1"
)

// service is a client as generated code has it, with the settings of the
// environment.
type service struct {
	client         *runtime.Client
	token, foreign runtime.Handle[string]
	value          string
	log            *bytes.Buffer
}

// newService starts a client with the compose block and further settings.
func newService(t *testing.T, b *broker, more ...string) *service {
	t.Helper()
	s := &service{value: leakcheck.NewCanary(), log: &bytes.Buffer{}}
	store := filepath.Join(t.TempDir(), "store.yaml")
	if err := os.WriteFile(store, fmt.Appendf(nil, "secret:\n  %s/api:\n    token: %s\n", path, strconv.Quote(s.value)), 0o600); err != nil {
		t.Fatal(err)
	}
	block := fmt.Sprintf(compose, b.address) + "\nYAML_VAULT_PATH=" + store + "\n" + strings.Join(more, "\n")
	for setting := range strings.Lines(block) {
		name, value, _ := strings.Cut(strings.TrimSpace(setting), "=")
		t.Setenv(name, value)
	}
	cfg, err := runtime.ConfigFromEnv()
	if err != nil {
		t.Fatal(err)
	}
	cfg.Logger = slog.New(slog.NewTextHandler(s.log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	declarations := []runtime.Declaration{
		{Accessor: "api.token", URI: "openbao+kv2://secret/" + path + "/api#token"},
		{Accessor: "api.missing", URI: "openbao+kv2://secret/" + path + "/missing#token"},
	}
	if s.client, err = runtime.New(t.Context(), cfg, runtime.Declared(declarations), yaml.Provider(), kafka.Sink()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.client.Close(context.Background()) })
	set := runtime.NewSet(s.client, declarations)
	s.token, s.foreign = runtime.Bind(set, "api.token", decode.String), runtime.Bind(set, "api.missing", decode.String)
	if err := set.Err(); err != nil {
		t.Fatal(err)
	}
	return s
}

// read reads the token n times.
func (s *service) read(t *testing.T, n int) {
	t.Helper()
	for range n {
		secret, err := s.token.Read(t.Context())
		if err != nil || secret.Reveal() != s.value {
			t.Fatalf("a read fails: %v", err)
		}
	}
}

// leaks looks for what must be nowhere.
func (s *service) leaks(t *testing.T, where string, out []byte) {
	t.Helper()
	for what, canary := range map[string]string{"value": s.value, "path": path, "jti": jti} {
		if forms := leakcheck.Find(out, canary); forms != nil {
			t.Errorf("the %s hold the %s as %v", where, what, forms)
		}
	}
}

func TestTheComposeBlockOfThePredecessorWritesItsTrailToKafka(t *testing.T) {
	b := newBroker(t)
	file := filepath.Join(t.TempDir(), "audit.jsonl")
	s := newService(t, b, "SECRETS_AUDIT=slog,jsonl:"+file)
	s.read(t, 3)
	_, missing := s.foreign.Read(t.Context())
	who := caller.Caller{Issuer: "https://issuer", Subject: subject, Tenant: "dev", Audience: []string{"crud.secrets"}, TokenID: jti, ProofID: jti, JKT: strings.Repeat("a", 43)}
	for range 2 {
		_, _ = s.token.Read(caller.NewContext(t.Context(), who)) // the second is a replay
	}
	who.Audience = nil
	_, denied := s.token.Read(caller.NewContext(t.Context(), who))
	if missing == nil || denied == nil {
		t.Fatalf("nothing is refused: %v, %v", missing, denied)
	}
	if err := s.client.Close(t.Context()); err != nil {
		t.Fatal(err)
	}

	lines, raw := b.kcat(t)
	s.leaks(t, "records", raw)
	s.leaks(t, "log and the errors", fmt.Append(s.log.Bytes(), missing, denied))
	if leakcheck.Find(raw, subject) == nil {
		t.Error("no record has the subject: the test is wrong")
	}
	seen := map[string]int{}
	for _, l := range lines {
		seen[string(l.event.Type)+" "+string(l.event.Effect)]++
		if l.key != l.event.ResourceRef || l.headers != "content-type=application/json,event-version=1" || l.timestamp != strconv.FormatInt(l.event.Time.UnixMilli(), 10) {
			t.Errorf("%+v", l)
		}
	}
	for _, want := range []string{"decision allow", "read allow", "read error", "replay deny", "decision deny"} {
		if seen[want] == 0 {
			t.Errorf("no record is a %s: %v", want, seen)
		}
	}
	written, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if n := bytes.Count(written, []byte("\n")); n != len(lines) || strings.Count(s.log.String(), "secrets audit") != n {
		t.Errorf("%d records, and %d lines of the file", len(lines), n)
	}
	for _, l := range lines {
		if !bytes.Contains(written, []byte(l.event.ID)) {
			t.Errorf("event %s is in Kafka alone", l.event.ID)
		}
	}
}

func TestUnderFailClosedAnOutageOfTheBrokerLosesNothing(t *testing.T) {
	b := newBroker(t)
	settings := []string{"SECRETS_AUDIT=kafka", "SECRETS_AUDIT_POLICY=fail_closed", "SECRETS_AUDIT_SPOOL=" + filepath.Join(t.TempDir(), "spool"), "KAFKA_DELIVERY_TIMEOUT=1s"}
	s := newService(t, b, settings...)
	s.read(t, 5)
	if err := s.client.Flush(t.Context()); err != nil {
		t.Fatal(err)
	}
	b.stop()
	s.read(t, 20) // while it is down
	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	if err := s.client.Close(ctx); err == nil {
		t.Error("Close says nothing of what is left")
	}
	_ = s.client.Close(t.Context())
	s = newService(t, b, settings...) // which starts without a broker
	s.read(t, 3)
	b.start(t)
	if err := s.client.Flush(t.Context()); err != nil {
		t.Fatal(err)
	}
	lines, raw := b.kcat(t)
	s.leaks(t, "records", raw)
	reads := map[string]bool{}
	for _, l := range lines {
		if l.event.Type == audit.Read && l.event.Effect == audit.Allow {
			reads[l.event.ID] = true
		}
	}
	if len(reads) != 28 {
		t.Errorf("%d reads are in the topic, want 28", len(reads))
	}
}

func TestABrokerListThatCannotBeUsedIsNamedAtStart(t *testing.T) {
	for setting, value := range map[string]string{"KAFKA_BOOTSTRAP_SERVERS": "127.0.0.1:9092,canary:canary", "KAFKA_TOPIC_PREFIX": "canary/4be1"} {
		t.Setenv("SECRETS_AUDIT", "kafka")
		t.Setenv(setting, value)
		_, err := runtime.ConfigFromEnv()
		config, ok := errors.AsType[*runtime.ConfigError](err)
		if !ok || config.Problems[0].Name != setting || strings.Contains(err.Error(), "canary") {
			t.Errorf("%s: %v", setting, err)
		}
		t.Setenv(setting, "")
	}
}
