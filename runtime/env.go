package runtime

import (
	"slices"
	"time"

	"github.com/secretsgen/secretsgen/runtime/pep/authzen"
	"github.com/secretsgen/secretsgen/runtime/settings"
)

// The ceilings of DESIGN section 5, step 8: the environment can lower them and
// not raise them.
const (
	grantTTLCeiling  = 3600 * time.Second
	grantUsesCeiling = 10000
)

// ConfigFromEnv reads the settings of DESIGN section 9 from the environment:
// the variables of the predecessor under their names and with their defaults,
// and the project's own. Everything malformed comes back at once in a
// [*ConfigError], by name and never by value. What is missing depends on what a
// program declares, so it is [New], and with it the generated Open, that
// reports it.
func ConfigFromEnv() (Config, error) { return configFrom(settings.FromEnviron()) }

func configFrom(src settings.Source) (Config, error) {
	r := settings.NewReader(src)
	cfg := Config{
		Environment:   r.String("ENVIRONMENT", ""),
		TenantID:      r.String("TENANT_ID", ""),
		AllowedMounts: r.List("TENANT_ALLOWED_MOUNTS"),
		MountsFile:    r.String("TENANT_MOUNTS_FILE", ""),
		Salt:          []byte(r.String("SECRET_TENANT_SALT", "")),
		Audience:      r.String("SECRETS_AUDIENCE", defaultAudience),
		Subject:       r.String("SECRETS_SUBJECT", ""),
		Profile:       r.String("SECRETS_PROFILE", ""),
		PDP:           readPDP(r),
		Grants:        readGrants(r),
		Audit:         readAudit(r),
		StoreURL:      r.String("SECRETS_STORE_URL", ""),
		Replicas:      r.Int("SECRETS_REPLICAS", 1, 1, 1_000_000),
		Settings:      src,
	}
	// The servers' settings are read again by their provider; reading them here
	// reports a malformed one together with everything else.
	settings.ReadKV(r, "openbao")
	settings.ReadKV(r, "hashicorp")
	settings.ReadTokens(r) // the same for those of package caller/verify
	if err := r.Err(); err != nil {
		return Config{}, err
	}
	return cfg, nil
}

const (
	defaultAudience    = settings.DefaultAudience
	defaultPDPTimeout  = 250 * time.Millisecond
	defaultNegativeTTL = 5 * time.Second
	allowAll           = "insecure-allow-all"
)

func readPDP(r *settings.Reader) PDPConfig {
	pdp := PDPConfig{
		URL:        r.String("SECRETS_PDP_URL", ""),
		Token:      r.String("SECRETS_PDP_TOKEN", ""),
		TokenFile:  r.String("SECRETS_PDP_TOKEN_FILE", ""),
		CAFile:     r.String("SECRETS_PDP_CA_FILE", ""),
		CertFile:   r.String("SECRETS_PDP_CERT_FILE", ""),
		KeyFile:    r.String("SECRETS_PDP_KEY_FILE", ""),
		Discovery:  r.String("SECRETS_PDP_DISCOVERY", "auto"),
		Dialect:    r.String("SECRETS_PDP_DIALECT", ""),
		Timeout:    r.Duration("SECRETS_PDP_TIMEOUT", defaultPDPTimeout, time.Millisecond, time.Minute),
		PolicyFile: r.String("SECRETS_POLICY_FILE", ""),

		ResourceAttributes: r.Bool(attributesSetting, false),
	}
	if !authzen.Discovery(pdp.Discovery).Known() {
		r.Report("SECRETS_PDP_DISCOVERY", authzen.DiscoveryValues)
	}
	if !authzen.Dialect(pdp.Dialect).Known() {
		r.Report("SECRETS_PDP_DIALECT", authzen.DialectValues)
	}
	if name, ok := r.Lookup("SECRETS_PDP"); ok {
		pdp.InsecureAllowAll = name == allowAll
		if !pdp.InsecureAllowAll {
			r.Report("SECRETS_PDP", "has one known value, "+allowAll+"; a PDP is set with SECRETS_PDP_URL or SECRETS_POLICY_FILE")
		}
	}
	return pdp
}

func readGrants(r *settings.Reader) GrantConfig {
	g := GrantConfig{
		TTL:         r.Duration("GRANT_TTL_DEFAULT", 300*time.Second, time.Second, grantTTLCeiling),
		MaxUses:     r.Int("GRANT_MAX_USES_DEFAULT", 1, 1, grantUsesCeiling),
		TTLMax:      r.Duration("GRANT_TTL_MAX", grantTTLCeiling, time.Second, grantTTLCeiling),
		MaxUsesMax:  r.Int("GRANT_MAX_USES_MAX", grantUsesCeiling, 1, grantUsesCeiling),
		NegativeTTL: r.Duration("NEGATIVE_CACHE_TTL_S", defaultNegativeTTL, 0, time.Hour),
		ReplayTTL:   r.Duration("ANTI_REPLAY_TTL_S", 300*time.Second, time.Second, 24*time.Hour),

		SubjectShare: r.Int("SECRETS_SUBJECT_SHARE", 25, 1, 100),
	}
	if g.NegativeTTL == 0 {
		g.NegativeTTL = -1
	}
	if mode, ok := r.Lookup("SECRETS_TOKEN_REPLAY"); ok {
		g.StrictToken = mode == "strict"
		if !g.StrictToken {
			r.Report("SECRETS_TOKEN_REPLAY", "has one known value, strict")
		}
	}
	return g
}

func readAudit(r *settings.Reader) AuditConfig {
	a := AuditConfig{
		Sinks:           r.List("SECRETS_AUDIT"),
		Policy:          r.String("SECRETS_AUDIT_POLICY", ""),
		Timeout:         r.Duration("SECRETS_AUDIT_TIMEOUT", 0, time.Millisecond, time.Minute),
		Queue:           r.Int("SECRETS_AUDIT_QUEUE", 0, 1, 1_000_000),
		Spool:           r.String("SECRETS_AUDIT_SPOOL", ""),
		SpoolMaxBytes:   int64(r.Int("SECRETS_AUDIT_SPOOL_MAX_MB", 0, 1, 1_000_000)) << 20,
		SampleCacheHits: r.Int("AUDIT_SAMPLE_CACHE_HIT_N", 1, 1, 1_000_000),
		HashSubject:     r.Bool("SECRETS_AUDIT_HASH_SUBJECT", false),
	}
	settings.ReadJSONLines(r) // again by the sink
	if len(a.Sinks) == 0 {
		a.Sinks = []string{"slog"}
	}
	if r.Bool("ENABLE_KAFKA_PRODUCER", false) && !slices.Contains(a.Sinks, "kafka") {
		a.Sinks = append(a.Sinks, "kafka")
	}
	if slices.Contains(a.Sinks, "kafka") { // who has another use for KAFKA_* is left alone
		settings.ReadKafka(r) // again by the sink
	}
	return a
}
