package kafka_test

import (
	"fmt"
	"net"
	"os"
	"os/exec"
	"runtime"
	"testing"

	"github.com/secretsgen/secretsgen/runtime/audit"
)

// hoarder is the environment variable that makes this test program measure its
// memory while a broker, whose address it holds, is down.
const hoarder = "SECRETSGEN_TEST_HOARDER"

// heap is what is in use after a collection, and how many goroutines there are.
func heap() (bytes uint64, goroutines int) {
	runtime.GC()
	var stats runtime.MemStats
	runtime.ReadMemStats(&stats)
	return stats.HeapAlloc, runtime.NumGoroutine()
}

// hoard records events for several timeouts of the sink.
func hoard(t *testing.T, address string) {
	t.Helper()
	trail, _ := trailOf(t, audit.TrailConfig{}, map[string]string{"KAFKA_BOOTSTRAP_SERVERS": address, "KAFKA_DELIVERY_TIMEOUT": "1s"})
	events := numbered(0, 5000)
	var bytes []uint64
	var goroutines []int
	for range 6 { // each as long as it takes until another batch was given up
		for failed := trail.Failed(); trail.Failed() == failed; {
			record(t, trail, events)
		}
		b, n := heap()
		bytes, goroutines = append(bytes, b), append(goroutines, n)
	}
	stats := trail.Stats().Sinks[0]
	fmt.Println(bytes, goroutines, stats)
	if grown := int64(bytes[5]) - int64(bytes[0]); grown > 2<<20 || goroutines[5] > goroutines[0]+5 {
		t.Errorf("the heap grew by %d bytes, and goroutines from %d to %d", grown, goroutines[0], goroutines[5])
	}
	if stats.Written != 0 || stats.Dropped < 100_000 {
		t.Errorf("%+v", stats)
	}
}

func TestABrokerThatIsDownFillsNoMemory(t *testing.T) {
	t.Parallel()
	if address := os.Getenv(hoarder); address != "" {
		hoard(t, address)
		return
	}
	silent, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { silent.Close() })
	for name, address := range map[string]string{"gone": "127.0.0.1:1", "silent": silent.Addr().String()} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			cmd := exec.Command(os.Args[0], "-test.run=^TestABrokerThatIsDownFillsNoMemory$") // alone, so that nothing else is measured
			cmd.Env = append(os.Environ(), hoarder+"="+address)
			if out, err := cmd.CombinedOutput(); err != nil {
				t.Errorf("%v\n%s", err, out)
			} else {
				t.Logf("%s", out)
			}
		})
	}
}
