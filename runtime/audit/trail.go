package audit

import (
	"cmp"
	"context"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"
)

// The policies for a full queue (SECRETS_AUDIT_POLICY).
const (
	BestEffort = "best_effort" // drop the event and count it
	Block      = "block"       // wait for room, at most a second, then drop and count
)

// CheckPolicy says what is wrong with a policy's name, or nothing.
func CheckPolicy(name string) (problem string) {
	switch name {
	case "", BestEffort, Block:
		return ""
	case "fail_closed":
		return "fail_closed is not available: use " + BestEffort + " or " + Block
	}
	return "is not a known policy: use " + BestEffort + " or " + Block
}

const (
	defaultQueue  = 2048
	reservedShare = 8 // one eighth more room, for what is not a plain permit
	blockLimit    = time.Second
	warnInterval  = time.Minute
)

// TrailConfig says where events go. The zero value is a trail without sinks.
type TrailConfig struct {
	Sinks           []Sink
	Policy          string // empty: best_effort
	Queue           int    // events that may wait; 0: 2048
	SampleCacheHits int    // one in N reads under a live grant is kept; 0: every one
	Logger          *slog.Logger
}

// Trail takes events from many goroutines and writes them to its sinks from
// one. All its methods are safe for concurrent use. Make it with [NewTrail] and
// [Trail.Close] it.
type Trail struct {
	sinks  []Sink
	block  bool
	sample uint64
	logger *slog.Logger
	ids    idSource

	queue    chan Event
	reserved chan Event // for denials and errors that find queue full
	flushing chan chan struct{}
	closing  chan struct{}
	done     chan struct{} // closed when the writer has written its last event
	closed   chan struct{} // closed when the sinks are
	unclosed int           // sinks that could not be closed; set before closed is
	entering sync.RWMutex  // held for reading while an event is on its way into a queue
	once     sync.Once

	hits    atomic.Uint64
	dropped atomic.Uint64
	failed  atomic.Uint64

	// The writer's own.
	warned time.Time
	told   uint64 // lost events that a warning has counted
}

// NewTrail starts a trail. It takes over the sinks and closes them.
func NewTrail(cfg TrailConfig) *Trail {
	size := cmp.Or(cfg.Queue, defaultQueue)
	t := &Trail{
		sinks:    cfg.Sinks,
		block:    cfg.Policy == Block,
		sample:   uint64(max(cfg.SampleCacheHits, 1)),
		logger:   cmp.Or(cfg.Logger, slog.Default()),
		ids:      newIDSource(),
		queue:    make(chan Event, size),
		reserved: make(chan Event, size/reservedShare+1),
		flushing: make(chan chan struct{}),
		closing:  make(chan struct{}),
		done:     make(chan struct{}),
		closed:   make(chan struct{}),
	}
	go t.run()
	return t
}

// Record queues a copy of e, completed with version and time; the writer adds
// the id. Under best_effort it never waits. The error is nil under the policies that exist: a full queue
// is counted, see [Trail.Dropped], and does not fail a read.
func (t *Trail) Record(ctx context.Context, e *Event) error {
	if len(t.sinks) == 0 || t.skipped(e) {
		return nil
	}
	event := *e
	event.Version = EventVersion
	event.Time = time.Now().UTC()
	t.entering.RLock()
	defer t.entering.RUnlock()
	select {
	case <-t.closing:
		t.dropped.Add(1)
		return nil
	default:
	}
	select {
	case t.queue <- event:
		return nil
	default:
	}
	if event.Effect != Allow {
		select {
		case t.reserved <- event:
			return nil
		default:
		}
	}
	if t.block && t.wait(ctx, event) {
		return nil
	}
	t.dropped.Add(1)
	return nil
}

// skipped tells whether sampling leaves e out: it touches nothing but reads
// that succeeded under a grant that was already live.
func (t *Trail) skipped(e *Event) bool {
	if t.sample == 1 || e.Type != Read || e.Effect != Allow || !e.GrantCached {
		return false
	}
	return (t.hits.Add(1)-1)%t.sample != 0
}

// wait queues e as soon as there is room and tells whether it could.
func (t *Trail) wait(ctx context.Context, e Event) bool {
	timer := time.NewTimer(blockLimit)
	defer timer.Stop()
	select {
	case t.queue <- e:
		return true
	case <-timer.C:
	case <-ctx.Done():
	case <-t.closing:
	}
	return false
}

// Dropped counts the events that no sink was offered.
func (t *Trail) Dropped() uint64 { return t.dropped.Load() }

// Failed counts the writes that a sink failed.
func (t *Trail) Failed() uint64 { return t.failed.Load() }

// Flush waits until what was recorded before it has been offered to the sinks,
// or until ctx ends, whose error it then returns.
func (t *Trail) Flush(ctx context.Context) error {
	flushed := make(chan struct{})
	select {
	case t.flushing <- flushed:
	case <-t.done:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
	select {
	case <-flushed:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// Close writes what is queued, within ctx, and closes the sinks. Events
// recorded later are dropped and counted. The error says how many events were
// lost over the life of the trail, and how many sinks could not be closed. What
// is not done when ctx ends goes on by itself; closing again waits for it, or
// says once more what there is to say.
func (t *Trail) Close(ctx context.Context) error {
	t.once.Do(func() {
		close(t.closing)
		go t.closeSinks(ctx)
	})
	select {
	case <-t.closed:
	case <-ctx.Done():
		return fmt.Errorf("secretsgen: audit: not closed in time, with %d events not flushed: %w", len(t.queue)+len(t.reserved), ctx.Err())
	}
	dropped, failed := t.Dropped(), t.Failed()
	if dropped+failed == 0 && t.unclosed == 0 {
		return nil
	}
	return fmt.Errorf("secretsgen: audit: %d events dropped, %d writes failed, %d sinks not closed", dropped, failed, t.unclosed)
}

// closeSinks waits for the writer, which ends once the trail is closing.
func (t *Trail) closeSinks(ctx context.Context) {
	defer close(t.closed)
	<-t.done
	for _, s := range t.sinks {
		if !closeSafely(ctx, s) {
			t.unclosed++
		}
	}
}
