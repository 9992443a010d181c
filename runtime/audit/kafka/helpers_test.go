package kafka_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/secretsgen/secretsgen/runtime/audit"
	"github.com/secretsgen/secretsgen/runtime/audit/kafka"
	"github.com/secretsgen/secretsgen/runtime/settings"
)

const topic = "crud.secrets.audit"

// newCluster starts brokers with the topic of the defaults.
func newCluster(t *testing.T, opts ...kfake.Opt) *kfake.Cluster {
	t.Helper()
	cluster, err := kfake.NewCluster(append([]kfake.Opt{kfake.NumBrokers(1), kfake.SeedTopics(3, topic)}, opts...)...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(cluster.Close)
	return cluster
}

func servers(cluster *kfake.Cluster) string { return strings.Join(cluster.ListenAddrs(), ",") }

// logged is a log that several goroutines write.
type logged struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (l *logged) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(p)
}

func (l *logged) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

// await waits until the log has a text.
func (l *logged) await(t *testing.T, text string) {
	t.Helper()
	for deadline := time.Now().Add(30 * time.Second); !strings.Contains(l.String(), text); {
		if time.Now().After(deadline) {
			t.Fatalf("the log does not say %q:\n%s", text, l.String())
		}
		<-time.After(5 * time.Millisecond)
	}
}

func instance(log *logged, vars map[string]string) audit.Instance {
	return audit.Instance{Settings: settings.FromMap(vars), Logger: slog.New(slog.NewTextHandler(log, &slog.HandlerOptions{Level: slog.LevelDebug}))}
}

// open opens the sink, which is closed after the test.
func open(t *testing.T, vars map[string]string) (audit.BatchSink, *logged) {
	t.Helper()
	log := &logged{}
	sink, err := kafka.Sink().Open(t.Context(), instance(log, vars), "")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { closeSink(t, sink) })
	return sink.(audit.BatchSink), log
}

func closeSink(t *testing.T, sink audit.Sink) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	if err := sink.Close(ctx); err != nil {
		t.Error(err)
	}
}

// numbered are events that are told by their correlation id.
func numbered(from, to int) []*audit.Event {
	var events []*audit.Event
	for i := from; i < to; i++ {
		events = append(events, &audit.Event{
			Version: audit.EventVersion, ID: fmt.Sprintf("%032x", i), Time: time.Now().UTC(), Type: audit.Read, Effect: audit.Allow,
			ResourceRef: fmt.Sprintf("ref-%020d", i%7), CorrelationID: fmt.Sprint(i),
		})
	}
	return events
}

// consume reads so many records with a consumer of its own.
func consume(t *testing.T, cluster *kfake.Cluster, n int) []*kgo.Record {
	t.Helper()
	consumer, err := kgo.NewClient(kgo.SeedBrokers(cluster.ListenAddrs()...), kgo.ConsumeTopics(topic), kgo.ConsumeResetOffset(kgo.NewOffset().AtStart()), kgo.FetchMaxWait(50*time.Millisecond))
	if err != nil {
		t.Fatal(err)
	}
	defer consumer.Close()
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	var records []*kgo.Record
	for len(records) < n {
		fetches := consumer.PollFetches(ctx)
		if err := fetches.Err(); err != nil {
			t.Fatalf("%v, with %d of %d records", err, len(records), n)
		}
		records = append(records, fetches.Records()...)
	}
	return records
}

// stored is how many records are in the topic.
func stored(cluster *kfake.Cluster) int64 {
	var n int64
	for _, partition := range cluster.PartitionInfos(topic) {
		n += partition.HighWatermark
	}
	return n
}

func decode(t *testing.T, r *kgo.Record) audit.Event {
	t.Helper()
	var e audit.Event
	decoder := json.NewDecoder(bytes.NewReader(r.Value))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&e); err != nil {
		t.Fatalf("%s: %v", r.Value, err)
	}
	return e
}

// random is a text that can't be made shorter.
func random(n int) string {
	var text strings.Builder
	for text.Len() < n {
		text.WriteString(rand.Text())
	}
	return text.String()[:n]
}
