package bench

import (
	"context"
	"net"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kfake"

	"github.com/secretsgen/secretsgen/bench/internal/paired"
	"github.com/secretsgen/secretsgen/runtime"
	"github.com/secretsgen/secretsgen/runtime/audit"
	"github.com/secretsgen/secretsgen/runtime/audit/kafka"
	"github.com/secretsgen/secretsgen/runtime/providers/env"
	"github.com/secretsgen/secretsgen/runtime/settings"
)

const topic = "crud.secrets.audit"

// toBroker is the audit sink kafka with a broker at an address.
func toBroker(address string) audit.Factory {
	factory := kafka.Sink()
	open := factory.Open
	factory.Open = func(ctx context.Context, in audit.Instance, argument string) (audit.Sink, error) {
		in.Settings = settings.FromMap(map[string]string{settings.KafkaBrokers: address})
		return open(ctx, in, argument)
	}
	return factory
}

// listen is a broker that takes connections and never answers, or, closed, one
// that refuses them.
func listen(b *testing.B) net.Listener {
	b.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = listener.Close() })
	return listener
}

// closeNow closes a client without waiting for its sinks.
func closeNow(client *runtime.Client) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	_ = client.Close(ctx)
}

// BenchmarkBrokerDown is a read, with its event, under best_effort while the
// broker of its Kafka sink is down and its queue full, beside the same read with
// a sink that takes everything at once: at most 1.1 times is the target. The broker
// refuses connections, or accepts them and stays silent.
func BenchmarkBrokerDown(b *testing.B) {
	for _, bb := range []struct {
		name string
		down func(net.Listener)
	}{
		{"refuses", func(l net.Listener) { _ = l.Close() }},
		{"silent", func(net.Listener) {}},
	} {
		b.Run(bb.name, func(b *testing.B) {
			listener := listen(b)
			bb.down(listener)
			down := newReads(b, func(b *testing.B) (client *runtime.Client, ref string) {
				b.Helper()
				client, ref = openEnv(b, env.Provider(), runtime.AuditConfig{Policy: audit.BestEffort}, toBroker(listener.Addr().String()))
				b.Cleanup(func() { closeNow(client) })
				return client, ref
			})
			up := newReads(b, func(b *testing.B) (client *runtime.Client, ref string) {
				b.Helper()
				return openEnv(b, env.Provider(), runtime.AuditConfig{Policy: audit.BestEffort}, drain{}.factory())
			})
			if err := down.run(0, 3000); err != nil { // fills the queue
				b.Fatal(err)
			}
			paired.Bench(b, paired.Sides{
				Subject:  func(n int) error { return down.run(0, n) },
				Baseline: func(n int) error { return up.run(0, n) },
				Block:    50,
				Rounds:   2500,
			})
		})
	}
}

// BenchmarkEventsToBroker is 100,000 events of reads on their way to a broker of
// this process, through a queue of the default size, until the broker has
// acknowledged them all. That none is dropped is the target. Under
// best_effort they come at 50,000 a second, in bursts of 100, and as fast as one
// goroutine reads from memory, which is more than any broker takes; under block that
// goroutine waits for the broker.
func BenchmarkEventsToBroker(b *testing.B) {
	const events, burst = 100_000, 100
	for _, bb := range []struct {
		name, policy string
		every        time.Duration
	}{
		{"policy=best_effort/paced", audit.BestEffort, 2 * time.Millisecond},
		{"policy=best_effort", audit.BestEffort, 0},
		{"policy=block", audit.Block, 0},
	} {
		b.Run(bb.name, func(b *testing.B) {
			var sums deliveries
			for b.Loop() {
				if err := sums.deliver(b, bb.policy, events, func(r *reads) error { return r.paced(events, burst, bb.every) }); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(sums.dropped)/float64(b.N), "dropped")
			b.ReportMetric(float64(sums.stored)/float64(b.N), "stored")
			b.ReportMetric(float64(events*b.N)/sums.took.Seconds(), "events/s")
		})
	}
}

// paced reads n times, in bursts that are so far apart.
func (r *reads) paced(n, burst int, every time.Duration) error {
	if every == 0 {
		return r.run(0, n)
	}
	tick := time.NewTicker(every)
	defer tick.Stop()
	for range n / burst {
		<-tick.C
		if err := r.run(0, burst); err != nil {
			return err
		}
	}
	return nil
}

// deliveries are sums over the rounds of a benchmark.
type deliveries struct {
	dropped, stored uint64
	took            time.Duration
}

// deliver reads with a broker and a client of its own.
func (d *deliveries) deliver(b *testing.B, policy string, events uint64, read func(*reads) error) error {
	b.Helper()
	cluster, err := kfake.NewCluster(kfake.NumBrokers(1), kfake.SeedTopics(3, topic))
	if err != nil {
		return err
	}
	defer cluster.Close()
	client, ref := openEnv(b, env.Provider(), runtime.AuditConfig{Policy: policy}, toBroker(cluster.ListenAddrs()[0]))
	defer closeNow(client)
	r := newReads(b, func(*testing.B) (*runtime.Client, string) { return client, ref })
	if err := client.Flush(b.Context()); err != nil { // what newReads has read, and the connection
		return err
	}
	before := recordsOf(cluster)
	start := time.Now()
	if err := read(r); err != nil {
		return err
	}
	if err := client.Flush(b.Context()); err != nil {
		return err
	}
	d.took += time.Since(start)
	sink := client.AuditStats().Sinks[0]
	d.dropped += sink.Dropped + sink.Failed
	stored := recordsOf(cluster) - before
	d.stored += stored
	if d.dropped == 0 && stored != events {
		b.Errorf("%d events are stored, and none is dropped of %d", stored, events)
	}
	return nil
}

// recordsOf is how many records the brokers have.
func recordsOf(cluster *kfake.Cluster) (n uint64) {
	for _, partition := range cluster.PartitionInfos(topic) {
		n += uint64(partition.HighWatermark)
	}
	return n
}
