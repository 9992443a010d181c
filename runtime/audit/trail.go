package audit

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/secretsgen/secretsgen/runtime/audit/internal/spool"
)

const (
	defaultQueue  = 2048
	blockTimeout  = time.Second
	commitTimeout = 5 * time.Second
	warnInterval  = time.Minute
	lookInterval  = time.Second
)

// TrailConfig says where events go. The zero value is a trail without sinks.
type TrailConfig struct {
	Sinks           []Sink
	Policy          string        // empty: best_effort
	Queue           int           // events that may wait for each sink; 0: 2048
	Timeout         time.Duration // of waiting for room or for the disk; 0: 1 s under block, 5 s under fail_closed
	Spool           *Spool        // required by fail_closed, and used by nothing else
	SampleCacheHits int           // one in N reads under a live grant is kept; 0: every one
	Tenant          string        // of the events that the trail records by itself
	// HashSubject, if there is one, makes what stands in the place of a subject.
	HashSubject func(issuer, subject string) string
	Logger      *slog.Logger
}

// Trail takes events from many goroutines and writes them to its sinks, from one
// goroutine for each. All its methods are safe for concurrent use. Make it with
// [NewTrail] and [Trail.Close] it.
type Trail struct {
	policy      string
	sample      uint64
	timeout     time.Duration
	tenant      string
	hashSubject func(issuer, subject string) string
	logger      *slog.Logger
	ids         *idSource

	queued  []*queued  // the sinks under best_effort and block
	spooled []*spooled // the sinks under fail_closed
	spool   *Spool     // of fail_closed

	life     context.Context // of what sinks do; ends when Close has run out of time
	end      context.CancelFunc
	closing  chan struct{}
	closeCtx context.Context // of the first Close; set before closing is closed
	written  chan struct{}   // closed when the sinks are
	watched  chan struct{}   // closed when the log is told nothing any more
	closed   chan struct{}   // closed when everything is
	broken   bool            // the spool could not be closed; set before closed is
	once     sync.Once

	hits    atomic.Uint64
	refused atomic.Uint64
	loss    chan struct{} // has an entry if there is a loss that the log may have to tell of
}

// NewTrail starts a trail. It takes over the sinks and the spool, and closes
// them.
func NewTrail(cfg TrailConfig) *Trail {
	t := &Trail{
		policy:      cmp.Or(cfg.Policy, BestEffort),
		sample:      uint64(max(cfg.SampleCacheHits, 1)),
		timeout:     cmp.Or(cfg.Timeout, blockTimeout),
		tenant:      cfg.Tenant,
		hashSubject: cfg.HashSubject,
		logger:      cmp.Or(cfg.Logger, slog.Default()),
		ids:         newIDSource(),
		spool:       cfg.Spool,
		closing:     make(chan struct{}),
		written:     make(chan struct{}),
		watched:     make(chan struct{}),
		closed:      make(chan struct{}),
		loss:        make(chan struct{}, 1),
	}
	t.life, t.end = context.WithCancel(context.Background())
	if t.spool != nil || t.policy == FailClosed {
		t.policy = FailClosed
		t.timeout = cmp.Or(cfg.Timeout, commitTimeout)
	}
	names, sinks := identify(cfg.Sinks)
	if t.spool != nil {
		t.startSpooled(names, sinks)
	} else {
		for i, sink := range sinks {
			t.queued = append(t.queued, newQueued(t, names[i], sink, cmp.Or(cfg.Queue, defaultQueue)))
		}
	}
	for _, q := range t.queued {
		go q.run()
	}
	go t.watch()
	return t
}

// identify returns a name for each sink, no two the same, and the sinks
// themselves.
func identify(all []Sink) (names []string, sinks []Sink) {
	taken := map[string]bool{}
	for i, sink := range all {
		name := fmt.Sprintf("sink-%d", i+1)
		if n, ok := sink.(named); ok {
			name, sink = n.name, n.Sink
		}
		for taken[name] {
			name += "+"
		}
		taken[name] = true
		names, sinks = append(names, name), append(sinks, sink)
	}
	return names, sinks
}

func (t *Trail) startSpooled(names []string, sinks []Sink) {
	for i, reader := range t.spool.disk.Attach(names) {
		t.spooled = append(t.spooled, newSpooled(t, names[i], sinks[i], reader))
	}
	for _, s := range t.spooled {
		go s.run()
	}
	found := t.spool.found
	if found.Exposed {
		t.logger.Warn("secretsgen: others than this user may write to the folder of " + spoolSetting)
	}
	if found.Records > 0 {
		t.logger.Info("secretsgen: the audit spool holds events of an earlier run, which the sinks get now", "events", found.Records)
	}
	if found.Torn > 0 {
		t.logger.Warn("secretsgen: a record of the audit spool was cut short when it was written, and nothing was read because of it; all before it is kept", "segments", found.Torn)
		t.Note(t.own(Config, Error, "spool_torn"))
	}
	if found.Damaged > 0 {
		t.logger.Error("secretsgen: the audit spool holds records that can't be read; their files are kept", "records", found.Damaged)
		t.Note(t.own(Config, Error, "spool_damaged"))
	}
}

// Record records a copy of e, completed with version, id and time. Under
// best_effort it never waits, and allocates nothing; under block it may wait for
// room. Under both the error is nil: what is lost is counted, see
// [Trail.Stats]. Under fail_closed the event is on disk when Record returns nil,
// and otherwise the error is a [*RecordError].
func (t *Trail) Record(ctx context.Context, e *Event) error {
	if t.skipped(e) {
		return nil
	}
	if t.policy == FailClosed {
		return t.commit(ctx, e)
	}
	if len(t.queued) == 0 {
		return nil
	}
	now, number := time.Now().UTC(), t.ids.next()
	var full []*queued
	for _, q := range t.queued {
		if q.record(e, number, now) {
			continue
		}
		if t.policy != Block {
			q.lose()
			continue
		}
		full = append(full, q)
	}
	if full != nil {
		t.await(ctx, full, e, number, now)
	}
	return nil
}

// Note records what holds up nobody and fails nothing: under every policy it
// returns at once, and an event that finds no room is counted.
func (t *Trail) Note(e *Event) {
	if t.policy == FailClosed {
		if _, err := t.hand(e, t.refuse); err != nil {
			t.refuse()
		}
		return
	}
	now, number := time.Now().UTC(), t.ids.next()
	for _, q := range t.queued {
		if !q.record(e, number, now) {
			q.lose()
		}
	}
}

// skipped tells whether sampling leaves e out: it touches nothing but reads
// that succeeded under a grant that was already live.
func (t *Trail) skipped(e *Event) bool {
	if t.sample == 1 || e.Type != Read || e.Effect != Allow || !e.GrantCached {
		return false
	}
	return (t.hits.Add(1)-1)%t.sample != 0
}

// await waits for room in the queues that had none, side by side as far as time
// goes: the deadline is one.
func (t *Trail) await(ctx context.Context, full []*queued, e *Event, number uint64, now time.Time) {
	deadline, cancel := context.WithTimeout(ctx, t.timeout)
	defer cancel()
	event := *e
	for _, q := range full {
		if !q.ring.await(deadline, t.closing, &event, number, now) {
			q.lose()
		}
	}
}

// commit is Record under fail_closed.
func (t *Trail) commit(ctx context.Context, e *Event) error {
	batch, err := t.hand(e, nil)
	if err == nil {
		err = t.committed(ctx, batch)
	}
	if err != nil {
		t.refuse()
		err.Accessor = e.Accessor
		return err
	}
	return nil
}

// hand gives the spool the event. Failed, unless it is nil, is called if the spool
// takes it and then can't put it on disk.
func (t *Trail) hand(e *Event, failed func()) (*spool.Batch, *RecordError) {
	if t.spool == nil {
		return nil, &RecordError{Code: SpoolUnwritable}
	}
	event := *e
	event.Version, event.ID, event.Time = EventVersion, t.ids.id(t.ids.next()), time.Now().UTC()
	t.hash(&event)
	record, err := json.Marshal(&event)
	if err != nil {
		return nil, &RecordError{Code: SpoolUnwritable}
	}
	batch, err := t.spool.disk.Append(record, event.rank(), failed)
	switch {
	case err == nil:
		return batch, nil
	case errors.Is(err, spool.ErrFull):
		return nil, &RecordError{Code: SpoolFull}
	case errors.Is(err, spool.ErrBusy):
		return nil, &RecordError{Code: SpoolSlow}
	case errors.Is(err, spool.ErrClosed):
		return nil, &RecordError{Code: TrailClosed}
	}
	return nil, &RecordError{Code: SpoolUnwritable}
}

// committed waits until the event's batch is on disk. The event of a call whose
// context has ended already is worth the wait too.
func (t *Trail) committed(ctx context.Context, batch *spool.Batch) *RecordError {
	timer := time.NewTimer(t.timeout)
	defer timer.Stop()
	if ctx.Err() != nil {
		ctx = context.WithoutCancel(ctx)
	}
	select {
	case <-batch.Done():
		if batch.Err() != nil {
			return &RecordError{Code: SpoolUnwritable}
		}
		return nil
	case <-timer.C:
		return &RecordError{Code: SpoolSlow}
	case <-ctx.Done():
		return &RecordError{Code: SpoolSlow, cause: ctx.Err()}
	}
}

func (t *Trail) refuse() {
	t.refused.Add(1)
	t.tellLoss()
}

// hash puts something else in the place of the subject, where that is asked for,
// and of every other text of the caller that is the same: a workload may be its
// own client, issuer or system.
func (t *Trail) hash(e *Event) {
	if t.hashSubject == nil || e.Subject == "" {
		return
	}
	subject, hashed := e.Subject, t.hashSubject(e.Issuer, e.Subject)
	for _, text := range [...]*string{&e.Subject, &e.Issuer, &e.ClientID, &e.CorrelationID, &e.WorkflowRunID, &e.NodeID, &e.SystemID} {
		if *text == subject {
			*text = hashed
		}
	}
}

// own is an event that belongs to no read.
func (t *Trail) own(what Type, effect Effect, code string) *Event {
	return &Event{Version: EventVersion, ID: t.ids.id(t.ids.next()), Time: time.Now().UTC(), Type: what, Effect: effect, Tenant: t.tenant, Code: code}
}

// Flush waits until what was recorded before it has been offered to the sinks,
// and flushed by those that are a [Flusher], or until ctx ends, whose error it
// then returns. Under fail_closed it waits until the sinks have taken it all.
func (t *Trail) Flush(ctx context.Context) error {
	var wg sync.WaitGroup
	errs := make([]error, len(t.queued)+len(t.spooled))
	for i, q := range t.queued {
		wg.Go(func() { errs[i] = q.flushed(ctx) })
	}
	for i, s := range t.spooled {
		wg.Go(func() { errs[i] = s.flushed(ctx) })
	}
	wg.Wait()
	return cmp.Or(errs...)
}

// Close writes what is queued, within ctx, and closes the sinks. Events
// recorded later are dropped and counted, or refused. The error says how many
// events were lost over the life of the trail, for which sinks, and how many
// sinks could not be closed; under fail_closed also how many events stay in the
// spool, for the next trail that opens it. What is not done when ctx ends goes
// on by itself, unless the sink heeds the end of its context; closing again waits
// for it, or says once more what there is to say.
func (t *Trail) Close(ctx context.Context) error {
	t.once.Do(func() {
		t.closeCtx = ctx
		stop := context.AfterFunc(ctx, t.end)
		for _, q := range t.queued {
			q.ring.close()
		}
		close(t.closing)
		go func() {
			defer stop() // keeps nothing of the trail in a context that goes on
			t.finish()
		}()
	})
	select {
	case <-t.closed:
	case <-ctx.Done():
		stats := t.Stats()
		return fmt.Errorf("secretsgen: audit: not closed in time, with %d events not flushed%s: %w", stats.waiting(), stats.where(t.outlets()), ctx.Err())
	}
	return t.verdict()
}

// Closed is closed once every sink is, which may be after Close has given up.
// Nothing that [Trail.Stats] tells changes after that.
func (t *Trail) Closed() <-chan struct{} { return t.closed }

// outlets are the ways to all sinks.
func (t *Trail) outlets() []*outlet {
	all := make([]*outlet, 0, len(t.queued)+len(t.spooled))
	for _, q := range t.queued {
		all = append(all, &q.outlet)
	}
	for _, s := range t.spooled {
		all = append(all, &s.outlet)
	}
	return all
}

func (t *Trail) isClosing() bool {
	select {
	case <-t.closing:
		return true
	default:
		return false
	}
}

// closeEnded tells whether Close has run out of time.
func (t *Trail) closeEnded() bool { return t.isClosing() && t.closeCtx.Err() != nil }

// finish waits for the writers, which end once the trail is closing.
func (t *Trail) finish() {
	defer close(t.closed)
	defer t.end()
	if t.spool != nil {
		t.spool.disk.Shut()
	}
	for _, s := range t.spooled {
		close(s.closing)
	}
	for _, o := range t.outlets() {
		<-o.done
	}
	if t.spool != nil {
		t.broken = t.spool.disk.Close() != nil
	}
	close(t.written)
	<-t.watched
}

// verdict is what Close returns once everything is closed.
func (t *Trail) verdict() error {
	stats, outlets, unclosed := t.Stats(), t.outlets(), 0
	for _, o := range outlets {
		if o.open() {
			unclosed++
		}
	}
	dropped, failed := stats.total()
	var parts []string
	if dropped+failed > 0 || unclosed > 0 {
		parts = append(parts, fmt.Sprintf("%d events dropped, %d writes failed, %d sinks not closed", dropped, failed, unclosed))
	}
	if stats.Refused > 0 {
		parts = append(parts, fmt.Sprintf("%d events refused", stats.Refused))
	}
	if waiting := stats.waiting(); waiting > 0 {
		parts = append(parts, fmt.Sprintf("%d events stay in the spool", waiting))
	}
	if t.broken {
		parts = append(parts, "the spool could not be closed")
	}
	if len(parts) == 0 {
		return nil
	}
	return fmt.Errorf("secretsgen: audit: %s%s", strings.Join(parts, "; "), stats.where(outlets))
}
