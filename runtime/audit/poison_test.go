package audit_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

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
	for _, mark := range []string{"rejected", "poison", "1", "2", "3", "4"} {
		record(t, trail, marked(mark))
		if len(mark) == 1 {
			want = append(want, mark)
			// One pass an event, since each is waited for.
			for len(sink.kept()) < len(want) {
				<-time.After(100 * time.Microsecond)
			}
		}
	}
	if err := trail.Flush(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := trail.Close(t.Context()); err == nil || !strings.Contains(err.Error(), "2 writes failed") {
		t.Errorf("Close says %v", err)
	}
	if diff := cmp.Diff(want, marks(sink.kept())); diff != "" {
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

// forgetful is a sink that rejects some events and loses the others when it is
// flushed.
type forgetful struct{ rejecting }

func (*forgetful) Flush(context.Context) error { return errors.New("canary") }

func TestARejectedEventIsNotOfferedAgainThoughTheFlushFails(t *testing.T) {
	t.Parallel()
	sink := &forgetful{rejecting{marks: map[string]error{"rejected": audit.ErrRejected}, tries: map[string]int{}}}
	trail := spooled(t, t.TempDir(), audit.TrailConfig{Sinks: []audit.Sink{sink}})
	record(t, trail, marked("1"))
	record(t, trail, marked("rejected"))
	err := trail.Close(t.Context())
	if err == nil || !strings.Contains(err.Error(), "1 writes failed") || !strings.Contains(err.Error(), "2 events stay in the spool") || sink.tries["rejected"] != 1 {
		t.Errorf("Close says %v, and the event was offered %d times, want once", err, sink.tries["rejected"])
	}
}
