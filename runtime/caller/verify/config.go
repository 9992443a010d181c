package verify

import (
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/secretsgen/secretsgen/runtime/caller"
	"github.com/secretsgen/secretsgen/runtime/settings"
)

// Config says whose callers are taken, and how. The zero value of a field has the
// meaning written beside it. It holds no secret.
type Config struct {
	// Issuer is SECRETS_ISSUER, the claim iss of every token, compared exactly.
	// Required, unless there are TrustDomains: then no token is taken without.
	Issuer string
	// JWKSURL is SECRETS_JWKS_URL, where the issuer publishes its keys: https, or
	// http to a loopback address. Required with an Issuer.
	JWKSURL string
	// Audience is SECRETS_AUDIENCE, which the claim aud must contain exactly;
	// empty means "crud.secrets". The client of the secrets asks for the same.
	Audience string
	// TrustDomains are the SPIFFE trust domains, such as "prod.example", whose
	// workloads may call by their client certificate, without a token. Empty:
	// none may.
	TrustDomains []string

	// ExternalURL is SECRETS_EXTERNAL_URL, what clients call: scheme, host and
	// the path that a proxy takes off, if one does. The URL that a DPoP proof
	// must be for is this with the request's path behind it. Empty: the request
	// is taken at its word, its Host header included.
	ExternalURL string
	// RequestURL returns the URL that the client of a request has called, in the
	// place of ExternalURL, for a service with several. It decides which
	// forwarded header is believed; without it none is.
	RequestURL func(*http.Request) string
	// Nonces makes proofs carry a nonce of the service's own; nil: they need none.
	Nonces Nonces
	// ProofAge is how old a proof may be, and ProofSkew how far in the future; 0
	// means 60 s and 5 s. ReplayTTL is ANTI_REPLAY_TTL_S, how long the client of
	// the secrets remembers a proof; 0 means 300 s. It may not be less than both
	// together.
	ProofAge, ProofSkew, ReplayTTL time.Duration

	// Algorithms are those that tokens and proofs may be signed by, out of
	// [Algorithms]; empty means all of these.
	Algorithms []string
	// RequireBinding refuses tokens that are bound to no key, DPoP's or a
	// certificate's.
	RequireBinding bool
	// TenantClaim names the claim that holds the caller's tenant, which every
	// token must then have; empty: callers are of the tenant of the client.
	TenantClaim string
	// Type tells workloads from users, of a token's caller and its verified
	// claims; nil means that a token whose sub is its client_id is a workload's,
	// and any other a user's (RFC 9068 section 2.2). The claims are
	// as package encoding/json reads them: numbers are float64.
	Type func(c caller.Caller, claims map[string]any) caller.Type
	// Headers are the request headers that ids come from which no grant depends
	// on. An empty name is not read; nor is any, by default.
	Headers AdvisoryHeaders

	// HTTP fetches the keys, without following redirects; nil means a client of
	// the verifier's own, which uses no proxy.
	HTTP *http.Client
	// KeysTimeout is how long a fetch of the keys, and with it a request, may
	// take; 0 means 3 s.
	KeysTimeout time.Duration
	// KeysInterval is how often an unknown key may have the keys fetched again; 0
	// means 10 s.
	KeysInterval time.Duration
	// Now is the clock; nil means time.Now.
	Now func() time.Time

	// Refuse answers a request that the middleware refuses; nil means
	// [WriteError].
	Refuse func(w http.ResponseWriter, r *http.Request, err error)
}

// AdvisoryHeaders names the headers of ids that go to the policy and the audit
// trail and that no grant depends on. They are the client's word.
type AdvisoryHeaders struct {
	CorrelationID, WorkflowRunID, NodeID, SystemID string
}

// ConfigFromEnv reads SECRETS_ISSUER, SECRETS_JWKS_URL, SECRETS_AUDIENCE,
// SECRETS_EXTERNAL_URL and ANTI_REPLAY_TTL_S from the environment. Everything
// malformed comes back at once in a [*settings.Error], by name and never by
// value; what is missing is for [New] to report.
func ConfigFromEnv() (Config, error) { return ConfigFrom(settings.FromEnviron()) }

// ConfigFrom reads the settings that [ConfigFromEnv] reads from src, such as the
// Settings of a runtime.Config.
func ConfigFrom(src settings.Source) (Config, error) {
	r := settings.NewReader(src)
	t := settings.ReadTokens(r)
	if err := r.Err(); err != nil {
		return Config{}, err
	}
	return Config{
		Issuer: t.Issuer, JWKSURL: t.JWKSURL, Audience: t.Audience, ExternalURL: t.ExternalURL, ReplayTTL: t.ReplayTTL,
	}, nil
}

const (
	defaultProofAge     = 60 * time.Second
	defaultProofSkew    = 5 * time.Second
	defaultReplayTTL    = 300 * time.Second
	defaultKeysTimeout  = 3 * time.Second
	defaultKeysInterval = 10 * time.Second
)

// checked returns c with its defaults, or a [*settings.Error] with everything
// that is wrong.
func (c Config) checked() (Config, error) {
	setDefault(&c.Audience, settings.DefaultAudience)
	setDefault(&c.ProofAge, defaultProofAge)
	setDefault(&c.ProofSkew, defaultProofSkew)
	setDefault(&c.ReplayTTL, defaultReplayTTL)
	setDefault(&c.KeysTimeout, defaultKeysTimeout)
	setDefault(&c.KeysInterval, defaultKeysInterval)
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.Type == nil {
		c.Type = typeByClient
	}
	if c.Refuse == nil {
		c.Refuse = func(w http.ResponseWriter, _ *http.Request, err error) { WriteError(w, err) }
	}
	if len(c.Algorithms) == 0 {
		c.Algorithms = Algorithms()
	}
	problems := settings.Tokens{Issuer: c.Issuer, JWKSURL: c.JWKSURL, ExternalURL: c.ExternalURL}.Problems()
	report := func(name, detail string) {
		problems = append(problems, settings.Problem{Name: name, Detail: detail})
	}
	switch {
	case c.Issuer == "" && (c.JWKSURL != "" || len(c.TrustDomains) == 0):
		report("SECRETS_ISSUER", "is not set: name the issuer whose tokens are taken, exactly as their claim iss has it")
	case c.Issuer != "" && c.JWKSURL == "":
		report("SECRETS_JWKS_URL", "is not set: name where the issuer publishes its keys")
	}
	if c.ProofAge < 0 || c.ProofSkew < 0 || c.ProofAge+c.ProofSkew > c.ReplayTTL {
		report("ANTI_REPLAY_TTL_S", "forgets a proof before it is too old to be taken: it must be at least the proof's age and skew, by default 65 s")
	}
	for _, alg := range c.Algorithms {
		if !slices.Contains(Algorithms(), alg) {
			report("verify.Config.Algorithms", "has one that is not known or not safe: choose among verify.Algorithms()")
		}
	}
	for _, domain := range c.TrustDomains {
		if !isTrustDomain(domain) {
			report("verify.Config.TrustDomains", "has one that is no name of a trust domain: write it like prod.example, without spiffe://")
		}
	}
	if c.ExternalURL != "" && c.RequestURL != nil {
		report("SECRETS_EXTERNAL_URL", "is set beside verify.Config.RequestURL: keep one")
	}
	c.ExternalURL = strings.TrimSuffix(c.ExternalURL, "/")
	c.TrustDomains = slices.Clone(c.TrustDomains)
	return c, settings.NewError(problems)
}

func setDefault[T comparable](field *T, value T) {
	var zero T
	if *field == zero {
		*field = value
	}
}
