package audit_test

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"hash/crc32"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	gocmp "github.com/google/go-cmp/cmp"

	"github.com/secretsgen/secretsgen/runtime/audit"
)

// rejecting is a sink that will never take the events with these marks.
type rejecting struct {
	memory

	marks map[string]error
	tries map[string]int
}

func (r *rejecting) Write(ctx context.Context, e *audit.Event) error {
	if err := r.marks[e.CorrelationID]; err != nil {
		r.tries[e.CorrelationID]++
		return err
	}
	return r.memory.Write(ctx, e)
}

func TestAnEventThatIsPoisonBlocksNothingAndIsSetAside(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	sink := &rejecting{
		marks: map[string]error{"rejected": fmt.Errorf("canary: %w", audit.ErrRejected), "poison": errors.New("canary")},
		tries: map[string]int{},
	}
	trail := spooled(t, dir, audit.TrailConfig{Sinks: []audit.Sink{audit.Named("picky", sink)}})
	var want []string
	for _, mark := range []string{"rejected", "poison", "1", "2", "3"} { // three others go through
		record(t, trail, marked(mark))
		if len(mark) == 1 {
			want = append(want, mark)
			// One pass an event, since each is waited for.
			sink.await(len(want))
		}
	}
	if err := trail.Flush(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := trail.Close(t.Context()); err == nil || !strings.Contains(err.Error(), "2 writes failed") {
		t.Errorf("Close says %v", err)
	}
	if diff := gocmp.Diff(want, marks(sink.kept())); diff != "" {
		t.Errorf("events (-want +got):\n%s", diff)
	}
	if sink.tries["rejected"] != 1 || sink.tries["poison"] < 3 {
		t.Errorf("tried %v", sink.tries)
	}
	text, err := os.ReadFile(filepath.Join(dir, "rejected-picky.jsonl"))
	if err != nil || bytes.Count(text, []byte("\n")) != 2 || !bytes.Contains(text, []byte(`"poison"`)) || bytes.Contains(text, []byte("canary")) {
		t.Errorf("set aside: %s (%v)", text, err)
	}
}

func TestAnEventThatIsNotAtFaultIsNeverSetAside(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	sink := &rejecting{marks: map[string]error{"waiting": fmt.Errorf("canary: %w", audit.ErrUnavailable)}, tries: map[string]int{}}
	trail := spooled(t, dir, audit.TrailConfig{Sinks: []audit.Sink{audit.Named("partial", sink)}})
	for n, mark := range []string{"waiting", "1", "2", "3", "4", "5"} {
		record(t, trail, marked(mark))
		sink.await(n) // one pass an event
	}
	if err := trail.Close(t.Context()); err == nil || !strings.Contains(err.Error(), "6 events stay in the spool") || strings.Contains(err.Error(), "canary") {
		t.Errorf("Close says %v", err)
	}
	if failed := trail.Stats().Sinks[0].Failed; sink.tries["waiting"] < 4 || failed != 0 {
		t.Errorf("tried %v, and %d set aside", sink.tries, failed)
	}
	later := &memory{}
	trail = spooled(t, dir, audit.TrailConfig{Sinks: []audit.Sink{audit.Named("partial", later)}})
	if err := trail.Flush(t.Context()); err != nil {
		t.Fatal(err)
	}
	if got := marks(later.kept()); !slices.Contains(got, "waiting") {
		t.Errorf("after a restart there are %v", got)
	}
	if err := trail.Close(t.Context()); err != nil {
		t.Error(err)
	}
}

// strange is an error that can't be looked into where it is a nil pointer.
type strange struct{ cause error }

func (*strange) Error() string { return "canary" }

func (s *strange) Unwrap() error { return s.cause }

func TestAnErrorThatPanicsWhenItIsLookedIntoHurtsNobody(t *testing.T) {
	t.Parallel()
	for name, policy := range policies {
		sink := &batches{say: func(n int) []error {
			errs := make([]error, n)
			for i := range errs {
				errs[i] = (*strange)(nil)
			}
			return errs
		}}
		for _, sink := range []audit.Sink{sink, writer(func(*audit.Event) error { return (*strange)(nil) })} {
			trail := under(t, policy, t.TempDir(), audit.TrailConfig{Sinks: []audit.Sink{sink}})
			record(t, trail, hit)
			if err := trail.Close(t.Context()); err == nil || strings.Contains(err.Error(), "canary") {
				t.Errorf("%s: Close says %v", name, err)
			}
		}
	}
}

func TestASinkKeepsItsAbilitiesUnderTwoNames(t *testing.T) {
	t.Parallel()
	sink := &lazy{}
	trail := spooled(t, t.TempDir(), audit.TrailConfig{Sinks: []audit.Sink{audit.Named("outer", audit.Named("inner", sink))}})
	record(t, trail, marked("1"))
	if stats := trail.Stats(); stats.Sinks[0].Name != "outer" {
		t.Errorf("the sink is called %s", stats.Sinks[0].Name)
	}
	if err := trail.Close(t.Context()); err != nil || len(sink.kept()) != 1 {
		t.Errorf("the sink was not flushed: it has %d events, and Close says %v", len(sink.kept()), err)
	}
}

func TestTwoSinksOfOneNameAreTwo(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	first, second := &memory{}, &memory{}
	both := []audit.Sink{audit.Named("memory", first), audit.Named("memory", second)}
	for _, mark := range []string{"1", "2"} {
		trail := spooled(t, dir, audit.TrailConfig{Sinks: both})
		record(t, trail, marked(mark))
		if stats := trail.Stats(); stats.Sinks[0].Name == stats.Sinks[1].Name {
			t.Errorf("both are called %s", stats.Sinks[0].Name)
		}
		if err := trail.Close(t.Context()); err != nil {
			t.Error(err)
		}
	}
	for _, sink := range []*memory{first, second} {
		if diff := gocmp.Diff([]string{"1", "2"}, marks(sink.kept())); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
	}
}

func TestFailuresThatAreNotInARowHoldUpNothing(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		sink := &rejecting{
			memory: memory{gate: make(chan struct{})},
			marks:  map[string]error{"poison 1": errors.New("canary"), "poison 2": errors.New("canary"), "poison 3": errors.New("canary")},
			tries:  map[string]int{},
		}
		trail := spooled(t, t.TempDir(), audit.TrailConfig{Sinks: []audit.Sink{sink}})
		record(t, trail, marked("0"))
		synctest.Wait() // the sink has that one
		for _, mark := range []string{"poison 1", "1", "poison 2", "2", "poison 3", "3"} {
			record(t, trail, marked(mark))
		}
		start := time.Now()
		close(sink.gate)
		synctest.Wait()
		if diff := gocmp.Diff([]string{"0", "1", "2", "3"}, marks(sink.kept())); diff != "" || time.Since(start) != 0 {
			t.Errorf("at once (-want +got):\n%s", diff)
		}
		_ = trail.Close(t.Context())
	})
}

// forgetful is a sink that rejects some events, and loses the others whenever it
// is flushed but the first time.
type forgetful struct {
	rejecting

	first chan struct{}
}

func (f *forgetful) Flush(context.Context) error {
	if _, ok := <-f.first; ok {
		return nil
	}
	return errors.New("canary")
}

func TestARejectedEventIsNotOfferedAgainThoughTheFlushFails(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		sink := &forgetful{
			rejecting: rejecting{marks: map[string]error{"rejected": audit.ErrRejected}, tries: map[string]int{}},
			first:     make(chan struct{}),
		}
		trail := spooled(t, t.TempDir(), audit.TrailConfig{Sinks: []audit.Sink{sink}})
		for _, mark := range []string{"1", "2", "rejected"} {
			record(t, trail, marked(mark))
			synctest.Wait() // the first is being flushed
		}
		sink.first <- struct{}{}
		close(sink.first)
		<-time.After(time.Minute)
		err := trail.Close(t.Context())
		if err == nil || !strings.Contains(err.Error(), "1 writes failed") || !strings.Contains(err.Error(), "2 events stay in the spool") || sink.tries["rejected"] != 1 {
			t.Errorf("Close says %v, and the event was offered %d times, want once", err, sink.tries["rejected"])
		}
	})
}

// picky is a sink that fails events of these marks, and with them whatever is
// written or flushed at the same time.
type picky struct {
	memory

	held []audit.Event
}

func (p *picky) Write(_ context.Context, e *audit.Event) error {
	if strings.HasPrefix(e.CorrelationID, "poison") {
		return errors.New("canary")
	}
	p.held = append(p.held, *e)
	return p.Flush(context.Background())
}

func (p *picky) Flush(context.Context) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	held := p.held
	p.held = nil
	for _, e := range held {
		if strings.HasPrefix(e.CorrelationID, "poison") {
			return errors.New("canary")
		}
	}
	p.events = append(p.events, held...)
	return nil
}

// pickyAtFlush is one that says so only when it is flushed.
type pickyAtFlush struct{ picky }

func (p *pickyAtFlush) Write(_ context.Context, e *audit.Event) error {
	p.held = append(p.held, *e)
	return nil
}

// pickyBatches is one that takes a batch or does not.
type pickyBatches struct {
	picky

	panics bool
}

func (p *pickyBatches) WriteBatch(_ context.Context, events []*audit.Event) []error {
	for _, e := range events {
		p.held = append(p.held, *e)
	}
	err := p.Flush(context.Background())
	if err != nil && p.panics {
		panic("canary")
	}
	errs := make([]error, len(events))
	for i := range errs {
		errs[i] = err
	}
	return errs
}

func TestSeveralEventsThatArePoisonHoldUpNoOther(t *testing.T) {
	t.Parallel()
	for name, sink := range map[string]interface {
		audit.Sink
		kept() []audit.Event
	}{
		"one at a time":               &picky{},
		"told when it is flushed":     &pickyAtFlush{},
		"all of a batch or nothing":   &pickyBatches{},
		"a panic in place of a batch": &pickyBatches{panics: true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				dir := t.TempDir()
				trail := spooled(t, dir, audit.TrailConfig{Sinks: []audit.Sink{audit.Named("picky", sink)}})
				var want []string
				for i := range 60 {
					mark := fmt.Sprint(i)
					if i < 3 || i == 50 {
						mark = "poison " + mark
					} else {
						want = append(want, mark)
					}
					trail.Note(new(marked(mark)))
				}
				ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
				defer cancel()
				for len(sink.kept()) < len(want) && ctx.Err() == nil {
					<-time.After(time.Second)
				}
				got := marks(sink.kept())
				slices.SortFunc(got, func(a, b string) int { return cmp.Or(len(a)-len(b), strings.Compare(a, b)) })
				if diff := gocmp.Diff(want, got); diff != "" {
					t.Errorf("events within a minute (-want +got):\n%s", diff)
				}
				for i := range 30 { // others go through while the last of the poison is tried again
					record(t, trail, marked("later "+fmt.Sprint(i)))
					<-time.After(time.Second)
				}
				if err := trail.Flush(ctx); err != nil {
					t.Errorf("Flush says %v", err)
				}
				if err := trail.Close(t.Context()); err == nil || !strings.Contains(err.Error(), "4 writes failed") || strings.Contains(err.Error(), "stay") {
					t.Errorf("Close says %v", err)
				}
				text, err := os.ReadFile(filepath.Join(dir, "rejected-picky.jsonl"))
				if err != nil || bytes.Count(text, []byte("\n")) != 4 || bytes.Count(text, []byte(`"poison `)) != 4 {
					t.Errorf("set aside: %s (%v)", text, err)
				}
			})
		})
	}
}

func TestARecordThatIsNoEventIsNeverOffered(t *testing.T) {
	t.Parallel()
	for name, text := range map[string]string{
		"a piece of one":  `{"v":1,"subject":"canary`,
		"of two versions": `{"v":1,"v":2}`,
	} {
		synctest.Test(t, func(t *testing.T) {
			dir, sink := t.TempDir(), &memory{}
			line := fmt.Sprintf("%08x %s\n", crc32.Checksum([]byte(text), crc32.MakeTable(crc32.Castagnoli)), text)
			if err := os.WriteFile(filepath.Join(dir, "0000000000000001.spool"), []byte("secretsgen audit spool 1\n"+line), 0o600); err != nil {
				t.Fatal(err)
			}
			aside := filepath.Join(dir, "rejected-memory.jsonl")
			if err := os.Mkdir(aside, 0o700); err != nil { // so that it can't be set aside at first
				t.Fatal(err)
			}
			trail := spooled(t, dir, audit.TrailConfig{Sinks: []audit.Sink{audit.Named("memory", sink)}})
			record(t, trail, marked("1"))
			<-time.After(time.Second)
			if waiting := trail.Stats().Sinks[0].Waiting; waiting == 0 {
				t.Errorf("%s: nothing waits", name)
			}
			if err := os.Remove(aside); err != nil {
				t.Fatal(err)
			}
			if err := trail.Flush(t.Context()); err != nil {
				t.Error(err)
			}
			if err := trail.Close(t.Context()); err == nil || !strings.Contains(err.Error(), "1 writes failed") {
				t.Errorf("%s: Close says %v", name, err)
			}
			if diff := gocmp.Diff([]string{"1"}, marks(sink.kept())); diff != "" {
				t.Errorf("%s (-want +got):\n%s", name, diff)
			}
			if kept, err := os.ReadFile(aside); err != nil || string(kept) != text+"\n" {
				t.Errorf("%s: set aside: %q (%v)", name, kept, err)
			}
		})
	}
}
