package audit_test

import (
	"context"
	"errors"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/secretsgen/secretsgen/runtime/audit"
)

func TestCloseWritesEverythingThatWasRecorded(t *testing.T) {
	t.Parallel()
	sink := &memory{}
	trail := audit.NewTrail(audit.TrailConfig{Sinks: []audit.Sink{sink}, Queue: 1000, Logger: quiet})
	var wg sync.WaitGroup
	for range 10 {
		wg.Go(func() {
			for range 100 {
				record(t, trail, audit.Event{Type: audit.Read, Effect: audit.Allow})
			}
		})
	}
	wg.Wait()
	if err := trail.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	ids := map[string]bool{}
	for _, e := range sink.kept() {
		ids[e.ID] = true
	}
	if len(ids) != 1000 {
		t.Errorf("%d distinct events written, want 1000", len(ids))
	}
}

func TestCloseGivesUpWhenItsContextEndsAndIsFinishedByItself(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		sink := &memory{gate: make(chan struct{})}
		trail := audit.NewTrail(audit.TrailConfig{Sinks: []audit.Sink{sink}, Logger: quiet})
		record(t, trail, hit)
		record(t, trail, hit)
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if err := trail.Flush(ctx); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("Flush says %v", err)
		}
		if err := trail.Close(ctx); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("Close says %v", err)
		}
		close(sink.gate)
		if err := trail.Close(t.Context()); err != nil || len(sink.kept()) != 2 || sink.closings() != 1 {
			t.Errorf("closing again: %v, %d events written, the sink closed %d times, want 2 and 1", err, len(sink.kept()), sink.closings())
		}
	})
}

func TestClosingTwiceClosesASinkOnceAndSaysTheSame(t *testing.T) {
	t.Parallel()
	sink := &memory{fail: errors.New("canary")}
	trail := audit.NewTrail(audit.TrailConfig{Sinks: []audit.Sink{sink}, Logger: quiet})
	record(t, trail, hit)
	first, second := trail.Close(t.Context()), trail.Close(t.Context())
	const want = "secretsgen: audit: 0 events dropped, 1 writes failed, 1 sinks not closed"
	if first == nil || second == nil || first.Error() != want || second.Error() != want || sink.closings() != 1 {
		t.Errorf("first %v, then %v, and the sink closed %d times", first, second, sink.closings())
	}
	if sink.gaps != 0 {
		t.Error("a sink that takes nothing was told of the gap")
	}
}

// held is a sink whose broker is down: it takes nothing until its context ends,
// or gives up after a second, and counts how often it was asked.
type held struct {
	memory

	asked int
}

func (h *held) WriteBatch(ctx context.Context, events []*audit.Event) []error {
	h.asked++
	select {
	case <-ctx.Done():
	case <-time.After(time.Second):
	}
	errs := make([]error, len(events))
	for i := range errs {
		errs[i] = errors.New("canary")
	}
	return errs
}

func TestWhatASinkIsDoingEndsWithTheContextOfClose(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		sink := &held{}
		trail := audit.NewTrail(audit.TrailConfig{Sinks: []audit.Sink{sink}, Logger: quiet})
		for range 1000 {
			record(t, trail, hit)
		}
		start := time.Now()
		ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
		defer cancel()
		if err := trail.Close(ctx); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("Close says %v", err)
		}
		if err := trail.Close(t.Context()); err == nil || errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("closing again says %v", err)
		}
		if took := time.Since(start); took != 100*time.Millisecond {
			t.Errorf("it took %v, and the sink was asked %d times", took, sink.asked)
		}
	})
}

func TestClosingAsksASinkThatTakesNothingOnce(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		sink := &held{}
		trail := audit.NewTrail(audit.TrailConfig{Sinks: []audit.Sink{sink}, Queue: 3000, Logger: quiet})
		for range 3000 {
			record(t, trail, hit)
		}
		synctest.Wait() // a batch is under way
		start := time.Now()
		if err := trail.Close(t.Context()); err == nil {
			t.Error("Close says nothing")
		}
		if took := time.Since(start); took > 2*time.Second {
			t.Errorf("it took %v, and the sink was asked %d times", took, sink.asked)
		}
		if stats := trail.Stats().Sinks[0]; stats.Failed+stats.Dropped != 3000 || stats.Failed > 512 || stats.Waiting != 0 {
			t.Errorf("%+v", stats)
		}
	})
}

func TestASinkThatPanicsInCloseIsCounted(t *testing.T) {
	t.Parallel()
	good := &memory{}
	trail := audit.NewTrail(audit.TrailConfig{Sinks: []audit.Sink{&memory{panics: true}, good}, Logger: quiet})
	if err := trail.Close(t.Context()); err == nil || !strings.Contains(err.Error(), "1 sinks not closed") || good.closings() != 1 {
		t.Errorf("Close says %v, the other sink was closed %d times", err, good.closings())
	}
}

func TestBestEffortDoesNotWaitForATrailThatIsClosing(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		sink := &memory{gate: make(chan struct{})}
		trail := audit.NewTrail(audit.TrailConfig{Sinks: []audit.Sink{sink}, Logger: quiet})
		record(t, trail, hit)
		record(t, trail, hit)
		go func() { _ = trail.Close(t.Context()) }()
		sink.gate <- struct{}{} // the first is written
		synctest.Wait()         // the second is stuck
		record(t, trail, hit)
		if trail.Dropped() != 1 {
			t.Errorf("dropped %d, want 1", trail.Dropped())
		}
		close(sink.gate)
	})
}

func TestNothingWaitsInAFullQueueOnceItsReasonIsGone(t *testing.T) {
	t.Parallel()
	for name, end := range map[string]func(cancel context.CancelFunc, trail *audit.Trail){
		"the context ends":  func(cancel context.CancelFunc, _ *audit.Trail) { cancel() },
		"the trail is shut": func(_ context.CancelFunc, trail *audit.Trail) { go func() { _ = trail.Close(context.Background()) }() },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				trail, sink := blocked(t)
				ctx, cancel := context.WithCancel(t.Context())
				defer cancel()
				start := time.Now()
				ended := make(chan struct{})
				go func() {
					defer close(ended)
					_ = trail.Record(ctx, &hit)
				}()
				synctest.Wait()
				end(cancel, trail)
				<-ended
				if waited := time.Since(start); waited != 0 || trail.Dropped() != 1 {
					t.Errorf("waited %v and dropped %d, want 0 and 1", waited, trail.Dropped())
				}
				close(sink.gate)
				_ = trail.Close(t.Context())
			})
		})
	}
}

// echo records another event for each one that it writes.
type echo struct {
	memory

	trail *audit.Trail
}

func (e *echo) Write(ctx context.Context, event *audit.Event) error {
	_ = e.trail.Record(ctx, event)
	return e.memory.Write(ctx, event)
}

func TestASinkMayRecordEventsOfItsOwn(t *testing.T) {
	t.Parallel()
	for name, policy := range policies {
		var trail *audit.Trail
		var got []string
		sink := writer(func(e *audit.Event) error {
			got = append(got, e.CorrelationID)
			if e.CorrelationID == "1" {
				return trail.Record(context.Background(), new(marked("2")))
			}
			return nil
		})
		trail = under(t, policy, t.TempDir(), audit.TrailConfig{Sinks: []audit.Sink{sink}})
		record(t, trail, marked("1"))
		for range 2 { // the second is recorded while the first is flushed
			if err := trail.Flush(t.Context()); err != nil {
				t.Error(err)
			}
		}
		if err := trail.Close(t.Context()); err != nil || strings.Join(got, " ") != "1 2" {
			t.Errorf("%s: the sink got %q, Close says %v", name, got, err)
		}
	}
}

func TestAFlushEndsThoughEventsKeepComing(t *testing.T) {
	t.Parallel()
	sink := &echo{}
	sink.trail = audit.NewTrail(audit.TrailConfig{Sinks: []audit.Sink{sink}, Logger: quiet})
	record(t, sink.trail, hit)
	if err := sink.trail.Flush(t.Context()); err != nil {
		t.Fatal(err)
	}
	if len(sink.kept()) == 0 {
		t.Error("what was recorded before the flush is not written")
	}
	if err := sink.trail.Close(t.Context()); err == nil {
		t.Error("the last echo was recorded on a closed trail and is not counted")
	}
	if err := sink.trail.Flush(t.Context()); err != nil {
		t.Errorf("flushing a closed trail: %v", err)
	}
}

func TestAnEventAfterCloseIsCounted(t *testing.T) {
	t.Parallel()
	trail := audit.NewTrail(audit.TrailConfig{Sinks: []audit.Sink{&memory{}}, Logger: quiet})
	if err := trail.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	record(t, trail, hit)
	if trail.Dropped() != 1 {
		t.Errorf("dropped %d, want 1", trail.Dropped())
	}
}

// clinging is a sink whose Close ends with its gate.
type clinging struct{ memory }

func (c *clinging) Close(context.Context) error {
	<-c.gate
	return nil
}

func TestCloseNamesTheSinksThatAreNotClosed(t *testing.T) {
	t.Parallel()
	for name, policy := range policies {
		synctest.Test(t, func(t *testing.T) {
			mad, stuck := &memory{panics: true}, &clinging{memory{gate: make(chan struct{})}}
			trail := under(t, policy, t.TempDir(), audit.TrailConfig{Sinks: []audit.Sink{audit.Named("good", &memory{}), audit.Named("mad", mad), audit.Named("stuck", stuck)}})
			ctx, cancel := context.WithTimeout(t.Context(), time.Second)
			defer cancel()
			const inTime = "secretsgen: audit: not closed in time, with 0 events not flushed (mad: not closed; stuck: not closed): context deadline exceeded"
			if err := trail.Close(ctx); err == nil || err.Error() != inTime {
				t.Errorf("%s: Close says %v, want %s", name, err, inTime)
			}
			close(stuck.gate)
			const inTheEnd = "secretsgen: audit: 0 events dropped, 0 writes failed, 1 sinks not closed (mad: not closed)"
			if err := trail.Close(t.Context()); err == nil || err.Error() != inTheEnd {
				t.Errorf("%s: closing again says %v, want %s", name, err, inTheEnd)
			}
		})
	}
}

// heeding is a sink that is stuck until its context ends.
type heeding struct{ memory }

func (h *heeding) Write(ctx context.Context, _ *audit.Event) error {
	<-ctx.Done()
	return ctx.Err()
}

func TestASinkThatHeedsItsContextIsLetGoWhenCloseHasRunOutOfTime(t *testing.T) {
	t.Parallel()
	for name, policy := range policies {
		synctest.Test(t, func(t *testing.T) {
			sink, dir := &heeding{}, t.TempDir()
			trail := under(t, policy, dir, audit.TrailConfig{Sinks: []audit.Sink{sink}})
			record(t, trail, hit)
			ctx, cancel := context.WithTimeout(t.Context(), time.Second)
			defer cancel()
			if err := trail.Close(ctx); !errors.Is(err, context.DeadlineExceeded) {
				t.Errorf("%s: Close says %v", name, err)
			}
			if err := trail.Close(t.Context()); err == nil || sink.closings() != 1 {
				t.Errorf("%s: closing again says %v, and the sink was closed %d times, want once", name, err, sink.closings())
			}
			if policy == audit.FailClosed { // the folder was given back
				_ = under(t, policy, dir, audit.TrailConfig{Sinks: []audit.Sink{&memory{}}}).Close(t.Context())
			}
		})
	}
}
