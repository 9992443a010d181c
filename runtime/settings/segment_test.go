package settings_test

import (
	"testing"

	"github.com/secretsgen/secretsgen/runtime/settings"
	"github.com/secretsgen/secretsgen/runtime/uri"
)

// A setting that names a mount and a reference that does go by one rule.
func TestASegmentOfASettingIsOneOfAReference(t *testing.T) {
	t.Parallel()
	texts := []string{"", "a", "payments", "Team-1.v2_x", "...", "a.", ".a", "a..b", "a/b", "a%2fb", "ä", "a b", "a\x00", "\xff", "-", "_", "*"}
	for c := range 256 {
		texts = append(texts, "x"+string([]byte{byte(c)})+"y", string([]byte{byte(c)}))
	}
	for _, text := range texts {
		_, err := uri.Parse("file://"+text+"/app", uri.Scope{Mounts: []string{text}})
		if got, want := settings.IsSegment(text), err == nil; got != want {
			t.Errorf("%q is a segment: %v, and a reference takes it: %v", text, got, want)
		}
	}
}
