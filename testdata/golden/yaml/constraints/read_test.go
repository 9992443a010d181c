package constraints_test

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/secretsgen/secretsgen/runtime"
	"github.com/secretsgen/secretsgen/runtime/secretstest"
	"github.com/secretsgen/secretsgen/testdata/golden/yaml/constraints"
)

const document = "openbao+kv2://secret/constraints"

// valid is a document that breaks no rule and has nothing optional.
func valid() map[string]any {
	return map[string]any{"user": "canary", "shards": 4, "timeout": "5s", "key": "", "labels": json.RawMessage(`{}`), "comment": nil}
}

func load(t *testing.T, doc, db map[string]any) (*constraints.SecretsValues, error) {
	t.Helper()
	kit := secretstest.New(t)
	kit.Set(document, doc)
	if db != nil {
		kit.Set(document+"/db", db)
	}
	secrets, err := constraints.New(kit.Client)
	if err != nil {
		t.Fatal(err)
	}
	return secrets.Load(t.Context())
}

func TestWhatIsAbsentIsItsDefaultOrNil(t *testing.T) {
	t.Parallel()
	v, err := load(t, valid(), nil)
	if err != nil {
		t.Fatal(err)
	}
	proxy := v.Proxy.Reveal()
	got := map[string]any{
		"level": v.Level.Reveal(), "port": v.Port.Reveal(), "ratio": v.Ratio.Reveal(), "debug": v.Debug.Reveal(),
		"since": v.Since.Reveal().Format(time.RFC3339), "proxy": proxy.String(), "key": string(v.Key.Reveal()), "labels": len(v.Labels.Reveal()),
		"backoff": v.Backoff.Reveal() == nil, "note": v.Note.Reveal() == nil, "comment": v.Comment.Reveal() == nil, "db": v.DB.Reveal() == nil,
	}
	want := map[string]any{
		"level": "info", "port": 5432, "ratio": 0.25, "debug": false,
		"since": "2026-01-02T15:04:05Z", "proxy": "http://127.0.0.1:8080", "key": "", "labels": 0,
		"backoff": true, "note": true, "comment": true, "db": true,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("values (-want +got):\n%s", diff)
	}
}

func TestWhatIsThereIsRead(t *testing.T) {
	t.Parallel()
	doc := valid()
	doc["backoff"], doc["note"], doc["comment"], doc["port"] = "90", "", "text", 443
	v, err := load(t, doc, map[string]any{"username": "canary", "port": 1})
	if err != nil {
		t.Fatal(err)
	}
	db := v.DB.Reveal()
	if *v.Backoff.Reveal() != 90*time.Second || *v.Note.Reveal() != "" || *v.Comment.Reveal() != "text" || v.Port.Reveal() != 443 {
		t.Error("an optional value or a default's place was not read")
	}
	if db == nil || db.Username != "canary" || db.Host != nil || db.Port != 1 {
		t.Error("the optional document was not read")
	}
}

func TestAValueThatBreaksARuleIsRefused(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, key string
		value     any
		rule      string // of the error
	}{
		{"a text that is too short", "user", "ab", "is shorter than its minimum, 3 characters"},
		{"a text that is too long", "user", "canarycanarycanary", "is longer than its maximum, 16 characters"},
		{"a text that does not match", "user", "CANARY", "does not match its pattern"},
		{"a text that is none of a list", "level", "canary", "is none of the values that are allowed"},
		{"a number below its minimum", "port", 0, "is below its minimum, 1"},
		{"a number above its maximum", "port", 70000, "is above its maximum, 65535"},
		{"an unsigned number that is none of a list", "shards", 3, "is none of the values that are allowed"},
		{"a fraction below its minimum", "ratio", -0.6, "is below its minimum, -0.5"},
		{"a duration above its maximum", "timeout", "2h", "is above its maximum, 1h0m0s"},
		{"bytes that are too many", "key", strings.Repeat("ab", 33), "is longer than its maximum, 32 bytes"},
		{"null where it is not allowed", "port", nil, "is null"},
		{"empty where it is not allowed", "user", "", "is empty"},
		{"empty where null is allowed", "comment", "", "is empty"},
		{"text in the place of a number", "port", "canary", "is not an integer"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			doc := valid()
			doc[tt.key] = tt.value
			_, err := load(t, doc, nil)
			refused, ok := errors.AsType[*runtime.DecodeError](err)
			if !ok {
				t.Fatalf("got %v, want a DecodeError", err)
			}
			if diff := cmp.Diff([]string{tt.key, tt.rule}, []string{refused.Accessor, refused.Rule}); diff != "" {
				t.Errorf("error (-want +got):\n%s", diff)
			}
			if strings.Contains(strings.ToLower(err.Error()), "canary") {
				t.Errorf("the error quotes the value: %v", err)
			}
		})
	}
}

func TestARequiredKeyThatIsMissingIsATypedError(t *testing.T) {
	t.Parallel()
	for _, key := range []string{"user", "shards", "comment"} {
		doc := valid()
		delete(doc, key)
		_, err := load(t, doc, nil)
		if missing, ok := errors.AsType[*runtime.SecretKeyNotFoundError](err); !ok || missing.Accessor != key {
			t.Errorf("without %s: %v", key, err)
		}
	}
	_, err := load(t, valid(), map[string]any{"port": 1})
	if missing, ok := errors.AsType[*runtime.SecretKeyNotFoundError](err); !ok || missing.Field != "username" {
		t.Errorf("without a required field: %v", err)
	}
	_, err = load(t, valid(), map[string]any{"username": "CANARY"})
	if refused, ok := errors.AsType[*runtime.DecodeError](err); !ok || refused.Field != "username" {
		t.Errorf("with a field that breaks its pattern: %v", err)
	}
}
