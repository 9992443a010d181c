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

	pdp       *pdpCaller
	versioned Versioned // nil: the PDP does not tell its version

	seed      maphash.Seed
	start     time.Time // its monotonic reading is the zero of every now
	pins      *pins
	negatives *table[Key, denial]
	replays   ReplayStore
	grants    GrantStore
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
		start:    time.Now(),
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
	e.pins = newPins(e.seed, cfg.Capacities.Pins)
	e.negatives = newTable[Key, denial](cfg.Capacities.Negatives)
	e.sweeps = []func(int64){e.pins.sweep, e.negatives.sweep}
	if e.replays = cfg.Replay; e.replays == nil {
		local := newLocalReplays(e.seed, cfg.Capacities.Replays)
		e.replays, e.sweeps = local, append(e.sweeps, local.table.sweep)
	}
	if e.grants = cfg.Grants; e.grants == nil {
		local := newLocalGrants(cfg.Capacities.Grants)
		e.grants, e.sweeps = local, append(e.sweeps, local.table.sweep)
	}
	e.stop = e.sweepRegularly()
	return e, nil
}

// Close stops what the enforcer does in the background. Closing twice is
// harmless. Calls that are under way end by themselves.
func (e *Enforcer) Close() { e.stop() }

// Authorize takes one use of a grant for d on behalf of the caller of ctx, and
// asks the PDP for one where none is live. The error is, bare, one of
// *caller.Error, *uri.Error, [*AuthzDeniedError], [*BindingDriftError],
// [*ReplayError], [*PDPUnavailableError], or the error of ctx.
func (e *Enforcer) Authorize(ctx context.Context, d Declaration) (Permit, error) {
	a, err := e.admit(ctx, d)
	if err != nil {
		return Permit{}, err
	}
	a.spends = true
	permit, err := e.obtain(ctx, &a)
	return permit, e.hooks.refused(StepGrant, d.Accessor, err)
}

// attempt is one read on its way through the steps.
type attempt struct {
	bound  *caller.Bound
	key    Key
	have   Circumstances
	now    int64 // monotonic, since the enforcer's start
	spends bool  // false: it wants a grant to be there, and no use of it
	asked  bool  // it has waited for an answer: what is live now is not from before

	// What earlier answers taught about who can share the next one.
	conditions Conditions
	capacity   int // uses of one grant; 0: not known
}

// admit is steps 1 to 5, in their order, on every use.
func (e *Enforcer) admit(ctx context.Context, d Declaration) (attempt, error) {
	if err := e.guard(d); err != nil {
		return attempt{}, e.hooks.refused(StepGuard, d.Accessor, err)
	}
	wall := time.Now()
	bound, err := e.caller(ctx, d, wall)
	if err != nil {
		return attempt{}, e.hooks.refused(StepCaller, d.Accessor, err)
	}
	a := attempt{
		bound: bound,
		key:   newKey(e.seed, bound.Identity(e.tenant), d),
		have:  Circumstances{Token: bound.Token(), WorkflowRun: bound.Caller().WorkflowRunID},
		now:   int64(wall.Sub(e.start)),
	}
	if e.versioned != nil {
		a.have.PolicyVersion = e.versioned.PolicyVersion()
	}
	if err := e.binding(&a, wall); err != nil {
		return attempt{}, e.hooks.refused(StepBinding, d.Accessor, err)
	}
	if err := e.negative(&a); err != nil {
		return attempt{}, e.hooks.refused(StepNegative, d.Accessor, err)
	}
	if err := e.replay(ctx, &a); err != nil {
		return attempt{}, e.hooks.refused(StepReplay, d.Accessor, err)
	}
	return a, nil
}

// live takes a use of a live grant, if there is one. It needs no PDP, which is
// what step 7 lives from. A caller that is gone takes nothing.
func (e *Enforcer) live(ctx context.Context, a *attempt) (Permit, bool, error) {
	if err := ctx.Err(); err != nil {
		return Permit{}, false, err
	}
	g, ok, err := e.take(ctx, a)
	if err != nil {
		if ctx.Err() != nil {
			return Permit{}, false, ctx.Err()
		}
		return Permit{}, false, a.unavailable(ReasonGrantStore)
	}
	if !ok {
		return Permit{}, false, nil
	}
	permit := g.permit()
	permit.GrantCached = !a.asked
	return permit, true, nil
}

// take spends a use, or, for an attempt that spends none, looks for one.
func (e *Enforcer) take(ctx context.Context, a *attempt) (Grant, bool, error) {
	at := Attempt{Key: a.key, Have: a.have, Now: time.Duration(a.now)}
	if !a.spends {
		ok, err := e.grants.Live(ctx, at)
		return Grant{}, ok, err
	}
	g, ok, err := e.grants.Spend(ctx, at)
	if ok && g.Uses == 0 {
		e.pins.release(a.bound.Unbound(e.tenant), g.ID, a.now)
	}
	return g, ok, err
}

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
	return &BindingDriftError{Accessor: a.key.Declaration.Accessor, Code: code}
}

func (a *attempt) unavailable(reason Reason) error {
	return &PDPUnavailableError{Accessor: a.key.Declaration.Accessor, Reason: reason}
}

// now is the monotonic time since the enforcer was made, in nanoseconds.
func (e *Enforcer) now() int64 { return int64(time.Since(e.start)) }

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
				now := e.now()
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
