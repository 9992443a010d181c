package audit_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/secretsgen/secretsgen/runtime/audit"
)

// full has every field set, so that a field that a sink forgets is seen.
var full = audit.Event{
	Type: audit.Read, Effect: audit.Deny, Subject: "subject", Issuer: "issuer", ClientID: "client",
	Tenant: "tenant", Action: "execute", Accessor: "a.b", ResourceRef: "ref", Provider: "env", KVVersion: 3, GrantID: "grant",
	DecisionID: "decision", PolicyVersion: "policy", GrantCached: true, ValueCached: true, LatencyMicros: 7, Code: "code",
	CorrelationID: "correlation", WorkflowRunID: "run", NodeID: "node", SystemID: "system",
}

func TestSlogLogsTheNamesOfTheJSONForm(t *testing.T) {
	t.Parallel()
	var log bytes.Buffer
	seen := &memory{}
	trail := audit.NewTrail(audit.TrailConfig{Sinks: []audit.Sink{seen, audit.Slog(slog.New(slog.NewJSONHandler(&log, nil)))}})
	record(t, trail, full)
	if err := trail.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	happened := seen.kept()[0].Time
	var logged, want map[string]any
	if err := json.Unmarshal(log.Bytes(), &logged); err != nil {
		t.Fatal(err)
	}
	if logged["level"] != "WARN" || logged["msg"] != "secrets audit" || logged["time"] != happened.Format(time.RFC3339Nano) {
		t.Errorf("logged as %v %v at %v, happened at %v", logged["level"], logged["msg"], logged["time"], happened)
	}
	text, err := json.Marshal(full)
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(text, &want); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"level", "msg", "time"} {
		delete(logged, name)
	}
	delete(want, "ts")
	want["id"], want["v"] = logged["id"], float64(audit.EventVersion)
	if diff := cmp.Diff(want, logged); diff != "" {
		t.Errorf("attributes (-want +got):\n%s", diff)
	}
}

// broken is a handler that can't write.
type broken struct{ slog.Handler }

func (broken) Handle(context.Context, slog.Record) error { return errors.New("at a path: canary") }

func TestALogThatCannotBeWrittenIsAFailedWrite(t *testing.T) {
	t.Parallel()
	trail := audit.NewTrail(audit.TrailConfig{
		Sinks:  []audit.Sink{audit.Slog(slog.New(broken{slog.NewTextHandler(io.Discard, nil)}))},
		Logger: slog.New(slog.DiscardHandler),
	})
	record(t, trail, full)
	if err := trail.Close(t.Context()); trail.Failed() != 1 || err == nil || strings.Contains(err.Error(), "canary") {
		t.Errorf("%d failed writes, Close says %v", trail.Failed(), err)
	}
}

func TestSlogLogsPermitsAsInformationAndHeedsTheLevel(t *testing.T) {
	t.Parallel()
	permit := audit.Event{Type: audit.Read, Effect: audit.Allow}
	for name, test := range map[string]struct {
		level slog.Level
		want  string
	}{
		"information is logged":   {slog.LevelInfo, "level=INFO msg=\"secrets audit\""},
		"information is left out": {slog.LevelWarn, ""},
	} {
		var log bytes.Buffer
		sink := audit.Slog(slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: test.level})))
		if err := sink.Write(t.Context(), &permit); err != nil {
			t.Fatal(err)
		}
		if got := log.String(); (got == "") != (test.want == "") || !strings.Contains(got, test.want) {
			t.Errorf("%s: %q", name, got)
		}
	}
}

func TestSlogLogsEverythingElseAsAWarning(t *testing.T) {
	t.Parallel()
	for _, effect := range []audit.Effect{audit.Deny, audit.Error} {
		var log bytes.Buffer
		sink := audit.Slog(slog.New(slog.NewTextHandler(&log, nil)))
		if err := sink.Write(t.Context(), &audit.Event{Effect: effect}); err != nil || !strings.Contains(log.String(), "level=WARN") {
			t.Errorf("%s: %s (%v)", effect, log.String(), err)
		}
	}
}

func TestTheBuiltinSinksOpenByName(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "with,comma:and colon.jsonl")
	for name, test := range map[string]struct {
		sink, argument string
		ok             bool
	}{
		"slog":                  {"slog", "", true},
		"slog with an argument": {"slog", "canary", false},
		"jsonl":                 {"jsonl", path, true},
		"jsonl without a file":  {"jsonl", "", false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for _, factory := range audit.Builtin() {
				if factory.Name != test.sink {
					continue
				}
				sink, err := factory.Open(t.Context(), audit.Instance{Logger: slog.New(slog.DiscardHandler)}, test.argument)
				if (err == nil) != test.ok || err != nil && (!strings.Contains(err.Error(), "SECRETS_AUDIT") || strings.Contains(err.Error(), "canary")) {
					t.Fatalf("opening says %v", err)
				}
				if sink == nil {
					return
				}
				if err := sink.Close(t.Context()); err != nil {
					t.Error(err)
				}
				return
			}
			t.Error("there is no sink of that name")
		})
	}
}
