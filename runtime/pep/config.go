package pep

import (
	"cmp"
	"context"
	"math/rand/v2"
	"time"

	"github.com/secretsgen/secretsgen/runtime/caller"
	"github.com/secretsgen/secretsgen/runtime/observe"
	"github.com/secretsgen/secretsgen/runtime/settings"
	"github.com/secretsgen/secretsgen/runtime/uri"
)

// Config is everything an [Enforcer] needs. [New] checks it once and reports
// every problem together.
type Config struct {
	TenantID string          // required; the one tenant this enforcer serves
	Mounts   func() []string // required; the mounts in force, asked on every use and not changed by it

	// Audience must be among a caller's audiences, byte for byte. Empty: crud.secrets.
	Audience string

	// Workload is the fixed identity of the process, for contexts without a
	// caller. Nil: such a context is refused.
	Workload *caller.Caller

	PDP         PDP           // required: there is no default that lets anybody in
	PDPTimeout  time.Duration // for one answer, and for a place in the queue before it; 0: 250 ms
	MaxInFlight int           // calls to the PDP side by side; 0: 64

	// Attributes returns the custom metadata of the document that a reference
	// names, without its value. Its entries owner, created_by and created_at go into
	// the questions to the PDP ([ResourceAttributes]), and nothing else does. It is
	// called where the PDP is about to be asked, from many goroutines, with a deadline
	// on ctx, and what it returns is remembered for up to a minute. Any error but
	// [ErrNoDocument] refuses the read. Nil: no question carries any.
	Attributes func(ctx context.Context, ref uri.URI) (map[string]string, error)

	Limits     Limits
	Breaker    BreakerLimits
	Capacities Capacities

	Grants GrantStore  // nil: in this process
	Replay ReplayStore // nil: in this process
	Shared SharedStore // in the place of both, and for denials too; nil: none
	Hooks  []Hook

	// Observe is told of every question to the PDP, under the context that the PDP
	// is asked with. Nil: nobody is. LocalPDP says that the PDP is in this process.
	Observe  observe.Begin
	LocalPDP bool

	// Random yields numbers in [0, 1) for jitter, from many goroutines. Nil:
	// math/rand/v2.
	Random func() float64
}

// Limits are the bounds of grants and memories (DESIGN section 5).
type Limits struct {
	TTLDefault     time.Duration // of a grant whose decision names none; 0: 300 s
	MaxUsesDefault int           // of a grant whose decision names none; 0: 1
	TTLMax         time.Duration // no grant lives longer; 0: 3600 s
	MaxUsesMax     int           // no grant has more uses; 0: 10000

	// NegativeTTL is how long a denial by policy is remembered, and up to a fifth
	// longer. 0: not at all.
	NegativeTTL time.Duration
	ReplayTTL   time.Duration // how long a proof or token counts as used; 0: 300 s

	// StrictTokenReplay makes every token good for one grant a declaration, not
	// only those for which the PDP says max_uses.
	StrictTokenReplay bool
}

// BreakerLimits are those of the circuit breaker around the PDP.
type BreakerLimits struct {
	Failures int           // in a row, until it opens; 0: 5
	Open     time.Duration // until it lets one probe through, ±20 % drawn once; 0: 5 s
}

// Capacities bound what the process remembers, in entries. They are divided
// among shards, so a very uneven load meets them a little early.
type Capacities struct {
	Grants    int // 0: 1,048,576
	Negatives int // 0: 131,072
	Replays   int // 0: 1,048,576
	Pins      int // tokens, and as many identities; 0: 1,048,576

	// Attributes are the documents whose attributes are remembered. Their store is
	// asked each time about what goes beyond. 0: 16,384.
	Attributes int

	// Share is the part of each that one subject of one issuer may fill, whatever
	// keys it shows and whatever it reads, but 64 entries in any case. What goes
	// beyond meets a full table: a quarter leaves room for others, 1 is for a
	// process with a single caller. 0: 0.25.
	Share float64
}

const (
	defaultAudience = "crud.secrets"
	expirySkew      = 60 * time.Second // DESIGN section 5, step 2
	negativeJitter  = 0.2
	grantJitter     = 0.1
	breakerJitter   = 0.2
)

// withDefaults returns c with its zero values filled in, or what is wrong with
// it.
func (c Config) withDefaults() (Config, error) {
	if problems := c.problems(); len(problems) > 0 {
		return Config{}, settings.NewError(problems)
	}
	c.Audience = cmp.Or(c.Audience, defaultAudience)
	c.PDPTimeout = cmp.Or(c.PDPTimeout, 250*time.Millisecond)
	c.MaxInFlight = cmp.Or(c.MaxInFlight, 64)
	c.Limits.TTLDefault = cmp.Or(c.Limits.TTLDefault, 300*time.Second)
	c.Limits.MaxUsesDefault = cmp.Or(c.Limits.MaxUsesDefault, 1)
	c.Limits.TTLMax = cmp.Or(c.Limits.TTLMax, time.Hour)
	c.Limits.MaxUsesMax = cmp.Or(c.Limits.MaxUsesMax, 10_000)
	c.Limits.ReplayTTL = cmp.Or(c.Limits.ReplayTTL, 300*time.Second)
	c.Breaker.Failures = cmp.Or(c.Breaker.Failures, 5)
	c.Breaker.Open = cmp.Or(c.Breaker.Open, 5*time.Second)
	c.Capacities.Grants = cmp.Or(c.Capacities.Grants, 1<<20)
	c.Capacities.Negatives = cmp.Or(c.Capacities.Negatives, 1<<17)
	c.Capacities.Replays = cmp.Or(c.Capacities.Replays, 1<<20)
	c.Capacities.Pins = cmp.Or(c.Capacities.Pins, 1<<20)
	c.Capacities.Attributes = cmp.Or(c.Capacities.Attributes, 1<<14)
	c.Capacities.Share = cmp.Or(c.Capacities.Share, 0.25)
	if c.Random == nil {
		c.Random = rand.Float64
	}
	return c, nil
}

// problems names the setting behind each field, where there is one.
func (c Config) problems() (problems []settings.Problem) {
	report := func(wrong bool, name, detail string) {
		if wrong {
			problems = append(problems, settings.Problem{Name: name, Detail: detail})
		}
	}
	report(c.TenantID == "", "TENANT_ID", "is not set: name the tenant that the process serves")
	report(c.Mounts == nil, "TENANT_ALLOWED_MOUNTS", "is not set: list the mounts that the tenant may use")
	report(c.Shared != nil && (c.Grants != nil || c.Replay != nil), "SECRETS_STORE_URL", "asks for a shared store beside another store of grants or replays: keep one")
	report(c.PDP == nil, "SECRETS_PDP_URL", "is not set, and nothing else decides: without a PDP nothing starts")
	if c.Workload != nil {
		fixed := caller.Bind(*c.Workload)
		report(fixed.Fault() != nil, "SECRETS_SUBJECT", "does not make a caller: give it a short name in UTF-8")
		report(!fixed.Token().IsZero() || !fixed.Proof().IsZero(), "SECRETS_SUBJECT", "is an identity, and can't carry a token or a proof")
		report(c.Workload.Tenant != "" && c.Workload.Tenant != c.TenantID, "SECRETS_SUBJECT", "is of another tenant than TENANT_ID")
	}
	for _, limit := range []struct {
		name string
		low  bool
	}{
		{"GRANT_TTL_DEFAULT", c.Limits.TTLDefault < 0},
		{"GRANT_MAX_USES_DEFAULT", c.Limits.MaxUsesDefault < 0},
		{"GRANT_TTL_MAX", c.Limits.TTLMax < 0},
		{"GRANT_MAX_USES_MAX", c.Limits.MaxUsesMax < 0},
		{"NEGATIVE_CACHE_TTL_S", c.Limits.NegativeTTL < 0},
		{"ANTI_REPLAY_TTL_S", c.Limits.ReplayTTL < 0},
		{"SECRETS_PDP_TIMEOUT", c.PDPTimeout < 0},
		{"MaxInFlight", c.MaxInFlight < 0},
		{"Breaker", c.Breaker.Failures < 0 || c.Breaker.Open < 0},
		{"Capacities", min(c.Capacities.Grants, c.Capacities.Negatives, c.Capacities.Replays, c.Capacities.Pins, c.Capacities.Attributes) < 0},
	} {
		report(limit.low, limit.name, "is negative: leave it out for the default")
	}
	report(!(c.Capacities.Share >= 0 && c.Capacities.Share <= 1), "SECRETS_SUBJECT_SHARE", "is no part of the whole: Capacities.Share is between 0 and 1")
	for _, hook := range c.Hooks {
		report(!new(hooks).add(hook), "Hooks", "holds one that implements none of the hook interfaces of package pep")
	}
	return problems
}
