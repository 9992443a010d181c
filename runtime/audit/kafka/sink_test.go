package kafka_test

import (
	"strconv"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kmsg"

	"github.com/secretsgen/secretsgen/runtime/audit"
	"github.com/secretsgen/secretsgen/runtime/audit/kafka"
)

func TestEventsReachTheTopicAsTheyAre(t *testing.T) {
	t.Parallel()
	cluster := newCluster(t)
	sink, log := open(t, map[string]string{"KAFKA_BOOTSTRAP_SERVERS": servers(cluster)})
	events := numbered(0, 100)
	events[7].ResourceRef = ""
	write(t, sink, events, 0)
	got := map[string]audit.Event{}
	for _, r := range consume(t, cluster, 100) {
		e := decode(t, r)
		got[e.ID] = e
		if string(r.Key) != e.ResourceRef || !r.Timestamp.Equal(e.Time.Truncate(time.Millisecond)) {
			t.Errorf("key %q and time %v of %+v", r.Key, r.Timestamp, e)
		}
	}
	for _, want := range events {
		if diff := cmp.Diff(*want, got[want.ID]); diff != "" {
			t.Errorf("event (-want +got):\n%s", diff)
		}
	}
	if log.String() != "" {
		t.Errorf("the log says %s", log.String())
	}
}

func TestWhatIsWrittenIsAcknowledgedByAllReplicasAndInOrder(t *testing.T) {
	t.Parallel()
	cluster := newCluster(t)
	var lax atomic.Bool
	handle := cluster.Fault(kfake.Fault{Keys: produced, Observe: true, Count: -1, When: func(request kmsg.Request) bool {
		if request.(*kmsg.ProduceRequest).Acks != -1 {
			lax.Store(true)
		}
		return true
	}})
	sink, _ := open(t, map[string]string{"KAFKA_BOOTSTRAP_SERVERS": servers(cluster)})
	for n := range 10 {
		write(t, sink, numbered(20*n, 20*n+20), 0)
	}
	if lax.Load() || handle.Hits() == 0 {
		t.Errorf("of %d writes, some do not ask all replicas", handle.Hits())
	}
	partitions, last := map[string]int32{}, map[string]int{}
	for _, r := range consume(t, cluster, 200) {
		ref := string(r.Key)
		n, err := strconv.Atoi(decode(t, r).CorrelationID)
		if err != nil {
			t.Fatal(err)
		}
		if before, there := partitions[ref]; there && (before != r.Partition || last[ref] >= n) {
			t.Errorf("%s: event %d in partition %d comes after %d in %d", ref, n, r.Partition, last[ref], before)
		}
		if partitions[ref], last[ref] = r.Partition, n; r.ProducerID < 0 {
			t.Errorf("event %d was written without idempotence", n)
		}
	}
}

func TestTheTopicIsCreatedInDevelopmentAlone(t *testing.T) {
	t.Parallel()
	for development, want := range map[bool]int64{false: 0, true: 1} {
		cluster, err := kfake.NewCluster(kfake.NumBrokers(1), kfake.AllowAutoTopicCreation())
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(cluster.Close)
		in := instance(&logged{}, map[string]string{"KAFKA_BOOTSTRAP_SERVERS": servers(cluster)})
		in.Development = development
		sink, err := kafka.Sink().Open(t.Context(), in, "")
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { closeSink(t, sink) })
		if err := sink.Write(t.Context(), numbered(0, 1)[0]); (err == nil) != development {
			t.Errorf("development %v: %v", development, err)
		}
		if got := stored(cluster); got != want {
			t.Errorf("development %v: %d records, want %d", development, got, want)
		}
	}
}
