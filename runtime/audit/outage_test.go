package audit_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/secretsgen/secretsgen/runtime/audit"
)

func TestASinkThatIsDownIsAskedLessAndLess(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		asked := 0
		sink := writer(func(*audit.Event) error {
			asked++
			return errors.New("canary")
		})
		trail := spooled(t, t.TempDir(), audit.TrailConfig{Sinks: []audit.Sink{sink}})
		record(t, trail, hit)
		<-time.After(time.Hour)
		synctest.Wait()
		if asked < 110 || asked > 140 { // every 30 s in the end
			t.Errorf("it was asked %d times in an hour", asked)
		}
		_ = trail.Close(t.Context())
	})
}

func TestCloseStopsASinkThatIsSlowBetweenTwoPasses(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		taken := 0
		sink := writer(func(*audit.Event) error {
			<-time.After(time.Second)
			taken++
			return nil
		})
		trail := spooled(t, t.TempDir(), audit.TrailConfig{Sinks: []audit.Sink{sink}})
		for range 600 {
			trail.Note(&hit)
		}
		ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
		defer cancel()
		if err := trail.Close(ctx); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("Close says %v", err)
		}
		if err := trail.Close(t.Context()); err == nil || !strings.Contains(err.Error(), "events stay in the spool") || taken > 2*256 {
			t.Errorf("closing again says %v, and %d events were written", err, taken)
		}
	})
}

func TestWhatIsRecordedJustBeforeCloseIsHandedOn(t *testing.T) {
	t.Parallel()
	for range 300 {
		sink := &memory{}
		trail := onDisk(t, &disk{}, 0, audit.TrailConfig{Sinks: []audit.Sink{sink}})
		trail.Note(&hit)
		if err := trail.Close(t.Context()); err != nil || len(sink.kept()) != 1 {
			t.Fatalf("%d events, Close says %v", len(sink.kept()), err)
		}
	}
}

func TestAnEventIsWaitedForAsLongAsThePolicySays(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		d := &disk{held: make(chan struct{})}
		trail := onDisk(t, d, 0, audit.TrailConfig{Sinks: []audit.Sink{&memory{}}})
		start := time.Now()
		if err := trail.Record(t.Context(), &hit); !errors.Is(err, &audit.RecordError{Code: audit.SpoolSlow}) || time.Since(start) != 5*time.Second {
			t.Errorf("after %v: %v", time.Since(start), err)
		}
		close(d.held)
		_ = trail.Close(t.Context())
	})
}

func TestTheEventOfACallThatWasOverBeforeIsWaitedFor(t *testing.T) {
	t.Parallel()
	trail := spooled(t, t.TempDir(), audit.TrailConfig{Sinks: []audit.Sink{&memory{}}})
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	for range 20 {
		if err := trail.Record(ctx, &hit); err != nil {
			t.Error(err)
		}
	}
	_ = trail.Close(t.Context())
}

func TestANoteOnAClosedTrailIsCounted(t *testing.T) {
	t.Parallel()
	for name, policy := range policies {
		trail := under(t, policy, t.TempDir(), audit.TrailConfig{Sinks: []audit.Sink{&memory{}}})
		_ = trail.Close(t.Context())
		trail.Note(&hit)
		if stats := trail.Stats(); stats.Refused+stats.Sinks[0].Dropped != 1 {
			t.Errorf("%s: %+v", name, stats)
		}
	}
}

func TestAFlusherIsFlushedBeforeItIsClosed(t *testing.T) {
	t.Parallel()
	for name, policy := range policies {
		sink := &lazy{}
		trail := under(t, policy, t.TempDir(), audit.TrailConfig{Sinks: []audit.Sink{sink}})
		record(t, trail, hit)
		if err := trail.Close(t.Context()); err != nil || len(sink.kept()) != 1 {
			t.Errorf("%s: %d events, Close says %v", name, len(sink.kept()), err)
		}
	}
}
