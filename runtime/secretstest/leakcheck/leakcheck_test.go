package leakcheck_test

import (
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/url"
	"testing"

	"github.com/secretsgen/secretsgen/runtime/secretstest/leakcheck"
)

func TestFindSeesEveryFormOfACanary(t *testing.T) {
	t.Parallel()
	canary := leakcheck.NewCanary()
	quotedJSON, err := json.Marshal(canary)
	if err != nil {
		t.Fatal(err)
	}
	for name, output := range map[string]string{
		"as it is":                       "token=" + canary + ";",
		"cut short":                      "token=" + canary[:12] + "…",
		"in hexadecimal":                 hex.EncodeToString([]byte(canary)),
		"in upper-case hexadecimal":      fmt.Sprintf("%X", canary),
		"in base64":                      base64.StdEncoding.EncodeToString([]byte(canary)),
		"in base64 behind one byte":      base64.StdEncoding.EncodeToString([]byte(":" + canary)),
		"in base64 behind two bytes":     base64.StdEncoding.EncodeToString([]byte("u:" + canary + ":more")),
		"in URL-safe base64":             base64.RawURLEncoding.EncodeToString([]byte(canary)),
		"in a query":                     "?token=" + url.QueryEscape(canary),
		"in a path":                      "/" + url.PathEscape(canary),
		"in JSON":                        string(quotedJSON),
		"quoted by %q":                   fmt.Sprintf("%q", canary),
		"quoted by %+q":                  fmt.Sprintf("%+q", canary),
		"as a list of bytes":             fmt.Sprint([]byte(canary)),
		"as a list of bytes in Go's way": fmt.Sprintf("%#v", []byte(canary)),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if leakcheck.Find([]byte(output), canary) == nil {
				t.Error("the canary was not found")
			}
		})
	}
}

func TestFindIsQuietAboutOtherText(t *testing.T) {
	t.Parallel()
	other := leakcheck.NewCanary() + leakcheck.NewCanary()
	if found := leakcheck.Find([]byte(other)[9:], leakcheck.NewCanary()); found != nil {
		t.Errorf("found %v", found)
	}
}

func TestFindRefusesACanaryThatIsTooShortToProveAnything(t *testing.T) {
	t.Parallel()
	if leakcheck.Find(nil, "short") == nil {
		t.Error("a short canary passed")
	}
}
