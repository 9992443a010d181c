package bench

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/secretsgen/secretsgen/bench/internal/paired"
	"github.com/secretsgen/secretsgen/runtime"
	"github.com/secretsgen/secretsgen/runtime/audit"
	"github.com/secretsgen/secretsgen/runtime/providers/env"
)

// event is one of a read, with everything in it that a read under a live grant
// fills.
var event = audit.Event{
	Type: audit.Read, Effect: audit.Allow, Subject: "service-1", Issuer: "https://issuer.test", ClientID: "bench",
	Tenant: tenant, Action: "execute", Accessor: accessor, ResourceRef: "sYijft809flzVivkPCcZhWYZ", Provider: "env",
	GrantID: "4f6a8c1e2b3d4f5a6b7c8d9e0f1a2b3c", DecisionID: "bench", GrantCached: true, LatencyMicros: 7,
	CorrelationID: "0af7651916cd43dd8448eb211c80319c", WorkflowRunID: "run-1", NodeID: "node-1", SystemID: "system-1",
}

// BenchmarkEnqueue is what recording an event costs its reader: at most 300 ns
// and no allocation is the target. Every event finds room, and a sink
// takes it meanwhile. The baseline sends the same event on a channel with as
// much room, which another goroutine empties. With two cores it is compared with itself on
// one. The allocations that are left are the writer's.
func BenchmarkEnqueue(b *testing.B) {
	const block = 200 // so that there is room for what is counted, four blocks at a time
	b.Run("cores=1", func(b *testing.B) {
		trail := newTrail(b)
		channel := make(chan audit.Event, 2048)
		defer close(channel)
		go func() {
			for range channel {
			}
		}()
		paired.Bench(b, paired.Sides{
			Subject:  func(n int) error { return enqueue(trail, n) },
			Baseline: func(n int) error { return send(channel, n) },
			Block:    block,
			Rest:     func() error { return trail.Flush(context.Background()) },
		})
	})
	b.Run("cores=2", func(b *testing.B) {
		trail := newTrail(b)
		side := func(_, n int) error { return enqueue(trail, n) }
		paired.Bench(b, paired.Sides{
			Subject:  both(side),
			Baseline: func(n int) error { return side(0, n) },
			Block:    block,
			Rest:     func() error { return trail.Flush(context.Background()) },
		})
	})
}

// newTrail is a trail whose sink takes everything, as the settings' defaults
// have it. That nothing was dropped is checked in the end.
func newTrail(b *testing.B) *audit.Trail {
	b.Helper()
	trail := audit.NewTrail(audit.TrailConfig{Sinks: []audit.Sink{drain{}}, Logger: slog.New(slog.DiscardHandler)})
	b.Cleanup(func() {
		if err := trail.Close(context.Background()); err != nil {
			b.Error(err)
		}
	})
	return trail
}

func enqueue(trail *audit.Trail, n int) error {
	ctx, e := context.Background(), event
	for range n {
		if err := trail.Record(ctx, &e); err != nil {
			return err
		}
	}
	return nil
}

func send(channel chan<- audit.Event, n int) error {
	e := event
	for range n {
		e.Version, e.Time = audit.EventVersion, time.Now().UTC()
		channel <- e
	}
	return nil
}

// stuck is an audit sink that takes one event and never returns, as one whose
// broker is down may.
type stuck struct{ until chan struct{} }

func (s stuck) factory() audit.Factory {
	return audit.Factory{Name: sinkName, Open: func(context.Context, audit.Instance, string) (audit.Sink, error) { return s, nil }}
}

// Write implements [audit.Sink].
func (s stuck) Write(context.Context, *audit.Event) error { <-s.until; return errors.New("down") }

// Close implements [audit.Sink].
func (stuck) Close(context.Context) error { return nil }

// BenchmarkOutage is a read, with its event, under best_effort while the sink is
// stuck and its queue full, beside the same read with a sink that works: at most
// 1.1 times is the target.
func BenchmarkOutage(b *testing.B) {
	broken := stuck{make(chan struct{})}
	down := newReads(b, func(b *testing.B) (client *runtime.Client, ref string) {
		b.Helper()
		return openEnv(b, env.Provider(), runtime.AuditConfig{Policy: audit.BestEffort}, broken.factory())
	})
	up := newReads(b, func(b *testing.B) (client *runtime.Client, ref string) {
		b.Helper()
		return openEnv(b, env.Provider(), runtime.AuditConfig{Policy: audit.BestEffort}, drain{}.factory())
	})
	b.Cleanup(func() { close(broken.until) }) // before the clients close
	if err := down.run(0, 3000); err != nil { // fills the queue
		b.Fatal(err)
	}
	paired.Bench(b, paired.Sides{
		Subject:  func(n int) error { return down.run(0, n) },
		Baseline: func(n int) error { return up.run(0, n) },
		Block:    50,
		Rounds:   2500,
	})
}

// BenchmarkFailClosed is what an event costs under fail_closed, from 64
// goroutines at once, beside a bare write and fsync of as many bytes on the same
// disk: below 1, readers share fsyncs. "alone" is one goroutine, which shares
// with nobody.
func BenchmarkFailClosed(b *testing.B) {
	line, err := json.Marshal(&event)
	if err != nil {
		b.Fatal(err)
	}
	for _, bb := range []struct {
		name    string
		readers int
	}{{"alone", 1}, {"readers=64", 64}} {
		b.Run(bb.name, func(b *testing.B) {
			dir := b.TempDir()
			spool, err := audit.OpenSpool(audit.SpoolConfig{Dir: filepath.Join(dir, "spool")})
			if err != nil {
				b.Fatal(err)
			}
			trail := audit.NewTrail(audit.TrailConfig{Sinks: []audit.Sink{drain{}}, Spool: spool, Logger: slog.New(slog.DiscardHandler)})
			defer func() {
				if err := trail.Close(context.Background()); err != nil {
					b.Error(err)
				}
			}()
			file, err := os.Create(filepath.Join(dir, "bare"))
			if err != nil {
				b.Fatal(err)
			}
			defer file.Close()
			paired.Bench(b, paired.Sides{
				Subject: func(n int) error { return sideBySide(bb.readers, n, func(n int) error { return enqueue(trail, n) }) },
				Baseline: func(n int) error {
					for range n {
						if _, err := file.Write(line); err != nil {
							return err
						}
						if err := file.Sync(); err != nil {
							return err
						}
					}
					return nil
				},
				Block: 64,
			})
		})
	}
}

// sideBySide shares n operations among goroutines.
func sideBySide(goroutines, n int, do func(n int) error) error {
	errs := make([]error, goroutines)
	var wg sync.WaitGroup
	for i := range errs {
		wg.Go(func() { errs[i] = do(n / goroutines) })
	}
	wg.Wait()
	return errors.Join(errs...)
}
