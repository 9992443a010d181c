package kafka_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kmsg"

	"github.com/secretsgen/secretsgen/runtime/audit"
)

// trailOf is a trail with the one sink.
func trailOf(t *testing.T, cfg audit.TrailConfig, vars map[string]string) (*audit.Trail, *logged) {
	t.Helper()
	sink, log := open(t, vars)
	cfg.Sinks, cfg.Logger = []audit.Sink{audit.Named("kafka", sink)}, instance(log, nil).Logger
	trail := audit.NewTrail(cfg)
	t.Cleanup(func() { _ = trail.Close(context.Background()) })
	return trail, log
}

func record(t *testing.T, trail *audit.Trail, events []*audit.Event) {
	t.Helper()
	for _, e := range events {
		if err := trail.Record(t.Context(), e); err != nil {
			t.Fatal(err)
		}
	}
}

func TestClosingWritesWhatIsQueued(t *testing.T) {
	t.Parallel()
	cluster := newCluster(t)
	trail, _ := trailOf(t, audit.TrailConfig{}, map[string]string{"KAFKA_BOOTSTRAP_SERVERS": servers(cluster)})
	record(t, trail, numbered(0, 2000))
	if err := trail.Close(t.Context()); err != nil {
		t.Error(err)
	}
	if n := stored(cluster); n != 2000 {
		t.Errorf("%d records of 2000 events", n)
	}
}

func TestClosingEndsWithItsContextWhateverTheBrokerDoes(t *testing.T) {
	t.Parallel()
	cluster := newCluster(t)
	cluster.Fault(kfake.Fault{Keys: produced, Err: kerr.NotEnoughReplicas, Count: -1})
	trail, _ := trailOf(t, audit.TrailConfig{}, map[string]string{"KAFKA_BOOTSTRAP_SERVERS": servers(cluster)})
	record(t, trail, numbered(0, 2000))
	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	if err := trail.Close(ctx); !errors.Is(err, context.DeadlineExceeded) || !strings.Contains(err.Error(), "events not flushed") {
		t.Errorf("Close says %v", err)
	}
	// What is under way is given up with that context, so the rest takes no time.
	later, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	if err := trail.Close(later); err == nil || errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("closing again says %v", err)
	}
	if sink := trail.Stats().Sinks[0]; sink.Written != 0 || sink.Dropped+sink.Failed != 2000 || sink.Waiting != 0 {
		t.Errorf("%+v", sink)
	}
}

func TestClosingWithoutADeadlineWaitsForABrokerOnce(t *testing.T) {
	t.Parallel()
	trail, _ := trailOf(t, audit.TrailConfig{}, map[string]string{"KAFKA_BOOTSTRAP_SERVERS": "127.0.0.1:1", "KAFKA_DELIVERY_TIMEOUT": "1s"})
	record(t, trail, numbered(0, 2000))
	start := time.Now()
	if err := trail.Close(context.Background()); err == nil || !strings.Contains(err.Error(), "dropped") {
		t.Errorf("Close says %v", err)
	}
	if took := time.Since(start); took > 7*time.Second { // of eight batches, which take eight, at most the one under way and the next
		t.Errorf("closing took %v", took)
	}
	if sink := trail.Stats().Sinks[0]; sink.Dropped+sink.Failed != 2000 {
		t.Errorf("%+v", sink)
	}
}

func TestASinkThatIsClosedWritesNothing(t *testing.T) {
	t.Parallel()
	cluster := newCluster(t)
	sink, _ := open(t, map[string]string{"KAFKA_BOOTSTRAP_SERVERS": servers(cluster)})
	closeSink(t, sink)
	closeSink(t, sink)
	if err := sink.Write(t.Context(), numbered(0, 1)[0]); err == nil {
		t.Error("an event is written")
	}
	if n := stored(cluster); n != 0 {
		t.Errorf("%d records", n)
	}
}

// TestOpeningConnectsToNothing holds that a sink does not make its program wait.
func TestOpeningConnectsToNothing(t *testing.T) {
	t.Parallel()
	cluster := newCluster(t)
	asked := make(chan struct{})
	cluster.ControlKey(int16(kmsg.ApiVersions), func(kmsg.Request) (kmsg.Response, error, bool) {
		<-asked // the broker answers nobody until the sink is there
		return nil, nil, false
	})
	sink, _ := open(t, map[string]string{"KAFKA_BOOTSTRAP_SERVERS": servers(cluster)})
	close(asked)
	write(t, sink, numbered(0, 1), 0)
}

func TestUnderBestEffortEachLossIsCountedExactly(t *testing.T) {
	t.Parallel()
	cluster := newCluster(t)
	trail, log := trailOf(t, audit.TrailConfig{Queue: 100}, map[string]string{"KAFKA_BOOTSTRAP_SERVERS": servers(cluster), "KAFKA_DELIVERY_TIMEOUT": "8s"})
	record(t, trail, numbered(0, 50))
	if err := trail.Flush(t.Context()); err != nil {
		t.Fatal(err)
	}
	handle := cluster.Fault(kfake.Fault{Keys: produced, Err: kerr.NotEnoughReplicas, Count: -1})
	record(t, trail, numbered(50, 1050))
	if err := trail.Flush(t.Context()); err != nil {
		t.Fatal(err)
	}
	handle.Remove()
	record(t, trail, numbered(1050, 1100))
	if err := trail.Flush(t.Context()); err != nil {
		t.Fatal(err)
	}
	sink := trail.Stats().Sinks[0]
	if sink.Written != 100 || sink.Written+sink.Dropped+sink.Failed != 1100 {
		t.Errorf("%+v", sink)
	}
	if n := stored(cluster); n != 101 { // and one that tells of the gap
		t.Errorf("%d records", n)
	}
	if !strings.Contains(log.String(), "audit events are being lost") {
		t.Errorf("the log says %s", log.String())
	}
}
