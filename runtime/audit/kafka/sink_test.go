package kafka_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/secretsgen/secretsgen/runtime/audit"
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
