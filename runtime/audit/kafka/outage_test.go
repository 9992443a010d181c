package kafka_test

import (
	"context"
	"errors"
	"net"
	"strconv"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kmsg"

	"github.com/secretsgen/secretsgen/runtime/audit"
)

// write writes events, of which so many are to fail.
func write(t *testing.T, sink audit.BatchSink, events []*audit.Event, failures int) {
	t.Helper()
	failed := 0
	for _, err := range sink.WriteBatch(t.Context(), events) {
		if errors.Is(err, audit.ErrRejected) {
			t.Error("a sound event is rejected")
		}
		if err != nil {
			failed++
		}
	}
	if failed != failures {
		t.Fatalf("%d of %d events failed, want %d", failed, len(events), failures)
	}
}

func TestABrokerThatDoesNotAnswerCostsATimeoutAndNoMore(t *testing.T) {
	t.Parallel()
	silent, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { silent.Close() })
	gone, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	if err := gone.Close(); err != nil {
		t.Fatal(err)
	}
	for name, address := range map[string]string{"silent": silent.Addr().String(), "gone": gone.Addr().String(), "unknown": "canary.invalid"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			sink, _ := open(t, map[string]string{"KAFKA_BOOTSTRAP_SERVERS": address, "KAFKA_DELIVERY_TIMEOUT": "1s"})
			start := time.Now()
			write(t, sink, numbered(0, 256), 256)
			if took := time.Since(start); took < 900*time.Millisecond || took > 10*time.Second {
				t.Errorf("giving up took %v", took)
			}
			ctx, cancel := context.WithCancel(t.Context())
			cancel()
			if errs := sink.WriteBatch(ctx, numbered(0, 1)); errs[0] == nil {
				t.Error("an event is written to nobody")
			}
		})
	}
}

func TestAnEventThatIsWaitingForItsBrokerIsDeliveredWhenItComesBack(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	start := func(opts ...kfake.Opt) *kfake.Cluster {
		cluster, err := kfake.NewCluster(append(opts, kfake.NumBrokers(1), kfake.SeedTopics(3, topic), kfake.DataDir(dir))...)
		if err != nil {
			t.Error(err)
		}
		return cluster
	}
	cluster := start()
	address := cluster.ListenAddrs()[0]
	sink, _ := open(t, map[string]string{"KAFKA_BOOTSTRAP_SERVERS": address, "KAFKA_DELIVERY_TIMEOUT": "60s"})
	write(t, sink, numbered(0, 100), 0)
	cluster.Close()
	_, text, err := net.SplitHostPort(address)
	if err != nil {
		t.Fatal(err)
	}
	port, err := strconv.Atoi(text)
	if err != nil {
		t.Fatal(err)
	}
	back := make(chan *kfake.Cluster)
	time.AfterFunc(300*time.Millisecond, func() { back <- start(kfake.Ports(port)) })
	go func() { cluster = <-back; close(back) }()
	write(t, sink, numbered(100, 200), 0)
	<-back
	defer cluster.Close()
	seen := map[string]int{}
	for _, r := range consume(t, cluster, 200) {
		seen[decode(t, r).CorrelationID]++
	}
	if len(seen) != 200 {
		t.Errorf("%d events are in the topic", len(seen))
	}
}

func TestAnEventFromLongAgoIsWrittenLikeAnyOther(t *testing.T) {
	t.Parallel()
	cluster := newCluster(t)
	sink, _ := open(t, map[string]string{"KAFKA_BOOTSTRAP_SERVERS": servers(cluster), "KAFKA_DELIVERY_TIMEOUT": "30s"})
	events := numbered(0, 10)
	for _, e := range events { // as a spool has them after an outage
		e.Time = e.Time.Add(-24 * time.Hour)
	}
	write(t, sink, events, 0)
}

// produced are the requests that faults are about.
var produced = []kmsg.Key{kmsg.Produce}

func TestALostAcknowledgementMakesNoSecondRecord(t *testing.T) {
	t.Parallel()
	for name, fault := range map[string]*kerr.Error{
		"the broker is slow to tell":  kerr.RequestTimedOut,
		"a replica is lost afterward": kerr.NotEnoughReplicasAfterAppend,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			cluster := newCluster(t)
			sink, _ := open(t, map[string]string{"KAFKA_BOOTSTRAP_SERVERS": servers(cluster)})
			write(t, sink, numbered(0, 100), 0)
			handle := cluster.Fault(kfake.Fault{Keys: produced, Err: fault, Count: 3}) // what is written is denied
			write(t, sink, numbered(100, 200), 0)
			write(t, sink, numbered(200, 300), 0)
			if handle.Hits() == 0 {
				t.Error("no acknowledgement was lost")
			}
			if n := stored(cluster); n != 300 {
				t.Errorf("%d records of 300 events", n)
			}
		})
	}
}

func TestATopicThatLacksReplicasIsWaitedFor(t *testing.T) {
	t.Parallel()
	cluster := newCluster(t)
	sink, _ := open(t, map[string]string{"KAFKA_BOOTSTRAP_SERVERS": servers(cluster)})
	handle := cluster.Fault(kfake.Fault{Keys: produced, Err: kerr.NotEnoughReplicas, Count: 2})
	write(t, sink, numbered(0, 100), 0)
	if n := stored(cluster); n != 100 || handle.Hits() == 0 {
		t.Errorf("%d records, %d refusals", n, handle.Hits())
	}
}

func TestWhatWasGivenUpDoesNotDisturbWhatComesLater(t *testing.T) {
	t.Parallel()
	cluster := newCluster(t)
	sink, log := open(t, map[string]string{"KAFKA_BOOTSTRAP_SERVERS": servers(cluster), "KAFKA_DELIVERY_TIMEOUT": "8s"})
	write(t, sink, numbered(0, 100), 0)
	handle := cluster.Fault(kfake.Fault{Keys: produced, Err: kerr.RequestTimedOut, Count: -1})
	write(t, sink, numbered(100, 200), 100) // and yet they are there
	log.await(t, "they acknowledge nothing in time; fewer replicas may be in sync than the topic asks for")
	handle.Remove()
	for i := range 5 {
		write(t, sink, numbered(200+100*i, 300+100*i), 0)
	}
	seen := map[string]int{}
	for _, r := range consume(t, cluster, int(stored(cluster))) {
		seen[decode(t, r).ID]++
	}
	if len(seen) < 600 {
		t.Errorf("%d of 600 acknowledged events are in the topic", len(seen))
	}
	for id, n := range seen {
		if n != 1 {
			t.Errorf("event %s is there %d times", id, n)
		}
	}
}

func TestAnEventThatIsTooLargeIsRejectedAndNoOther(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		limit string
		size  int // of the one
	}{
		"for the client":                {"10000000", 2 << 20},
		"for the topic":                 {"20000", 30000}, // which the broker says of all that come together
		"none is, but all together are": {"20000", 400},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			cluster := newCluster(t, kfake.BrokerConfigs(map[string]string{"message.max.bytes": test.limit}))
			sink, _ := open(t, map[string]string{"KAFKA_BOOTSTRAP_SERVERS": servers(cluster)})
			events := numbered(0, 200)
			for _, e := range events {
				e.NodeID = random(400) // so that it can't be compressed
			}
			events[7].NodeID = random(test.size)
			tooLarge := test.size > 400
			for i, err := range sink.WriteBatch(t.Context(), events) {
				if want := i == 7 && tooLarge; errors.Is(err, audit.ErrRejected) != want || err != nil && !want {
					t.Errorf("event %d: %v", i, err)
				}
			}
			want := int64(200)
			if tooLarge {
				want--
			}
			if n := stored(cluster); n != want {
				t.Errorf("%d records, want %d", n, want)
			}
		})
	}
}
