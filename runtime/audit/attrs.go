package audit

import "log/slog"

// attrs is the event as log attributes, under the names of its JSON form; what
// is empty there is left out here. The time is the record's own.
func (e *Event) attrs() []slog.Attr {
	attrs := []slog.Attr{
		slog.Int("v", e.Version),
		slog.String("id", e.ID),
		slog.String("type", string(e.Type)),
		slog.String("effect", string(e.Effect)),
		slog.Bool("grant_cached", e.GrantCached),
		slog.Bool("value_cached", e.ValueCached),
		slog.Int64("latency_us", e.LatencyMicros),
	}
	for _, field := range []struct{ name, value string }{
		{"subject", e.Subject},
		{"issuer", e.Issuer},
		{"client_id", e.ClientID},
		{"tenant", e.Tenant},
		{"action", e.Action},
		{"accessor", e.Accessor},
		{"resource_ref", e.ResourceRef},
		{"provider", e.Provider},
		{"grant_id", e.GrantID},
		{"decision_id", e.DecisionID},
		{"policy_version", e.PolicyVersion},
		{"code", e.Code},
		{"correlation_id", e.CorrelationID},
		{"workflow_run_id", e.WorkflowRunID},
		{"node_id", e.NodeID},
		{"system_id", e.SystemID},
	} {
		if field.value != "" {
			attrs = append(attrs, slog.String(field.name, field.value))
		}
	}
	if e.KVVersion != 0 {
		attrs = append(attrs, slog.Int("kv_version", e.KVVersion))
	}
	return attrs
}
