package audit

import "time"

// EventVersion is the version of the event's JSON form.
const EventVersion = 1

// Type says what happened.
type Type string

// The types of an event.
const (
	Decided Type = "decision"
	Read    Type = "read"
	Drift   Type = "drift"
	Replay  Type = "replay"
	Breaker Type = "breaker"
	Config  Type = "config"
)

// Effect says how it ended: error stands for "could not be done", and is
// neither a permit nor a refusal.
type Effect string

// The effects of an event.
const (
	Allow Effect = "allow"
	Deny  Effect = "deny"
	Error Effect = "error"
)

// Event is one line of the trail (DESIGN section 8). It names who, which
// accessor and what came of it. There is no field for a value, a path or a jti,
// and none may be added: resource_ref, a keyed hash, stands for the path.
type Event struct {
	Version       int       `json:"v"`
	ID            string    `json:"id"`
	Time          time.Time `json:"ts"`
	Type          Type      `json:"type"`
	Effect        Effect    `json:"effect"`
	Subject       string    `json:"subject,omitempty"`
	Issuer        string    `json:"issuer,omitempty"`
	ClientID      string    `json:"client_id,omitempty"`
	Tenant        string    `json:"tenant,omitempty"`
	Action        string    `json:"action,omitempty"`
	Accessor      string    `json:"accessor,omitempty"`
	ResourceRef   string    `json:"resource_ref,omitempty"`
	Provider      string    `json:"provider,omitempty"`
	KVVersion     int       `json:"kv_version,omitempty"`
	GrantID       string    `json:"grant_id,omitempty"`
	DecisionID    string    `json:"decision_id,omitempty"`
	PolicyVersion string    `json:"policy_version,omitempty"`
	GrantCached   bool      `json:"grant_cached"` // the grant, or the denial, was there before this call
	ValueCached   bool      `json:"value_cached"`
	LatencyMicros int64     `json:"latency_us"`
	Code          string    `json:"code,omitempty"`
	CorrelationID string    `json:"correlation_id,omitempty"`
	WorkflowRunID string    `json:"workflow_run_id,omitempty"`
	NodeID        string    `json:"node_id,omitempty"`
	SystemID      string    `json:"system_id,omitempty"`
}
