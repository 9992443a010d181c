package audit

import (
	"fmt"
	"strings"
)

// Stats is what has become of events so far.
type Stats struct {
	Sinks []SinkStats
	// Refused counts the events that fail_closed could not put on disk.
	Refused uint64
	// SpoolBytes is how much of the spool is used, and SpoolMax how much may be;
	// both are 0 without one.
	SpoolBytes, SpoolMax int64
}

// SinkStats is the part of one sink. Every event that was recorded for it is
// written, dropped, failed or waiting. A flush that fails counts once more as
// failed: which events it was about can't be told.
type SinkStats struct {
	Name    string
	Written uint64 // it took them
	Dropped uint64 // it was never offered: its queue was full, or the trail closed
	Failed  uint64 // it did not take them; under fail_closed they are set aside in the spool's folder
	Waiting int    // in its queue or in the spool, those among them that it is being offered

	// Capacity is how many events may wait in its queue, without the room that is
	// reserved for denials and errors; 0: it has the spool.
	Capacity int
}

// Stats counts exactly, sink by sink.
func (t *Trail) Stats() Stats {
	stats := Stats{Refused: t.refused.Load()}
	for _, q := range t.queued {
		s := q.stats(q.waiting())
		s.Capacity = q.capacity
		stats.Sinks = append(stats.Sinks, s)
	}
	for _, s := range t.spooled {
		stats.Sinks = append(stats.Sinks, s.stats(s.waiting()))
	}
	if t.spool != nil {
		stats.SpoolBytes, stats.SpoolMax = t.spool.disk.Used(), t.spool.max
	}
	return stats
}

func (o *outlet) stats(waiting int) SinkStats {
	return SinkStats{Name: o.name, Written: o.written.Load(), Dropped: o.dropped.Load(), Failed: o.failed.Load(), Waiting: waiting}
}

// Dropped counts the events that a sink was never offered, once for each sink.
func (t *Trail) Dropped() uint64 {
	dropped, _ := t.Stats().total()
	return dropped
}

// Failed counts the writes and flushes that a sink failed.
func (t *Trail) Failed() uint64 {
	_, failed := t.Stats().total()
	return failed
}

func (s Stats) total() (dropped, failed uint64) {
	for _, sink := range s.Sinks {
		dropped += sink.Dropped
		failed += sink.Failed
	}
	return dropped, failed
}

func (s Stats) waiting() int {
	n := 0
	for _, sink := range s.Sinks {
		n += sink.Waiting
	}
	return n
}

// where says which of several sinks is concerned. The sinks of stats are those
// of the outlets.
func (s Stats) where(outlets []*outlet) string {
	if len(outlets) < 2 {
		return ""
	}
	var parts []string
	for i, o := range outlets {
		sink := s.Sinks[i]
		var what []string
		if sink.Dropped+sink.Failed > 0 || sink.Waiting > 0 {
			what = append(what, fmt.Sprintf("%d dropped, %d failed, %d waiting", sink.Dropped, sink.Failed, sink.Waiting))
		}
		if o.open() {
			what = append(what, "not closed")
		}
		if len(what) > 0 {
			parts = append(parts, o.name+": "+strings.Join(what, ", "))
		}
	}
	if len(parts) == 0 {
		return ""
	}
	return " (" + strings.Join(parts, "; ") + ")"
}
