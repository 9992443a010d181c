package settings

import "time"

// JSONLines is how the audit sink jsonl writes its file. It is read here, and
// not where the sink is made, so that a malformed value is reported at start
// together with everything else.
type JSONLines struct {
	Fsync    time.Duration // longest time that a written event stays unsynced; 0: as the system likes, negative: none
	MaxBytes int64         // from which on the file is rotated; 0: never
	Keep     int           // rotated files that are kept; 0: all
}

// The settings of [JSONLines].
const (
	JSONLinesFsync = "SECRETS_AUDIT_JSONL_FSYNC"
	JSONLinesMaxMB = "SECRETS_AUDIT_JSONL_MAX_MB"
	JSONLinesKeep  = "SECRETS_AUDIT_JSONL_KEEP"
)

// ReadJSONLines reads them.
func ReadJSONLines(r *Reader) JSONLines {
	j := JSONLines{
		MaxBytes: int64(r.Int(JSONLinesMaxMB, 0, 1, 1_000_000)) << 20,
		Keep:     r.Int(JSONLinesKeep, 0, 1, 1_000_000),
	}
	switch value, _ := r.Lookup(JSONLinesFsync); value {
	case "", "never":
	case "always":
		j.Fsync = -1
	default:
		d, ok := parseDuration(value)
		if !ok || d < time.Millisecond || d > time.Hour {
			r.Report(JSONLinesFsync, "is not never, always, or a duration from 1ms to 1h")
			break
		}
		j.Fsync = d
	}
	if j.Keep > 0 && j.MaxBytes == 0 {
		r.Report(JSONLinesKeep, "is for a file that is rotated: set "+JSONLinesMaxMB+" too, or unset it")
	}
	return j
}
