package constraints_test

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/secretsgen/secretsgen/runtime"
	"github.com/secretsgen/secretsgen/runtime/secretstest"
	"github.com/secretsgen/secretsgen/testdata/golden/tags/constraints"
)

// load reads a document that has what is required, with changes.
func load(t *testing.T, changes, db map[string]any) (*constraints.SecretsValues, error) {
	t.Helper()
	doc := map[string]any{"user": "canary", "shards": 4, "key": "", "labels": json.RawMessage(`{}`), "comment": nil}
	for key, value := range changes {
		doc[key] = value
	}
	kit := secretstest.New(t)
	kit.Set("openbao+kv2://secret/constraints", doc)
	if db != nil {
		kit.Set("openbao+kv2://secret/constraints/db", db)
	}
	secrets, err := constraints.New(kit.Client)
	if err != nil {
		t.Fatal(err)
	}
	return secrets.Load(t.Context())
}

func TestAbsenceAndPresenceAreRead(t *testing.T) {
	t.Parallel()
	absent, err := load(t, nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	if absent.Level.Reveal() != "info" || absent.Port.Reveal() != 5432 || absent.Timeout.Reveal() != 90*time.Second {
		t.Error("a default was not read")
	}
	if absent.Backoff.Reveal() != nil || absent.Comment.Reveal() != nil || absent.DB.Reveal() != nil {
		t.Error("what is absent or null is not nil")
	}
	present, err := load(t, map[string]any{"backoff": "90", "comment": "text", "port": 443}, map[string]any{"username": "canary"})
	if err != nil {
		t.Fatal(err)
	}
	if *present.Backoff.Reveal() != 90*time.Second || *present.Comment.Reveal() != "text" || present.Port.Reveal() != 443 {
		t.Error("a value in the place of an absence was not read")
	}
	if db := present.DB.Reveal(); db == nil || db.Username != "canary" || db.Host != nil || db.Port != 5432 {
		t.Error("the optional document was not read")
	}
}

func TestATagsRuleRefusesWhatIsStored(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		changes, db     map[string]any
		accessor, field string
	}{
		"a text that does not match":           {map[string]any{"user": "CANARY"}, nil, "user", ""},
		"a number above its maximum":           {map[string]any{"port": 70000}, nil, "port", ""},
		"a number that is none of a list":      {map[string]any{"shards": 3}, nil, "shards", ""},
		"a field of the author's struct":       {nil, map[string]any{"username": "CANARY"}, "db", "username"},
		"a field of the author's out of range": {nil, map[string]any{"username": "canary", "port": 0}, "db", "port"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := load(t, test.changes, test.db)
			refused, ok := errors.AsType[*runtime.DecodeError](err)
			if !ok || refused.Accessor != test.accessor || refused.Field != test.field {
				t.Fatalf("got %v, want a DecodeError of %s %s", err, test.accessor, test.field)
			}
			if strings.Contains(strings.ToLower(err.Error()), "canary") {
				t.Errorf("the error quotes the value: %v", err)
			}
		})
	}
}
