package runtime_test

import (
	"context"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/secretsgen/secretsgen/runtime"
	"github.com/secretsgen/secretsgen/runtime/providers"
)

// ending is how a read of a schedule ends.
type ending int

const (
	brings   ending = iota // a document
	fails                  // the version is deleted
	leaves                 // its caller goes
	endings                // how many there are
	schedule = 3           // reads
)

// orders are all in which so many reads can begin and end: each number is that of
// a read, which begins where it stands first and ends where it stands again. Reads
// are numbered as they begin.
func orders(reads int) (all [][]int) {
	var walk func(order, open []int, begun int)
	walk = func(order, open []int, begun int) {
		if len(order) == 2*reads {
			all = append(all, order)
			return
		}
		if begun < reads {
			walk(append(order[:len(order):len(order)], begun), append(open[:len(open):len(open)], begun), begun+1)
		}
		for i, read := range open {
			rest := append(append([]int{}, open[:i]...), open[i+1:]...)
			walk(append(order[:len(order):len(order)], read), rest, begun)
		}
	}
	walk(nil, nil, 0)
	return all
}

// TestWhateverTheOrderOfReadsTheLatestSaysWhatIsKept runs every order in which
// three reads of one document can begin and end, with every ending of each. What
// is kept is at each moment what the read brought that began last of those that
// have ended; it is nothing if that one failed, and a read whose caller went does
// not count.
func TestWhateverTheOrderOfReadsTheLatestSaysWhatIsKept(t *testing.T) {
	t.Parallel()
	for _, local := range []bool{false, true} {
		for _, order := range orders(schedule) {
			t.Run(fmt.Sprint(order, local), func(t *testing.T) {
				t.Parallel()
				for n := range endings * endings * endings {
					run := [schedule]ending{n % endings, n / endings % endings, n / endings / endings}
					synctest.Test(t, func(t *testing.T) { runSchedule(t, local, order, run) })
				}
			})
		}
	}
}

func runSchedule(t *testing.T, local bool, order []int, run [schedule]ending) {
	t.Helper()
	var (
		asked  []chan ending
		reads  []<-chan result
		cancel []context.CancelFunc
		latest = -1 // of the reads that have ended and count
	)
	s := &stub{read: func(ctx context.Context, _ providers.Location) (providers.Document, error) {
		answer, n := make(chan ending), len(asked)
		asked = append(asked, answer)
		select {
		case how := <-answer:
			if how == fails {
				return providers.Document{}, &runtime.SecretVersionDeletedError{}
			}
			return text(fmt.Sprint(n))
		case <-ctx.Done():
			return providers.Document{}, ctx.Err()
		}
	}}
	factory := s.factory()
	factory.Local = local
	_, handles := openAll(t, factory, permits{}, runtime.Declaration{Accessor: "kept", URI: stubRef, Cache: time.Hour}, runtime.Declaration{Accessor: "anew", URI: stubRef})
	for step, n := range order {
		if n == len(reads) {
			later(time.Second) // it boards none of those under way
			ctx, stop := context.WithCancel(t.Context())
			defer stop()
			cancel, reads = append(cancel, stop), append(reads, reading(ctx, handles["anew"]))
			synctest.Wait()
			continue
		}
		if run[n] == leaves {
			cancel[n]()
		} else {
			asked[n] <- run[n]
			latest = max(latest, n)
		}
		<-reads[n]
		synctest.Wait()
		if latest < 0 || run[latest] == fails {
			continue
		}
		ctx, stop := context.WithTimeout(t.Context(), time.Second)
		got := <-reading(ctx, handles["kept"])
		stop()
		if got.value != fmt.Sprint(latest) || len(asked) != len(reads) {
			t.Fatalf("%v after step %d: got the value of read %q, want that of %d: %v", run, step, got.value, latest, got.err)
		}
	}
	if latest < 0 || run[latest] == fails {
		last := reading(t.Context(), handles["kept"])
		synctest.Wait()
		if len(asked) != schedule+1 {
			t.Fatalf("%v: something is kept, want nothing", run)
		}
		asked[schedule] <- brings
		<-last
	}
}
