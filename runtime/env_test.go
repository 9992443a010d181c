package runtime_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/secretsgen/secretsgen/runtime"
	"github.com/secretsgen/secretsgen/runtime/providers/kv2"
	"github.com/secretsgen/secretsgen/runtime/providers/yaml"
	"github.com/secretsgen/secretsgen/runtime/secretstest"
	"github.com/secretsgen/secretsgen/runtime/secretstest/leakcheck"
)

// compose is the predecessor's compose block, verbatim.
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
KAFKA_BOOTSTRAP_SERVERS=kafka:9092
KAFKA_TOPIC_PREFIX=crud`

// declares is what a generated Open passes for one declaration.
func declares(refs ...string) []runtime.Extension {
	var declarations []runtime.Declaration
	for i, ref := range refs {
		declarations = append(declarations, runtime.Declaration{Accessor: fmt.Sprintf("secret.n%d", i), URI: ref})
	}
	return []runtime.Extension{runtime.Declared(declarations), kv2.Provider()}
}

// setenv replaces the whole environment of the test by lines of NAME=value.
func setenv(t *testing.T, lines ...string) {
	t.Helper()
	for _, entry := range os.Environ() {
		name, value, _ := strings.Cut(entry, "=")
		t.Setenv(name, value) // restores it after the test
		if err := os.Unsetenv(name); err != nil {
			t.Fatal(err)
		}
	}
	for line := range strings.SplitSeq(strings.Join(lines, "\n"), "\n") {
		name, value, _ := strings.Cut(line, "=")
		t.Setenv(name, value)
	}
}

func names(t *testing.T, err error) []string {
	t.Helper()
	config, ok := errors.AsType[*runtime.ConfigError](err)
	if !ok {
		t.Fatalf("got %T (%v), want a *ConfigError", err, err)
	}
	var all []string
	for _, p := range config.Problems {
		all = append(all, p.Name)
		if p.Detail == "" || !strings.Contains(err.Error(), p.Name) {
			t.Errorf("problem %v has no remedy or is not in the text", p)
		}
	}
	return all
}

func TestTheComposeBlockOfThePredecessorListsEveryProblem(t *testing.T) {
	setenv(t, compose)
	cfg, err := runtime.ConfigFromEnv()
	if err != nil {
		t.Fatalf("the block is well-formed, yet: %v", err)
	}
	_, err = runtime.New(t.Context(), cfg, declares("openbao+kv2://secret/myapp/api#token")...)
	want := []string{"ENABLE_KAFKA_PRODUCER", "SECRETS_PDP_URL", "SECRET_TENANT_SALT", "VAULT_VERIFY_SSL"}
	if diff := cmp.Diff(want, names(t, err)); diff != "" {
		t.Errorf("problems (-want +got):\n%s", diff)
	}
}

func TestTheComposeBlockStartsInDevelopmentWithAPDP(t *testing.T) {
	setenv(t, compose, "ENVIRONMENT=dev", "SECRETS_PDP=insecure-allow-all")
	cfg, err := runtime.ConfigFromEnv()
	if err != nil {
		t.Fatal(err)
	}
	var log bytes.Buffer
	cfg.Logger = slog.New(slog.NewTextHandler(&log, nil))
	client, err := runtime.New(t.Context(), cfg, declares("openbao+kv2://secret/myapp/api#token")...)
	if err != nil {
		t.Fatal(err)
	}
	if err := client.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	for _, warning := range []string{"SECRET_TENANT_SALT", "insecure-allow-all", "TLS certificate is not verified", "ENABLE_KAFKA_PRODUCER"} {
		if !strings.Contains(log.String(), warning) {
			t.Errorf("no warning names %s:\n%s", warning, log.String())
		}
	}
	for _, value := range []string{"override-in-secure-env", "openbao:8200", "root"} {
		if strings.Contains(log.String(), value) {
			t.Errorf("a warning holds the value %q:\n%s", value, log.String())
		}
	}
}

func TestEveryMalformedVariableIsNamedAtOnceAndNoValueIs(t *testing.T) {
	canary := leakcheck.NewCanary()
	variables := []string{
		"ANTI_REPLAY_TTL_S", "AUDIT_SAMPLE_CACHE_HIT_N", "ENABLE_KAFKA_PRODUCER", "GRANT_MAX_USES_DEFAULT",
		"GRANT_MAX_USES_MAX", "GRANT_TTL_DEFAULT", "GRANT_TTL_MAX", "NEGATIVE_CACHE_TTL_S",
		"SECRETS_AUDIT_HASH_SUBJECT", "SECRETS_AUDIT_JSONL_FSYNC", "SECRETS_AUDIT_JSONL_KEEP", "SECRETS_AUDIT_JSONL_MAX_MB",
		"SECRETS_AUDIT_QUEUE", "SECRETS_AUDIT_SPOOL_MAX_MB", "SECRETS_AUDIT_TIMEOUT", "SECRETS_PDP",
		"SECRETS_PDP_DIALECT", "SECRETS_PDP_DISCOVERY", "SECRETS_PDP_RESOURCE_ATTRIBUTES", "SECRETS_PDP_TIMEOUT", "SECRETS_REPLICAS", "SECRETS_SUBJECT_SHARE", "SECRETS_TOKEN_REPLAY", "VAULT_TIMEOUT", "VAULT_VERIFY_SSL",
	}
	lines := []string{"OPENBAO_TOKEN=" + canary, "BAO_TOKEN=" + canary + "2"}
	for _, name := range variables {
		lines = append(lines, name+"="+canary)
	}
	setenv(t, lines...)
	_, err := runtime.ConfigFromEnv()
	want := append([]string{"BAO_TOKEN"}, variables...)
	want[0], want[1], want[2] = want[1], want[2], want[0]
	if diff := cmp.Diff(want, names(t, err)); diff != "" {
		t.Errorf("problems (-want +got):\n%s", diff)
	}
	if forms := leakcheck.Find([]byte(err.Error()), canary); forms != nil {
		t.Errorf("the error shows a value as %v", forms)
	}
}

func TestTheSettingsOfKafkaAreJudgedWhereKafkaIsAskedFor(t *testing.T) {
	canary := leakcheck.NewCanary()
	variables := []string{"KAFKA_BOOTSTRAP_SERVERS", "KAFKA_CLIENT_ID", "KAFKA_DELIVERY_TIMEOUT", "KAFKA_SECURITY_PROTOCOL", "KAFKA_TOPIC_PREFIX"}
	var lines []string
	for _, name := range variables {
		lines = append(lines, name+"="+canary)
	}
	setenv(t, lines...)
	if _, err := runtime.ConfigFromEnv(); err != nil {
		t.Errorf("a program that has another use for them: %v", err)
	}
	for _, asking := range []string{"SECRETS_AUDIT=slog,kafka", "ENABLE_KAFKA_PRODUCER=True"} {
		setenv(t, append(lines, asking)...)
		_, err := runtime.ConfigFromEnv()
		if diff := cmp.Diff(variables, names(t, err)); diff != "" {
			t.Errorf("%s: problems (-want +got):\n%s", asking, diff)
		}
		if forms := leakcheck.Find([]byte(err.Error()), canary); forms != nil {
			t.Errorf("the error shows a value as %v", forms)
		}
	}
}

func TestDefaultsAreThoseOfThePredecessor(t *testing.T) {
	setenv(t, "TENANT_ID=dev")
	cfg, err := runtime.ConfigFromEnv()
	if err != nil {
		t.Fatal(err)
	}
	if cfg.Audience != "crud.secrets" || cfg.Development() || cfg.PDP.ResourceAttributes {
		t.Errorf("audience %q, development %v", cfg.Audience, cfg.Development())
	}
	want := runtime.GrantConfig{
		TTL: 300 * time.Second, MaxUses: 1, TTLMax: time.Hour, MaxUsesMax: 10000,
		NegativeTTL: 5 * time.Second, ReplayTTL: 300 * time.Second, SubjectShare: 25,
	}
	if diff := cmp.Diff(want, cfg.Grants); diff != "" {
		t.Errorf("grants (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(runtime.AuditConfig{Sinks: []string{"slog"}, SampleCacheHits: 1}, cfg.Audit); diff != "" {
		t.Errorf("audit (-want +got):\n%s", diff)
	}
}

func TestSettingsReachTheConfig(t *testing.T) {
	setenv(t, "NEGATIVE_CACHE_TTL_S=0", "SECRETS_TOKEN_REPLAY=strict", "GRANT_MAX_USES_DEFAULT=7", "GRANT_MAX_USES_MAX=8",
		"SECRETS_SUBJECT_SHARE=100", "GRANT_TTL_DEFAULT=90s", "GRANT_TTL_MAX=2m", "ANTI_REPLAY_TTL_S=10", "SECRETS_AUDIT=none,kafka", "ENABLE_KAFKA_PRODUCER=TRUE",
		"SECRETS_AUDIT_POLICY=fail_closed", "SECRETS_AUDIT_SPOOL=/spool", "SECRETS_AUDIT_SPOOL_MAX_MB=3", "SECRETS_AUDIT_QUEUE=4", "SECRETS_AUDIT_TIMEOUT=5ms", "SECRETS_AUDIT_HASH_SUBJECT=True",
		"AUDIT_SAMPLE_CACHE_HIT_N=9", "SECRETS_AUDIENCE=mine", "SECRETS_REPLICAS=3", "TENANT_ALLOWED_MOUNTS=a, b",
		"SECRETS_PDP_RESOURCE_ATTRIBUTES=True")
	cfg, err := runtime.ConfigFromEnv()
	if err != nil {
		t.Fatal(err)
	}
	want := runtime.GrantConfig{
		TTL: 90 * time.Second, MaxUses: 7, TTLMax: 2 * time.Minute, MaxUsesMax: 8,
		NegativeTTL: -1, ReplayTTL: 10 * time.Second, StrictToken: true, SubjectShare: 100,
	}
	if diff := cmp.Diff(want, cfg.Grants); diff != "" {
		t.Errorf("grants (-want +got):\n%s", diff)
	}
	wantAudit := runtime.AuditConfig{
		Sinks: []string{"none", "kafka"}, Policy: "fail_closed", Timeout: 5 * time.Millisecond, Queue: 4,
		Spool: "/spool", SpoolMaxBytes: 3 << 20, SampleCacheHits: 9, HashSubject: true,
	}
	if diff := cmp.Diff(wantAudit, cfg.Audit); diff != "" {
		t.Errorf("audit (-want +got):\n%s", diff)
	}
	if cfg.Audience != "mine" || cfg.Replicas != 3 || strings.Join(cfg.AllowedMounts, "|") != "a|b" || !cfg.PDP.ResourceAttributes {
		t.Errorf("audience %q, replicas %d, mounts %q, attributes %v", cfg.Audience, cfg.Replicas, cfg.AllowedMounts, cfg.PDP.ResourceAttributes)
	}
}

func TestADenialIsNotRememberedWhereThatIsSwitchedOff(t *testing.T) {
	t.Parallel()
	for ttl, asked := range map[time.Duration]int{0: 1, -1: 2, time.Hour: 1} {
		kit := secretstest.New(t, secretstest.WithConfig(func(cfg *runtime.Config) { cfg.Grants.NegativeTTL = ttl }))
		kit.Deny()
		handle := bind(t, kit, "api.token", apiToken, stringDecoder)
		for range 2 {
			if _, err := handle.Read(t.Context()); !errors.Is(err, runtime.ErrDenied) {
				t.Errorf("got %v", err)
			}
		}
		if kit.Asked() != asked {
			t.Errorf("%v: the PDP was asked %d times, want %d", ttl, kit.Asked(), asked)
		}
	}
}

func TestAnEmptyEnvironmentNamesEverythingThatIsMissing(t *testing.T) {
	setenv(t, "UNRELATED=1")
	cfg, err := runtime.ConfigFromEnv()
	if err != nil {
		t.Fatal(err)
	}
	_, err = runtime.New(t.Context(), cfg, declares("openbao+kv2://secret/a#k", "hashicorp+kv2://secret/a#k", "openbao-eu+kv2://secret/a#k", "env://secret/A")...)
	want := []string{
		"OPENBAO_EU_TOKEN", "OPENBAO_EU_URL", "SECRETS_PDP_URL", "SECRET_TENANT_SALT",
		"TENANT_ALLOWED_MOUNTS", "TENANT_ID", "VAULT_TOKEN", "VAULT_URL", "env",
	}
	if diff := cmp.Diff(want, names(t, err)); diff != "" {
		t.Errorf("problems (-want +got):\n%s", diff)
	}
	if !strings.Contains(err.Error(), "pass env.Provider() of github.com/secretsgen/secretsgen/runtime/providers/env") {
		t.Errorf("the error does not name the package to pass:\n%v", err)
	}
}

func TestWhatIsAskedForAndNotPassedIsNamed(t *testing.T) {
	policy := filepath.Join(t.TempDir(), "policy.cedar")
	if err := os.WriteFile(policy, []byte("permit (principal, action, resource);\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	setenv(t, "TENANT_ID=t", "TENANT_ALLOWED_MOUNTS=secret", "SECRET_TENANT_SALT="+strings.Repeat("salt", 8),
		"SECRETS_POLICY_FILE="+policy, "SECRETS_PDP=insecure-allow-all", "SECRETS_STORE_URL=redis://localhost",
		"SECRETS_REPLICAS=2", "SECRETS_PROFILE=ci", "YAML_VAULT_FOR=openbao+kv2", "SECRETS_AUDIT=elsewhere",
		"SECRETS_AUDIT_POLICY=never", "VAULT_URL=https://localhost", "VAULT_TOKEN=canary")
	cfg, err := runtime.ConfigFromEnv()
	if err != nil {
		t.Fatal(err)
	}
	_, err = runtime.New(t.Context(), cfg, declares("openbao+kv2://kv/a#k")...)
	want := []string{
		"SECRETS_AUDIT", "SECRETS_AUDIT_POLICY", "SECRETS_PDP", "SECRETS_PROFILE", "SECRETS_REPLICAS",
		"SECRETS_STORE_URL", "TENANT_ALLOWED_MOUNTS", "YAML_VAULT_FOR",
	}
	if diff := cmp.Diff(want, names(t, err)); diff != "" {
		t.Errorf("problems (-want +got):\n%s", diff)
	}
}

func TestAllowAllIsRefusedInProduction(t *testing.T) {
	setenv(t, "TENANT_ID=t", "TENANT_ALLOWED_MOUNTS=secret", "SECRET_TENANT_SALT="+strings.Repeat("salt", 8), "SECRETS_PDP=insecure-allow-all")
	cfg, err := runtime.ConfigFromEnv()
	if err != nil {
		t.Fatal(err)
	}
	_, err = runtime.New(t.Context(), cfg)
	if diff := cmp.Diff([]string{"SECRETS_PDP"}, names(t, err)); diff != "" {
		t.Errorf("problems (-want +got):\n%s", diff)
	}
}

// TestOpenReadsNoSecretAndOpensNoConnection counts the connections that a
// server sees while a client is made, bound and closed.
func TestOpenReadsNoSecretAndOpensNoConnection(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	var accepted atomic.Int32
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			accepted.Add(1)
			_ = conn.Close()
		}
	}()
	setenv(t, "ENVIRONMENT=test", "TENANT_ID=t", "TENANT_ALLOWED_MOUNTS=secret", "SECRET_TENANT_SALT=salt",
		"SECRETS_SUBJECT=test", "SECRETS_PDP_URL=http://"+listener.Addr().String(), "VAULT_URL=http://"+listener.Addr().String(), "VAULT_TOKEN=canary")
	cfg, err := runtime.ConfigFromEnv()
	if err != nil {
		t.Fatal(err)
	}
	declarations := []runtime.Declaration{{Accessor: "a", URI: "openbao+kv2://secret/a#k"}}
	client, err := runtime.New(t.Context(), cfg, runtime.Declared(declarations), kv2.Provider())
	if err != nil {
		t.Fatal(err)
	}
	set := runtime.NewSet(client, declarations)
	handle := runtime.Bind(set, "a", stringDecoder)
	if err := set.Err(); err != nil {
		t.Fatal(err)
	}
	if n := accepted.Load(); n != 0 {
		t.Errorf("%d connections before the first read, want none", n)
	}
	if _, err := handle.Read(t.Context()); err == nil {
		t.Error("a read through a server that hangs up succeeded")
	}
	if accepted.Load() == 0 {
		t.Error("the first read opened no connection: this test counts nothing")
	}
	_ = client.Close(context.Background())
}

func TestConfigRedactsItself(t *testing.T) {
	t.Parallel()
	canary := leakcheck.NewCanary()
	cfg := runtime.Config{Salt: []byte(canary), PDP: runtime.PDPConfig{Token: canary}, TenantID: canary}
	var out bytes.Buffer
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x"} {
		fmt.Fprintf(&out, verb+verb, cfg, &cfg)
	}
	slog.New(slog.NewJSONHandler(&out, nil)).Info("config", "cfg", cfg, "pointer", &cfg)
	if forms := leakcheck.Find(out.Bytes(), canary); forms != nil {
		t.Errorf("the output shows a setting as %v", forms)
	}
}

func TestASlipInWhatTheDevelopmentStoreStandsInForIsNamed(t *testing.T) {
	store := filepath.Join(t.TempDir(), "store.yaml")
	if err := os.WriteFile(store, []byte("secret: {}\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	setenv(t, "ENVIRONMENT=dev", "TENANT_ID=t", "TENANT_ALLOWED_MOUNTS=secret", "SECRET_TENANT_SALT=salt",
		"SECRETS_PDP=insecure-allow-all", "YAML_VAULT_PATH="+store, "YAML_VAULT_FOR=openbao+kv")
	cfg, err := runtime.ConfigFromEnv()
	if err != nil {
		t.Fatal(err)
	}
	_, err = runtime.New(t.Context(), cfg, yaml.Provider())
	if diff := cmp.Diff([]string{"YAML_VAULT_FOR"}, names(t, err)); diff != "" {
		t.Errorf("problems (-want +got):\n%s", diff)
	}
}
