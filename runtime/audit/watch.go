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
	for w := (watcher{trail: t}); ; {
		if !w.untold {
			select {
			case <-t.loss:
			case <-t.written:
				w.look(0)
				return
			}
		}
		w.look(warnInterval)
		select { // a flood of losses is looked at once a second
		case <-time.After(lookInterval):
		case <-t.written:
			w.look(0)
			return
		}
	}
}

// watcher is what the log was told and when.
type watcher struct {
	trail     *Trail
	lost      uint64
	lossTold  time.Time
	stallTold time.Time
	untold    bool // there are losses that it is too early to tell of
}

// look tells the log of what is new, if the last time was so long ago.
func (w *watcher) look(interval time.Duration) {
	now, stats := time.Now(), w.trail.Stats()
	dropped, failed := stats.total()
	lost := dropped + failed + stats.Refused
	if w.untold = lost != w.lost; w.untold && now.Sub(w.lossTold) >= interval {
		w.untold, w.lost, w.lossTold = false, lost, now
		w.trail.logger.Warn("secretsgen: audit events are being lost", "writes_failed", failed, "events_dropped", dropped, "events_refused", stats.Refused)
	}
	if stalled := w.trail.stalled(); len(stalled) > 0 && now.Sub(w.stallTold) >= interval {
		w.stallTold = now
		w.trail.logger.Warn("secretsgen: an audit sink takes nothing, and its events wait in the spool", "sinks", stalled, "events_waiting", stats.waiting())
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
