package pep

import (
	"context"
	"hash/maphash"
	"sync"
	"time"

	"github.com/secretsgen/secretsgen/runtime/caller"
)

// sweepEvery is how often what has expired is dropped, traffic or none.
const sweepEvery = 15 * time.Second

// Enforcer decides every read of one tenant's secrets (DESIGN section 5). It is
// safe for concurrent use. Make it with [New] and [Enforcer.Close] it.
type Enforcer struct {
	tenant   string
	audience string
	mounts   func() []string
	workload *caller.Bound // nil: a context without a caller is refused
	limits   Limits
	random   func() float64
	hooks    hooks

	pdp        *pdpCaller
	attributes *attributes // nil: questions carry none
	versioned  Versioned   // nil: the PDP does not tell its version

	seed      maphash.Seed
	clock     *clock
	pins      *pins
	negatives *table[keyDigest, denial]
	replays   ReplayStore
	grants    GrantStore
	shared    SharedStore // nil: none
	flights   flights

	sweeps []func(now int64)
	stop   func()
}

// New checks cfg and returns an enforcer, or a *settings.Error that lists all
// that is wrong. It asks the PDP nothing.
func New(cfg Config) (*Enforcer, error) {
	cfg, err := cfg.withDefaults()
	if err != nil {
		return nil, err
	}
	e := &Enforcer{
		tenant:   cfg.TenantID,
		audience: cfg.Audience,
		mounts:   cfg.Mounts,
		limits:   cfg.Limits,
		random:   cfg.Random,
		seed:     maphash.MakeSeed(),
		clock:    newClock(),
		flights:  flights{open: map[flightKey]*flight{}},
	}
	for _, hook := range cfg.Hooks {
		e.hooks.add(hook)
	}
	if cfg.Workload != nil {
		e.workload = caller.Bind(*cfg.Workload)
	}
	e.versioned, _ = cfg.PDP.(Versioned)
	e.pdp = newPDPCaller(cfg, e.hooks.breaker)
	e.attributes = newAttributes(cfg)
	e.remember(cfg)
	e.stop = e.sweepRegularly()
	return e, nil
}

// remember makes the tables of this process, and takes the stores that stand in
// for them.
func (e *Enforcer) remember(cfg Config) {
	c := cfg.Capacities
	e.pins = newPins(e.seed, c.Pins, c.Share)
	e.negatives = newTable[keyDigest, denial](c.Negatives, c.Share)
	e.sweeps = []func(int64){e.pins.sweep, e.negatives.sweep}
	if e.attributes != nil {
		e.sweeps = append(e.sweeps, e.attributes.known.sweep)
	}
	if cfg.Shared != nil {
		e.shared, e.grants, e.replays = cfg.Shared, cfg.Shared, cfg.Shared
		return
	}
	if e.replays = cfg.Replay; e.replays == nil {
		local := newLocalReplays(e.seed, c.Replays, c.Share)
		e.replays, e.sweeps = local, append(e.sweeps, local.claims.sweep)
	}
	if e.grants = cfg.Grants; e.grants == nil {
		local := newLocalGrants(e.seed, c.Grants, c.Share, e.limits.TTLMax+2*e.flightTime())
		e.grants, e.sweeps = local, append(e.sweeps, local.table.sweep)
	}
}

// Close stops what the enforcer does in the background. Closing twice is
// harmless. Calls that are under way end by themselves.
func (e *Enforcer) Close() { e.stop() }

// Authorize takes one use of a grant for d on behalf of the caller of ctx, and
// asks the PDP for one where none is live. The error is, bare, one of
// *caller.Error, *uri.Error, [*AuthzDeniedError], [*BindingDriftError],
// [*ReplayError], [*PDPUnavailableError], or the error of ctx.
func (e *Enforcer) Authorize(ctx context.Context, d *Declared) (Permit, error) {
	a := e.attempt(d, true)
	if err := e.admit(ctx, &a); err != nil {
		return Permit{}, err
	}
	permit, err := e.obtain(ctx, &a)
	return permit, e.hooks.step(StepGrant, &a, err)
}

// attempt is one read on its way through the steps.
type attempt struct {
	declared *Declared
	spends   bool  // false: it wants a grant to be there, and no use of it
	now      int64 // monotonic, since the enforcer's start

	// From step 2 on.
	bound *caller.Bound
	note  *note
	key   Key
	have  Circumstances

	// From step 4 on, with a shared store.
	visit *visit // nil: none, or all of it was taken

	// From step 6 on.
	asked      bool  // it has waited for an answer: what is live now is not from before
	generation int64 // of grants, before the question

	// What earlier answers taught about who can share the next one.
	conditions Conditions
	capacity   int // uses of one grant; 0: not known
}

func (e *Enforcer) attempt(d *Declared, spends bool) attempt {
	if d == nil {
		d = Declare(Declaration{}) // the guard refuses it
	}
	return attempt{declared: d, spends: spends, now: e.clock.now()}
}

// admit is steps 1 to 5, in their order, on every use.
func (e *Enforcer) admit(ctx context.Context, a *attempt) error {
	if err := e.hooks.step(StepGuard, a, e.guard(a)); err != nil {
		return err
	}
	if err := e.hooks.step(StepCaller, a, e.caller(ctx, a)); err != nil {
		return err
	}
	e.identify(a)
	if err := e.hooks.step(StepBinding, a, e.binding(a)); err != nil {
		return err
	}
	if err := e.hooks.step(StepNegative, a, e.negative(ctx, a)); err != nil {
		return err
	}
	return e.hooks.step(StepReplay, a, e.replay(ctx, a))
}

// identify says what the attempt is for: the key of its grant, and what an
// obligation to revalidate may look at.
func (e *Enforcer) identify(a *attempt) {
	a.key = newKey(a.note, a.declared)
	a.have = a.note.have
	if e.versioned != nil {
		a.have.PolicyVersion = e.versioned.PolicyVersion()
	}
}

func (a *attempt) accessor() string { return a.declared.declaration.Accessor }

func (a *attempt) binding() caller.Binding {
	c := a.bound.Caller()
	return caller.Binding{JKT: c.JKT, X5T: c.X5T}
}

// pinsIdentity reports whether a live grant of this caller holds its identity
// to its binding: there is a binding, and no token to pin it to.
func (a *attempt) pinsIdentity() bool {
	return a.bound.Token().IsZero() && !a.binding().IsZero()
}

func (a *attempt) drift(code DriftCode) error {
	return &BindingDriftError{Accessor: a.accessor(), Code: code}
}

func (a *attempt) unavailable(reason Reason) error {
	return &PDPUnavailableError{Accessor: a.accessor(), Reason: reason}
}

// sweepRegularly drops what has expired, in one goroutine however much there
// is. The function it returns ends that goroutine and waits for it.
func (e *Enforcer) sweepRegularly() (stop func()) {
	var wg sync.WaitGroup
	stopped := make(chan struct{})
	wg.Go(func() {
		ticker := time.NewTicker(sweepEvery)
		defer ticker.Stop()
		for {
			select {
			case <-stopped:
				return
			case <-ticker.C:
				now := e.clock.now()
				for _, sweep := range e.sweeps {
					sweep(now)
				}
			}
		}
	})
	return sync.OnceFunc(func() {
		close(stopped)
		wg.Wait()
	})
}
