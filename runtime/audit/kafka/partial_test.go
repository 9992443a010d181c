package kafka_test

import (
	"errors"
	"testing"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kfake"

	"github.com/secretsgen/secretsgen/runtime/audit"
)

// TestTheEventsOfAPartitionThatIsDownAreNotAtFault holds that fail_closed sets
// none of them aside because those of other partitions go through.
func TestTheEventsOfAPartitionThatIsDownAreNotAtFault(t *testing.T) {
	t.Parallel()
	for name, cause := range map[string]*kerr.Error{"too few replicas": kerr.NotEnoughReplicas, "another leader": kerr.NotLeaderForPartition} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			cluster := newCluster(t)
			sink, _ := open(t, map[string]string{"KAFKA_BOOTSTRAP_SERVERS": servers(cluster), "KAFKA_DELIVERY_TIMEOUT": "5s"})
			cluster.Fault(kfake.Fault{Keys: produced, Topic: topic, Partitions: []int32{0}, Err: cause, Count: -1})
			events, refused := numbered(0, 100), 0
			for i, err := range sink.WriteBatch(t.Context(), events) {
				if err == nil {
					continue
				}
				if refused++; !errors.Is(err, audit.ErrUnavailable) {
					t.Errorf("event %d: %v", i, err)
				}
			}
			if n := int(stored(cluster)); refused == 0 || n != len(events)-refused || n == 0 {
				t.Errorf("%d events are in the topic, and %d of %d failed", n, refused, len(events))
			}
		})
	}
}
