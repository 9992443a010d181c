package uri_test

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/gob"
	"encoding/hex"
	"encoding/json"
	"encoding/xml"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"testing"

	"github.com/secretsgen/secretsgen/runtime/uri"
)

const goodSalt = "conformance-salt-0123456789abcdef-not-a-secret"

func TestSaltIsCheckedByEnvironment(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name   string
		secret string
		fault  string // "" if it is fit for production
	}{
		{"random", "k7Qw0ZtB3v9yR1xN5mC8pL2sD6fH4jGa", ""},
		{"any bytes", strings.Repeat("\x00\xff", 16), ""},
		{"the one of the vectors", goodSalt, ""},
		{"31 bytes", "k7Qw0ZtB3v9yR1xN5mC8pL2sD6fH4jG", "is shorter than 32 bytes"},
		{"32 bytes with a newline", "k7Qw0ZtB3v9yR1xN5mC8pL2sD6fH4jG\n", "is shorter than 32 bytes"},
		{"spaces", strings.Repeat(" ", 40), "is shorter than 32 bytes"},
		{"one byte", "x", "is shorter than 32 bytes"},
		{"the predecessor's placeholder", "override-in-secure-env", "is a placeholder"},
		{"placeholder", "changeme", "is a placeholder"},
		{"placeholder in another case", "Change_Me", "is a placeholder"},
		{"placeholder made long", strings.Repeat("changeme-", 5), "is a placeholder"},
		{"placeholder in a sentence", "please REPLACE THIS before production, 32 bytes", "is a placeholder"},
		{"empty", "", "is empty"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			u := uri.MustParse("file://secret/a", secretAndKV)
			check := func(environment string, salt uri.Salt, err error, usable bool) {
				t.Helper()
				if salt.IsZero() == usable || (salt.Ref(u) != "") != usable {
					t.Errorf("%s: usable = %t, want %t", environment, !salt.IsZero(), usable)
				}
				if tt.fault == "" {
					if err != nil {
						t.Errorf("%s: got %v, want none", environment, err)
					}
					return
				}
				e, ok := errors.AsType[*uri.SaltError](err)
				if !ok {
					t.Fatalf("%s: got %v, want a *uri.SaltError", environment, err)
				}
				if e.Setting != "SECRET_TENANT_SALT" || e.Reason != tt.fault {
					t.Errorf("%s: got %q %q, want SECRET_TENANT_SALT %q", environment, e.Setting, e.Reason, tt.fault)
				}
				for _, part := range []string{e.Setting, e.Reason, "openssl rand -base64 32"} {
					if !strings.Contains(err.Error(), part) {
						t.Errorf("%s: %q does not say %q", environment, err, part)
					}
				}
				if len(tt.secret) > 1 && strings.Contains(fmt.Sprintf("%v %+v %#v", err, err, *e), tt.secret) {
					t.Errorf("%s: %q shows the value", environment, err)
				}
			}
			salt, err := uri.NewSalt([]byte(tt.secret))
			check("production", salt, err, tt.fault == "")
			salt, err = uri.NewDevelopmentSalt([]byte(tt.secret))
			check("development", salt, err, tt.secret != "")
		})
	}
}

func TestRefIsTheStartOfTheKeyedHash(t *testing.T) {
	t.Parallel()
	for _, secret := range []string{"x", "changeme", strings.Repeat("long", 40)} {
		salt, _ := uri.NewDevelopmentSalt([]byte(secret))
		u := uri.MustParse("openbao+kv2://secret/app?version=3#k", secretAndKV)
		mac := hmac.New(sha256.New, []byte(secret))
		mac.Write([]byte("openbao+kv2://secret/app#k?version=3"))
		want := base64.RawURLEncoding.EncodeToString(mac.Sum(nil))[:24]
		if got := salt.Ref(u); got != want {
			t.Errorf("salt %q: got %s, want %s", secret, got, want)
		}
		if got := salt.Ref(uri.URI{}); got != "" {
			t.Errorf("salt %q: the zero URI has the reference %q", secret, got)
		}
	}
	if got := (uri.Salt{}).Ref(uri.MustParse("file://secret/a", secretAndKV)); got != "" {
		t.Errorf("the zero Salt makes the reference %q", got)
	}
}

func TestASubjectHasAHashThatNoReferenceHas(t *testing.T) {
	t.Parallel()
	secret := []byte(strings.Repeat("canary salt ", 4))
	salt, err := uri.NewSalt(secret)
	if err != nil {
		t.Fatal(err)
	}
	derived := hmac.New(sha256.New, secret)
	derived.Write([]byte("secretsgen audit subject 1"))
	mac := hmac.New(sha256.New, derived.Sum(nil))
	mac.Write([]byte("\x00\x00\x00\x0ehttps://issueralice"))
	if got, want := salt.Subject("https://issuer", "alice"), "hashed:"+base64.RawURLEncoding.EncodeToString(mac.Sum(nil))[:24]; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	seen := map[string]string{}
	for _, who := range [][2]string{{"https://issuer", "alice"}, {"https://issuera", "lice"}, {"", "https://issueralice"}, {"https://issueralice", ""}, {"", "alice"}} {
		hash := salt.Subject(who[0], who[1])
		if other, twice := seen[hash]; twice {
			t.Errorf("%q and %q have one hash", who, other)
		}
		seen[hash] = who[0] + " " + who[1]
	}
	ref, err := uri.Parse("env://secret/A", uri.Scope{AnyMount: true})
	if err != nil {
		t.Fatal(err)
	}
	if strings.HasSuffix(salt.Subject("", ref.String()), salt.Ref(ref)) {
		t.Error("a subject has the hash of a reference")
	}
	if (uri.Salt{}).Subject("a", "b") != "" {
		t.Error("a zero salt makes hashes")
	}
}

func TestSaltKeepsACopyOfTheSecret(t *testing.T) {
	t.Parallel()
	secret := []byte(goodSalt)
	salt, err := uri.NewSalt(secret)
	if err != nil {
		t.Fatal(err)
	}
	clear(secret)
	u := uri.MustParse("openbao+kv2://secret/app/api", secretAndKV)
	if got, want := salt.Ref(u), "OMdZPkN-ym3b0VCyvGIkkgHI"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

func TestRefInManyGoroutines(t *testing.T) {
	t.Parallel()
	salt, err := uri.NewSalt([]byte(goodSalt))
	if err != nil {
		t.Fatal(err)
	}
	all := vectors(t)
	var group sync.WaitGroup
	for range 8 {
		group.Go(func() {
			for _, v := range all {
				u, err := uri.Parse(v.Input, uri.Scope{Mounts: v.Mounts})
				if err != nil {
					continue
				}
				if got := salt.Ref(u); got != v.ResourceRef {
					t.Errorf("%q: got %s, want %s", v.Input, got, v.ResourceRef)
				}
			}
		})
	}
	group.Wait()
}

func TestSaltIsNeverShown(t *testing.T) {
	t.Parallel()
	const canary = "cAnArY-7f3b9e5d1a8c4062-cAnArY-7f3b"
	salt, err := uri.NewSalt([]byte(canary))
	if err != nil {
		t.Fatal(err)
	}
	salt.Ref(uri.MustParse("file://secret/a", secretAndKV))
	type exported struct{ Salt uri.Salt }
	type unexported struct{ salt uri.Salt }
	shapes := map[string]any{
		"value":            salt,
		"pointer":          &salt,
		"slice":            []uri.Salt{salt},
		"map":              map[string]uri.Salt{"k": salt},
		"exported field":   exported{salt},
		"unexported field": unexported{salt},
		"pointer to one":   &unexported{salt},
		"any in a slice":   []any{unexported{salt}},
	}
	var shown strings.Builder
	for name, shape := range shapes {
		for verb := 'A'; verb <= 'z'; verb++ {
			for _, flags := range []string{"", "+", "#", "-", " ", "0", "40.40"} {
				fmt.Fprintf(&shown, "%"+flags+string(verb)+"\n", shape)
			}
		}
		text := slog.New(slog.NewTextHandler(&shown, nil))
		lines := slog.New(slog.NewJSONHandler(&shown, nil))
		for _, logger := range []*slog.Logger{text, lines} {
			logger.Info(name, "salt", shape)
			logger.With("salt", shape).WithGroup("g").Error(name)
		}
		for _, encode := range []func(any) error{
			json.NewEncoder(&shown).Encode,
			xml.NewEncoder(&shown).Encode,
			gob.NewEncoder(&shown).Encode,
		} {
			if err := encode(shape); err != nil {
				fmt.Fprintln(&shown, err)
			}
		}
	}
	out := shown.String()
	key := []byte(canary)
	decimal := strings.Trim(fmt.Sprint(key[:8]), "[]")
	for form, text := range map[string]string{
		"plain":     canary,
		"start":     canary[:8],
		"hex":       hex.EncodeToString(key[:8]),
		"upper hex": strings.ToUpper(hex.EncodeToString(key[:8])),
		"spaced":    fmt.Sprintf("% x", key[:8]),
		"go":        strings.Trim(fmt.Sprintf("%#v", key[:8]), "[]byte{}"),
		"decimal":   decimal,
		"JSON list": strings.ReplaceAll(decimal, " ", ","),
		"base64":    base64.StdEncoding.EncodeToString(key[:6]),
		"bits":      fmt.Sprintf("%b", key[0]) + " " + fmt.Sprintf("%b", key[1]),
	} {
		if strings.Contains(out, text) {
			t.Errorf("shown as %s", form)
		}
	}
	if !strings.Contains(out, "[REDACTED]") {
		t.Error("[REDACTED] is shown nowhere")
	}
	var encoded bytes.Buffer
	if err := json.NewEncoder(&encoded).Encode(exported{salt}); err != nil || encoded.String() != `{"Salt":"[REDACTED]"}`+"\n" {
		t.Errorf("as JSON: %s, %v", &encoded, err)
	}
}
