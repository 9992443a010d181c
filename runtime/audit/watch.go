package audit

import "time"

// tellLoss has the watcher look whether the log must tell of a loss. It never
// waits.
func (t *Trail) tellLoss() {
	select {
	case t.loss <- struct{}{}:
	default:
	}
}

// watch is the goroutine that warns, at most once a minute, of more losses, and
// of sinks that take nothing while the spool keeps their events. It is none of
// the writers, which may be stuck, and no reader, which a logger must not hold
// up.
func (t *Trail) watch() {
	defer close(t.watched)
	var lossTold, stallTold time.Time
	var told uint64
	for {
		select {
		case <-t.loss:
		case <-t.written:
			return
		}
		now, stats := time.Now(), t.Stats()
		dropped, failed := stats.total()
		if lost := dropped + failed + stats.Refused; lost != told && now.Sub(lossTold) >= warnInterval {
			lossTold, told = now, lost
			t.logger.Warn("secretsgen: audit events are being lost", "writes_failed", failed, "events_dropped", dropped, "events_refused", stats.Refused)
		}
		if stalled := t.stalled(); len(stalled) > 0 && now.Sub(stallTold) >= warnInterval {
			stallTold = now
			t.logger.Warn("secretsgen: an audit sink takes nothing, and its events wait in the spool", "sinks", stalled, "events_waiting", stats.waiting())
		}
	}
}

// stalled names the sinks that took nothing the last time.
func (t *Trail) stalled() []string {
	var names []string
	for _, s := range t.spooled {
		if s.stalled.Load() {
			names = append(names, s.name)
		}
	}
	return names
}
