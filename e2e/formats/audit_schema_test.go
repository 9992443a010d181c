package formats

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"maps"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/secretsgen/secretsgen/runtime"
	"github.com/secretsgen/secretsgen/runtime/audit"
	"github.com/secretsgen/secretsgen/runtime/caller"
	"github.com/secretsgen/secretsgen/runtime/decode"
	"github.com/secretsgen/secretsgen/runtime/pep"
	"github.com/secretsgen/secretsgen/runtime/secretstest"
)

func auditSchema(t *testing.T) (*jsonschema.Schema, map[string]any) {
	t.Helper()
	text, err := os.ReadFile("../../docs/audit-event.schema.json")
	if err != nil {
		t.Fatal(err)
	}
	var document map[string]any
	if err := json.Unmarshal(text, &document); err != nil {
		t.Fatal(err)
	}
	return compileSchema(t, string(text)), document
}

// TestTheSchemaOfEventsKnowsEveryMemberAndNoOther compares it with the Go type.
func TestTheSchemaOfEventsKnowsEveryMemberAndNoOther(t *testing.T) {
	t.Parallel()
	_, document := auditSchema(t)
	var members, required []string
	event := reflect.TypeFor[audit.Event]()
	for i := range event.NumField() {
		name, rest, _ := strings.Cut(event.Field(i).Tag.Get("json"), ",")
		members = append(members, name)
		if rest != "omitempty" {
			required = append(required, name)
		}
	}
	slices.Sort(members)
	if diff := cmp.Diff(members, slices.Sorted(maps.Keys(document["properties"].(map[string]any)))); diff != "" {
		t.Errorf("members (-Go +schema):\n%s", diff)
	}
	var inSchema []string
	for _, name := range document["required"].([]any) {
		inSchema = append(inSchema, name.(string))
	}
	if diff := cmp.Diff(required, inSchema); diff != "" {
		t.Errorf("required (-Go +schema):\n%s", diff)
	}
	properties := document["properties"].(map[string]any)
	if properties["v"].(map[string]any)["const"] != float64(audit.EventVersion) {
		t.Error("the schema is of another version")
	}
	for name, want := range map[string][]any{
		"type":   {string(audit.Decided), string(audit.Read), string(audit.Drift), string(audit.Replay), string(audit.Breaker), string(audit.Config)},
		"effect": {string(audit.Allow), string(audit.Deny), string(audit.Error)},
	} {
		if diff := cmp.Diff(want, properties[name].(map[string]any)["enum"]); diff != "" {
			t.Errorf("%s (-Go +schema):\n%s", name, diff)
		}
	}
}

// TestThePageOfTheTrailKnowsEveryMemberAndCode holds docs/audit.md to the code.
func TestThePageOfTheTrailKnowsEveryMemberAndCode(t *testing.T) {
	t.Parallel()
	page, err := os.ReadFile("../../docs/audit.md")
	if err != nil {
		t.Fatal(err)
	}
	_, document := auditSchema(t)
	words := slices.Collect(maps.Keys(document["properties"].(map[string]any)))
	for _, code := range []audit.ErrorCode{audit.SpoolFull, audit.SpoolUnwritable, audit.SpoolSlow, audit.TrailClosed} {
		words = append(words, string(code))
	}
	words = append(words, audit.BestEffort, audit.Block, audit.FailClosed)
	for _, word := range words {
		if !bytes.Contains(page, []byte("`"+word+"`")) {
			t.Errorf("docs/audit.md does not have %s", word)
		}
	}
}

// TestEveryEventOfAClientIsValid has a client do everything that there is an
// event for, and holds what it wrote against the schema.
func TestEveryEventOfAClientIsValid(t *testing.T) {
	t.Parallel()
	schema, _ := auditSchema(t)
	path := filepath.Join(t.TempDir(), "audit.jsonl")
	var log bytes.Buffer
	kit := secretstest.New(t, secretstest.WithConfig(func(cfg *runtime.Config) {
		cfg.Audit = runtime.AuditConfig{Sinks: []string{"jsonl:" + path, "slog"}, Policy: audit.Block, HashSubject: true}
		cfg.Logger = slog.New(slog.NewJSONHandler(&log, nil))
	}))
	const ref = "openbao+kv2://secret/myapp/api#token?version=3"
	kit.Set(ref, "canary")
	set := runtime.NewSet(kit.Client, []runtime.Declaration{{Accessor: "api.token", URI: ref}, {Accessor: "db_main.password", URI: "openbao+kv2://elsewhere/db#password"}})
	handle := runtime.Bind(set, "api.token", decode.String)
	foreign := runtime.Bind(set, "db_main.password", decode.String)
	if err := set.Err(); err != nil {
		t.Fatal(err)
	}
	who := caller.Caller{
		Issuer: "https://issuer", Subject: "älice", ClientID: "client", Type: caller.User, Tenant: "test", Audience: []string{"crud.secrets"},
		TokenID: "jti", ProofID: "proof", JKT: strings.Repeat("a", 43), CorrelationID: "c", WorkflowRunID: "w", NodeID: "n", SystemID: "s",
	}
	read := func(h runtime.Handle[string]) { _, _ = h.Read(caller.NewContext(t.Context(), who)) }
	kit.Grant(pep.Obligations{MaxUses: 2})
	read(handle) // a decision and a read
	read(handle) // a replay
	who.JKT, who.ProofID = "", ""
	read(handle) // drift
	who.TokenID = "another"
	read(foreign) // a guard
	who.Audience = nil
	read(handle) // a caller
	who.Audience = []string{"crud.secrets"}
	kit.Fail(ref, &runtime.SecretVersionDeletedError{Version: 3})
	read(handle) // an error
	kit.BreakPDP(pep.ReasonTimeout)
	for range 6 {
		who.TokenID += "x"
		who.Subject += "x"
		read(handle) // the breaker opens
	}
	kit.BreakPDP("")
	_ = kit.Client.Revoke(t.Context(), runtime.Revocation{Subject: "älice", Accessor: "api.token"}) // a change
	_, _ = handle.Read(context.Background())                                                        // the process's own
	if err := kit.Client.Flush(t.Context()); err != nil {
		t.Fatal(err)
	}

	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	seen := map[string]int{}
	for line := range strings.Lines(string(text)) {
		if err := schema.Validate(unmarshal(t, line)); err != nil {
			t.Errorf("%s: %v", line, err)
		}
		var e audit.Event
		if err := json.Unmarshal([]byte(line), &e); err != nil {
			t.Fatal(err)
		}
		seen[string(e.Type)+" "+string(e.Effect)]++
	}
	for _, want := range []string{"decision allow", "decision deny", "decision error", "read allow", "read error", "drift deny", "replay deny", "breaker error", "config allow"} {
		if seen[want] == 0 {
			t.Errorf("no event is a %s: %v", want, seen)
		}
	}
	for line := range strings.Lines(log.String()) {
		var logged map[string]any
		if err := json.Unmarshal([]byte(line), &logged); err != nil {
			t.Fatal(err)
		}
		if logged["msg"] != "secrets audit" {
			continue
		}
		logged["ts"] = logged["time"]
		for _, name := range []string{"time", "level", "msg"} {
			delete(logged, name)
		}
		form, err := json.Marshal(logged)
		if err != nil {
			t.Fatal(err)
		}
		if err := schema.Validate(unmarshal(t, string(form))); err != nil {
			t.Errorf("the log's %s: %v", form, err)
		}
	}
}

// lossy is a sink that fails what it gets first.
type lossy struct {
	events []audit.Event
	failed bool
}

func (l *lossy) Write(_ context.Context, e *audit.Event) error {
	if !l.failed {
		l.failed = true
		return errors.New("down")
	}
	l.events = append(l.events, *e)
	return nil
}

func (*lossy) Close(context.Context) error { return nil }

// TestEveryEventOfTheTrailItselfIsValid has a trail find what it reports, and
// looks at what its sinks and its spool have.
func TestEveryEventOfTheTrailItselfIsValid(t *testing.T) {
	t.Parallel()
	schema, _ := auditSchema(t)
	seen := map[string]bool{}
	check := func(line []byte) {
		t.Helper()
		var e audit.Event
		if err := errors.Join(schema.Validate(unmarshal(t, string(line))), json.Unmarshal(line, &e)); err != nil {
			t.Errorf("%s: %v", line, err)
		}
		seen[e.Code] = true
	}
	quiet := slog.New(slog.DiscardHandler)
	sink := &lossy{}
	trail := audit.NewTrail(audit.TrailConfig{Sinks: []audit.Sink{sink}, Tenant: "t", Logger: quiet})
	for range 3 {
		_ = trail.Record(t.Context(), &audit.Event{Type: audit.Read, Effect: audit.Allow})
		_ = trail.Flush(t.Context())
	}
	_ = trail.Close(t.Context())
	for _, e := range sink.events {
		line, err := json.Marshal(e)
		if err != nil {
			t.Fatal(err)
		}
		check(line)
	}

	dir := t.TempDir()
	for _, harm := range []func(text []byte) []byte{
		func(text []byte) []byte { return append(text, "torn"...) },
		func(text []byte) []byte { return bytes.Replace(text, []byte("allow"), []byte("alloy"), 1) },
		func(text []byte) []byte { return text },
	} {
		spool, err := audit.OpenSpool(audit.SpoolConfig{Dir: dir})
		if err != nil {
			t.Fatal(err)
		}
		// A sink that takes nothing leaves everything in the spool.
		trail := audit.NewTrail(audit.TrailConfig{Sinks: []audit.Sink{audit.Named("down", down{})}, Spool: spool, Logger: quiet})
		for range 2 {
			if err := trail.Record(t.Context(), &audit.Event{Type: audit.Read, Effect: audit.Allow, Subject: "a\n\"\u2028<"}); err != nil {
				t.Fatal(err)
			}
		}
		_ = trail.Close(t.Context())
		files, err := filepath.Glob(filepath.Join(dir, "*.spool"))
		if err != nil || len(files) == 0 {
			t.Fatalf("%v, %v", files, err)
		}
		last := files[len(files)-1]
		text, err := os.ReadFile(last)
		if err != nil {
			t.Fatal(err)
		}
		for line := range bytes.Lines(text) {
			if _, event, ok := bytes.Cut(line, []byte(" {")); ok {
				check(append([]byte("{"), event...))
			}
		}
		if err := os.WriteFile(last, harm(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for _, code := range []string{"events_lost", "spool_torn", "spool_damaged"} {
		if !seen[code] {
			t.Errorf("no event says %s: %v", code, seen)
		}
	}
}

// down is a sink that takes nothing.
type down struct{}

func (down) Write(context.Context, *audit.Event) error { return errors.New("down") }

func (down) Close(context.Context) error { return nil }

func TestTheSchemaOfEventsRefusesWhatIsNone(t *testing.T) {
	t.Parallel()
	schema, _ := auditSchema(t)
	valid := audit.Event{Version: audit.EventVersion, ID: strings.Repeat("0", 32), Time: time.Now().UTC(), Type: audit.Read, Effect: audit.Allow}
	form, err := json.Marshal(valid)
	if err != nil {
		t.Fatal(err)
	}
	if err := schema.Validate(unmarshal(t, string(form))); err != nil {
		t.Fatal(err)
	}
	for name, member := range map[string]string{
		"another version": `"v":2`, "a path": `"path":"secret/a"`, "a value": `"value":"x"`, "a jti": `"token_id":"x"`,
		"another type": `"type":"write"`, "another effect": `"effect":"maybe"`, "an id that is none": `"id":"1"`,
		"a time of another zone": `"ts":"2026-01-01T00:00:00+01:00"`, "a reference in clear": `"resource_ref":"env://secret/A"`,
		"a version of text": `"kv_version":"3"`, "an empty subject": `"subject":""`,
	} {
		var members map[string]json.RawMessage
		if err := json.Unmarshal(form, &members); err != nil {
			t.Fatal(err)
		}
		if err := json.Unmarshal([]byte("{"+member+"}"), &members); err != nil {
			t.Fatal(err)
		}
		changed, err := json.Marshal(members)
		if err != nil {
			t.Fatal(err)
		}
		if schema.Validate(unmarshal(t, string(changed))) == nil {
			t.Errorf("%s is accepted", name)
		}
	}
}
