package kafka

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/secretsgen/secretsgen/runtime/audit"
	"github.com/secretsgen/secretsgen/runtime/settings"
)

// letGo is how long what was given up may take to leave the client.
const letGo = time.Second

var (
	errUndelivered = errors.New("no broker has acknowledged the event")
	errWaiting     = fmt.Errorf("%w: no broker has acknowledged it in time", audit.ErrUnavailable)
	errClosed      = errors.New("the sink is closed")
)

// producer is the sink. The trail calls WriteBatch from one goroutine.
type producer struct {
	client  *kgo.Client
	timeout time.Duration
	topic   string
	logger  *slog.Logger

	development bool // the topic may be made by its first event

	failed  chan string     // why events were given up, for the watcher
	life    context.Context // ends with the sink
	end     context.CancelFunc
	watched chan struct{} // closed when the watcher has ended
	closed  chan struct{} // closed when the client is
	once    sync.Once
}

func newProducer(client *kgo.Client, k settings.Kafka, in audit.Instance) *producer {
	p := &producer{
		client:      client,
		timeout:     k.Timeout,
		topic:       k.Topic,
		logger:      in.Logger,
		development: in.Development,
		failed:      make(chan string, 1),
		watched:     make(chan struct{}),
		closed:      make(chan struct{}),
	}
	p.life, p.end = context.WithCancel(context.Background())
	return p
}

// Write implements [audit.Sink].
func (p *producer) Write(ctx context.Context, e *audit.Event) error {
	return p.WriteBatch(ctx, []*audit.Event{e})[0]
}

// WriteBatch implements [audit.BatchSink]: nil stands for an event that the
// brokers have acknowledged.
func (p *producer) WriteBatch(ctx context.Context, events []*audit.Event) []error {
	if p.life.Err() != nil {
		errs := make([]error, len(events))
		for i := range errs {
			errs[i] = errClosed
		}
		return errs
	}
	limited, cancel := context.WithTimeout(ctx, p.timeout)
	defer cancel()
	errs := p.send(limited, events)
	p.isolate(limited, events, errs)
	var lost error
	for i, err := range errs {
		if errs[i] = verdict(err); err != nil {
			lost = err
		}
	}
	if lost != nil && ctx.Err() == nil {
		p.tell(lost)
	}
	return errs
}

// isolate sends those again, each alone, that were refused for what may be
// another's fault: a broker refuses records as it gets them, many at a time.
func (p *producer) isolate(ctx context.Context, events []*audit.Event, errs []error) {
	if len(events) == 1 {
		return
	}
	for i, err := range errs {
		if atFault(err) {
			errs[i] = p.send(ctx, events[i:i+1])[0]
		}
	}
}

// send produces events and waits until each is acknowledged or has failed. What
// is under way when ctx ends is given up.
func (p *producer) send(ctx context.Context, events []*audit.Event) []error {
	b := newBatch(len(events))
	for i, e := range events {
		record, err := newRecord(e)
		if err != nil {
			b.done(i, kerr.InvalidRecord)
			continue
		}
		p.client.TryProduce(ctx, record, func(_ *kgo.Record, err error) { b.done(i, err) })
	}
	if p.client.Flush(ctx) != nil {
		// Safe with an idempotent producer, which begins a new epoch after it.
		p.client.UnsafeAbortBufferedRecords()
	}
	select {
	case <-b.complete:
	case <-time.After(letGo):
	}
	return b.result()
}

// atFault tells whether a broker, or the client in its place, has refused a
// record for what it is.
func atFault(err error) bool {
	return errors.Is(err, kerr.MessageTooLarge) || errors.Is(err, kerr.RecordListTooLarge) ||
		errors.Is(err, kerr.InvalidRecord) || errors.Is(err, kerr.InvalidTimestamp)
}

// verdict is what the trail is told: of a partition without a leader, for
// instance, that its events are sound, as those of others go through meanwhile.
// The client's own texts go nowhere.
func verdict(err error) error {
	switch {
	case err == nil:
		return nil
	case atFault(err):
		return audit.ErrRejected
	}
	if refused, ok := errors.AsType[*kerr.Error](err); ok && !refused.Retriable {
		return errUndelivered
	}
	return errWaiting
}

// Close implements [audit.Sink]. Nothing is left to be flushed when the trail
// calls it.
func (p *producer) Close(ctx context.Context) error {
	p.once.Do(func() {
		p.end()
		go func() {
			defer close(p.closed)
			<-p.watched
			p.client.Close()
		}()
	})
	select {
	case <-p.closed:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// batch is what becomes of the events of one write. Records that the client is
// slow to let go of may end after it was read.
type batch struct {
	complete chan struct{} // closed when every event has ended

	mu   sync.Mutex
	errs []error
	left int
}

func newBatch(n int) *batch {
	b := &batch{complete: make(chan struct{}), errs: make([]error, n), left: n}
	for i := range b.errs {
		b.errs[i] = errUndelivered // until it ends
	}
	if n == 0 {
		close(b.complete)
	}
	return b
}

func (b *batch) done(i int, err error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.errs[i] = err
	if b.left--; b.left == 0 {
		close(b.complete)
	}
}

func (b *batch) result() []error {
	b.mu.Lock()
	defer b.mu.Unlock()
	return append([]error(nil), b.errs...)
}
