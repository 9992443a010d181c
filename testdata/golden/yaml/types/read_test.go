package types_test

import (
	"testing"
	"time"

	"github.com/secretsgen/secretsgen/runtime/secretstest"
	"github.com/secretsgen/secretsgen/testdata/golden/yaml/types"
)

func TestEachTypeIsDecoded(t *testing.T) {
	t.Parallel()
	kit := secretstest.New(t)
	kit.Set("openbao+kv2://secret/types", map[string]any{
		"text":            "canary text",
		"raw":             "canary raw",
		"standard":        "Y2FuYXJ5Pz8+",
		"url_safe":        "Y2FuYXJ5Pz8-",
		"digits":          "63616e617279",
		"attempts":        3,
		"enabled":         true,
		"timeout":         "1m30s",
		"service_account": `{"canary":1}`,
	})
	secrets, err := types.New(kit.Client)
	if err != nil {
		t.Fatal(err)
	}
	v, err := secrets.Load(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if got := v.Text.Reveal(); got != "canary text" {
		t.Errorf("text is %q", got)
	}
	if got := v.Raw.Reveal(); string(got) != "canary raw" {
		t.Errorf("raw is %q", got)
	}
	if got := v.Standard.Reveal(); string(got) != "canary??>" {
		t.Errorf("standard is %q", got)
	}
	if got := v.URLSafe.Reveal(); string(got) != "canary??>" {
		t.Errorf("url_safe is %q", got)
	}
	if got := v.Digits.Reveal(); string(got) != "canary" {
		t.Errorf("digits is %q", got)
	}
	if got := v.Attempts.Reveal(); got != 3 {
		t.Errorf("attempts is %d", got)
	}
	if got := v.Enabled.Reveal(); !got {
		t.Errorf("enabled is %t", got)
	}
	if got := v.Timeout.Reveal(); got != 90*time.Second {
		t.Errorf("timeout is %s", got)
	}
	if got := v.ServiceAccount.Reveal(); string(got) != `{"canary":1}` {
		t.Errorf("service_account is %s", got)
	}
	if got := v.Whole.Reveal(); len(got) == 0 {
		t.Error("whole is empty")
	}
	if kit.Reads() != 1 {
		t.Errorf("the document was read %d times, want once", kit.Reads())
	}
}
