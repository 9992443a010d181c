package runtime

import (
	"fmt"
	"io"
	"log/slog"
	"time"

	"github.com/secretsgen/secretsgen/runtime/settings"
)

// Config is the settings of a client. [ConfigFromEnv] fills it from the
// environment; a program may also fill or change it itself. The zero value of a
// field has the meaning written beside it. It redacts itself when printed,
// since it holds a salt and tokens; don't keep one in an unexported field of
// something that is printed, where package fmt asks no methods.
type Config struct {
	// Environment is ENVIRONMENT: "dev" and "test", spelled like that, are
	// development; everything else, the empty string included, is production.
	Environment string
	// TenantID is TENANT_ID. Required.
	TenantID string
	// AllowedMounts is TENANT_ALLOWED_MOUNTS: the mounts that references may
	// name. Required, unless there is a MountsFile.
	AllowedMounts []string
	// MountsFile is TENANT_MOUNTS_FILE: a map of tenants to mounts that is
	// read again when it changes, in the place of AllowedMounts.
	MountsFile string
	// Salt is SECRET_TENANT_SALT, the key of resource_ref. Required; at least
	// 32 bytes outside development.
	Salt []byte

	// Audience is SECRETS_AUDIENCE; empty means "crud.secrets".
	Audience string
	// Subject is SECRETS_SUBJECT: who the process itself is, for contexts
	// without a caller. Empty: a context without a caller is refused.
	Subject string
	// Profile is SECRETS_PROFILE: declarations that have a reference for it are
	// read from there. Empty: none. One that no declaration of the program has
	// is refused.
	Profile string

	PDP    PDPConfig
	Grants GrantConfig
	Audit  AuditConfig

	// StoreURL is SECRETS_STORE_URL: the store that replicas share, for which
	// package sharedstore is passed to [New]. Empty: there is none.
	StoreURL string
	// Replicas is SECRETS_REPLICAS: how many processes share the tenant's
	// grants; 0 means 1.
	Replicas int

	// Settings are what providers and sinks read by name: VAULT_URL,
	// FILE_MOUNT_PATH, YAML_VAULT_PATH and the like.
	Settings settings.Source
	// Logger takes warnings and, where SECRETS_AUDIT says slog, the audit
	// trail; nil means slog.Default().
	Logger *slog.Logger
}

// PDPConfig says who decides. Exactly one of URL, PolicyFile and
// InsecureAllowAll is set, unless a PDP is passed to [New] as an extension.
type PDPConfig struct {
	URL              string        // SECRETS_PDP_URL: base URL of an AuthZEN PDP
	Token            string        // SECRETS_PDP_TOKEN: bearer token for it
	TokenFile        string        // SECRETS_PDP_TOKEN_FILE: file that holds the token, read again when it changes
	CAFile           string        // SECRETS_PDP_CA_FILE: authorities of its certificate, in the place of the system's
	CertFile         string        // SECRETS_PDP_CERT_FILE: client certificate for it
	KeyFile          string        // SECRETS_PDP_KEY_FILE: private key of that certificate
	Discovery        string        // SECRETS_PDP_DISCOVERY: auto, required or off; empty means auto
	Dialect          string        // SECRETS_PDP_DIALECT: cerbos, or empty
	Timeout          time.Duration // SECRETS_PDP_TIMEOUT; 0 means 250 ms
	PolicyFile       string        // SECRETS_POLICY_FILE: Cedar policies, evaluated in process
	InsecureAllowAll bool          // SECRETS_PDP=insecure-allow-all; refused in production

	// ResourceAttributes is SECRETS_PDP_RESOURCE_ATTRIBUTES: questions carry the
	// owner, created_by and created_at that the store has of a secret.
	ResourceAttributes bool
}

// GrantConfig limits grants, denials and replays. The environment can only
// lower the two ceilings; a program that sets them can raise them.
type GrantConfig struct {
	TTL         time.Duration // GRANT_TTL_DEFAULT; 0 means 300 s
	MaxUses     int           // GRANT_MAX_USES_DEFAULT; 0 means 1
	TTLMax      time.Duration // GRANT_TTL_MAX; 0 means 3600 s
	MaxUsesMax  int           // GRANT_MAX_USES_MAX; 0 means 10000
	NegativeTTL time.Duration // NEGATIVE_CACHE_TTL_S; 0 means 5 s, negative switches it off
	ReplayTTL   time.Duration // ANTI_REPLAY_TTL_S; 0 means 300 s
	StrictToken bool          // SECRETS_TOKEN_REPLAY=strict
	// SubjectShare is SECRETS_SUBJECT_SHARE: the percentage of each table in
	// memory (grants, denials, replays, key bindings) that one subject may fill,
	// though never fewer than 64 entries. 100 leaves all of it to the single
	// caller of a process; 0 means 25.
	SubjectShare int
}

// AuditConfig says where the trail goes.
type AuditConfig struct {
	Sinks           []string      // SECRETS_AUDIT: none, slog, jsonl:PATH, or a sink passed to New; empty means slog
	Policy          string        // SECRETS_AUDIT_POLICY: best_effort, block or fail_closed; empty means best_effort
	Timeout         time.Duration // SECRETS_AUDIT_TIMEOUT, of a read that waits for room or for the disk; 0 means 1 s under block, 5 s under fail_closed
	Queue           int           // SECRETS_AUDIT_QUEUE: events that may wait for each sink; 0 means 2048
	Spool           string        // SECRETS_AUDIT_SPOOL: the folder of fail_closed, which requires it
	SpoolMaxBytes   int64         // SECRETS_AUDIT_SPOOL_MAX_MB; 0 means 1 GiB
	SampleCacheHits int           // AUDIT_SAMPLE_CACHE_HIT_N: one read in N under a live grant is kept; 0 means 1
	HashSubject     bool          // SECRETS_AUDIT_HASH_SUBJECT: a keyed hash stands in the place of each subject
}

// Development tells whether the environment is dev or test.
func (c Config) Development() bool { return c.Environment == "dev" || c.Environment == "test" }

const (
	redactedConfig = "runtime.Config{[REDACTED]}"
	redactedPDP    = "runtime.PDPConfig{[REDACTED]}"
)

// String hides every setting.
func (Config) String() string { return redactedConfig }

// GoString hides every setting.
func (Config) GoString() string { return redactedConfig }

// Format hides every setting from every verb.
func (Config) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, redactedConfig) }

// LogValue hides every setting from package log/slog.
func (Config) LogValue() slog.Value { return slog.StringValue(redactedConfig) }

// MarshalText hides every setting from encoders.
func (Config) MarshalText() ([]byte, error) { return []byte(redactedConfig), nil }

// Format hides every setting from every verb.
func (PDPConfig) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, redactedPDP) }

// LogValue hides every setting from package log/slog.
func (PDPConfig) LogValue() slog.Value { return slog.StringValue(redactedPDP) }

// MarshalText hides every setting from encoders.
func (PDPConfig) MarshalText() ([]byte, error) { return []byte(redactedPDP), nil }
