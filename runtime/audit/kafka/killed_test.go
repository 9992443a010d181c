//go:build unix

package kafka_test

import (
	"bufio"
	"context"
	"fmt"
	"math/rand/v2"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kfake"

	"github.com/secretsgen/secretsgen/runtime/audit"
)

// victim is the environment variable that makes this test program a writer to
// be killed: the broker, the number of the run, and the folder of the spool.
const victim = "SECRETSGEN_TEST_VICTIM"

// spooled is a trail under fail_closed with the one sink.
func spooled(t *testing.T, dir, address string) *audit.Trail {
	t.Helper()
	spool, err := audit.OpenSpool(audit.SpoolConfig{Dir: dir})
	if err != nil {
		t.Fatal(err)
	}
	trail, _ := trailOf(t, audit.TrailConfig{Spool: spool}, map[string]string{"KAFKA_BOOTSTRAP_SERVERS": address, "KAFKA_DELIVERY_TIMEOUT": "2s"})
	return trail
}

// writeUntilKilled records events from several goroutines, and prints the mark
// of each when it is acknowledged.
func writeUntilKilled(t *testing.T, job string) {
	t.Helper()
	parts := strings.SplitN(job, "|", 3)
	trail := spooled(t, parts[2], parts[0])
	var printing sync.Mutex
	failed := make(chan error)
	for writer := range 4 {
		go func() {
			for i := 0; ; i++ {
				e := *numbered(i, i+1)[0]
				e.CorrelationID = fmt.Sprintf("%s-%d-%d", parts[1], writer, i)
				if err := trail.Record(context.Background(), &e); err != nil {
					failed <- err
					return
				}
				printing.Lock()
				fmt.Println(e.CorrelationID)
				printing.Unlock()
			}
		}()
	}
	t.Fatal(<-failed)
}

// killOne runs a writer, kills it some time after its first acknowledgement, and
// adds what it was told is safe.
func killOne(t *testing.T, job string, acknowledged map[string]bool) {
	t.Helper()
	cmd := exec.Command(os.Args[0], "-test.run=^TestNoAcknowledgedEventIsLostToAnOutageAndAKill$")
	cmd.Env = append(os.Environ(), victim+"="+job)
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	kill := time.AfterFunc(time.Minute, func() { _ = cmd.Process.Kill() }) // SIGKILL
	defer kill.Stop()
	lines, first := bufio.NewReader(out), true
	for {
		line, err := lines.ReadString('\n')
		if err != nil { // the last line may be cut short: then it is no acknowledgement
			break
		}
		acknowledged[strings.TrimSuffix(line, "\n")] = true
		if first {
			first = false
			kill.Reset(time.Duration(rand.Int64N(int64(150 * time.Millisecond))))
		}
	}
	if err := cmd.Wait(); err == nil || err.Error() != "signal: killed" {
		t.Fatalf("the writer ended by itself: %v", err)
	}
}

// TestNoAcknowledgedEventIsLostToAnOutageAndAKill kills writers under fail_closed
// with SIGKILL, most of them while their broker is down, and then looks for
// everything that any of them was told is safe in the topic.
func TestNoAcknowledgedEventIsLostToAnOutageAndAKill(t *testing.T) {
	t.Parallel()
	if job := os.Getenv(victim); job != "" {
		writeUntilKilled(t, job)
	}
	data, spool := t.TempDir(), filepath.Join(t.TempDir(), "spool")
	start := func(opts ...kfake.Opt) *kfake.Cluster {
		cluster, err := kfake.NewCluster(append(opts, kfake.NumBrokers(1), kfake.SeedTopics(3, topic), kfake.DataDir(data))...)
		if err != nil {
			t.Fatal(err)
		}
		return cluster
	}
	cluster := start()
	address := cluster.ListenAddrs()[0]
	_, text, err := net.SplitHostPort(address)
	if err != nil {
		t.Fatal(err)
	}
	port, err := strconv.Atoi(text)
	if err != nil {
		t.Fatal(err)
	}
	acknowledged := map[string]bool{}
	for run := range 12 {
		if run%3 == 1 {
			cluster.Close() // for this run and the next
		}
		if run%3 == 0 && run > 0 {
			cluster = start(kfake.Ports(port))
		}
		killOne(t, fmt.Sprintf("%s|%d|%s", address, run, spool), acknowledged)
	}
	cluster = start(kfake.Ports(port))
	defer cluster.Close()
	trail := spooled(t, spool, address)
	if err := trail.Flush(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := trail.Close(t.Context()); err != nil {
		t.Error(err)
	}

	ids, again, lost := map[string]string{}, 0, 0
	for _, r := range consume(t, cluster, int(stored(cluster))) {
		e := decode(t, r)
		if id, there := ids[e.CorrelationID]; there {
			if again++; id != e.ID {
				t.Errorf("one event has the ids %s and %s", id, e.ID)
			}
		}
		ids[e.CorrelationID] = e.ID
	}
	for mark := range acknowledged {
		if ids[mark] == "" {
			lost++
		}
	}
	if lost > 0 || len(acknowledged) < 100 {
		t.Errorf("%d of %d acknowledged events are lost", lost, len(acknowledged))
	}
	t.Logf("%d events were acknowledged, %d are in the topic, %d of them again", len(acknowledged), len(ids), again)
}
