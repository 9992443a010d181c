package audit

import "github.com/secretsgen/secretsgen/runtime/audit/internal/spool"

// rank says how much of the room that is kept free for it an event may use:
// denials, which drift and replays are, all of it, and half of it what else is no
// plain permit, so that an outage, which makes an error of each read, can't push them
// out.
func (e *Event) rank() spool.Rank {
	switch {
	case e.Effect == Deny:
		return spool.Urgent
	case e.Effect != Allow, e.Type == Config, e.Type == Breaker:
		return spool.Notable
	}
	return spool.Ordinary
}
