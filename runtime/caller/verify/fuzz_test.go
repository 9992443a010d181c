package verify

import (
	"bytes"
	"context"
	"encoding/base64"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"
)

// canary is put into what is parsed, and may be in no error.
const fuzzCanary = "fuzzcanary"

// fuzzed is a verifier with one key, fetched from nowhere.
func fuzzed(f *testing.F) *Verifier {
	f.Helper()
	const set = `{"keys":[{"kty":"EC","kid":"a","crv":"P-256","x":"l8tFrhx-34tV3hRICRDY9zCkDlpBhF42UQUfWVAWBFs","y":"9VE4jf_Ok_o64zbTTlcuNJajHmt6v9TDVrU0CdvGRDA"}]}`
	v, err := New(Config{
		Issuer: "https://issuer.test", JWKSURL: "https://issuer.test/jwks", KeysInterval: time.Hour,
		HTTP: &http.Client{Transport: answer(func(*http.Request) (*http.Response, error) {
			return &http.Response{
				StatusCode: http.StatusOK, Header: http.Header{"Content-Type": {"application/json"}},
				Body: io.NopCloser(strings.NewReader(set)),
			}, nil
		})},
	})
	if err != nil {
		f.Fatal(err)
	}
	f.Cleanup(v.Close)
	if err := v.Warm(f.Context()); err != nil {
		f.Fatal(err)
	}
	return v
}

type answer func(*http.Request) (*http.Response, error)

func (a answer) RoundTrip(r *http.Request) (*http.Response, error) { return a(r) }

func compact(header, claims string, signature []byte) string {
	enc := base64.RawURLEncoding.EncodeToString
	return enc([]byte(header)) + "." + enc([]byte(claims)) + "." + enc(signature)
}

// FuzzToken parses tokens that nobody signed: none verifies, nothing panics, and
// no error tells what was in them.
func FuzzToken(f *testing.F) {
	v := fuzzed(f)
	f.Add(`{"typ":"at+jwt","alg":"ES256","kid":"a"}`, `{"iss":"https://issuer.test","sub":"x","aud":"crud.secrets","exp":1e9}`, make([]byte, 64), "")
	f.Add(`{"typ":"at+jwt","alg":"none"}`, `{}`, []byte(nil), "")
	f.Add(`{"typ":"at+jwt","alg":"RS256","kid":"a","crit":["b64"],"b64":false}`, `{"cnf":{"jkt":1}}`, make([]byte, 256), "..")
	f.Fuzz(func(t *testing.T, header, claims string, signature []byte, text string) {
		claims = strings.ReplaceAll(claims, "x", fuzzCanary)
		for _, text := range []string{compact(header, claims, signature), text, header + "." + claims + "." + text} {
			_, failure := v.token(context.Background(), text)
			if failure == nil {
				t.Fatalf("it verifies: %q", text)
			}
			sound(t, failure)
		}
	})
}

// FuzzProof parses proofs. A proof that passes is signed by the key that the
// token is bound to; the fuzzer has the example of RFC 9449 to start from.
func FuzzProof(f *testing.F) {
	v := fuzzed(f)
	parts := strings.Split(rfcProof, ".")
	decode := func(part string) []byte {
		raw, err := base64.RawURLEncoding.DecodeString(part)
		if err != nil {
			f.Fatal(err)
		}
		return raw
	}
	f.Add(string(decode(parts[0])), string(decode(parts[1])), decode(parts[2]))
	f.Add(`{"typ":"dpop+jwt","alg":"ES256","jwk":{"kty":"EC","d":"fuzzcanary"}}`, `{"jti":"a","htm":"GET","htu":"https://a.test","iat":1,"ath":"a"}`, make([]byte, 64))
	f.Fuzz(func(t *testing.T, header, claims string, signature []byte) {
		text := compact(header, claims, signature)
		p := &proof{
			v: v, values: []string{text}, method: "GET", target: rfcTarget, token: rfcToken, binding: rfcJKT, now: time.Unix(1562262618, 0),
		}
		for _, check := range proofChecks {
			if !check.passes(p) {
				sound(t, v.refuseProof(check.code))
				return
			}
		}
		if !strings.HasPrefix(rfcProof, text[:strings.LastIndexByte(text, '.')]) {
			t.Fatalf("a forged proof passes: %s", text)
		}
	})
}

func sound(t *testing.T, failure *Error) {
	t.Helper()
	if _, ok := outcomes[failure.Code]; !ok {
		t.Fatalf("no words for %q", failure.Code)
	}
	if text := failure.Error(); strings.Contains(text, fuzzCanary) {
		t.Fatalf("the error tells what was parsed: %s", text)
	}
	if errors.Unwrap(failure) != nil {
		t.Fatal("the error holds another")
	}
}

// FuzzKeySet parses key sets: every key that comes out can verify by some
// algorithm and is public.
func FuzzKeySet(f *testing.F) {
	f.Add([]byte(`{"keys":[{"kty":"EC","kid":"a","crv":"P-256","x":"l8tFrhx-34tV3hRICRDY9zCkDlpBhF42UQUfWVAWBFs","y":"9VE4jf_Ok_o64zbTTlcuNJajHmt6v9TDVrU0CdvGRDA","use":"sig","key_ops":["verify"]}]}`))
	f.Add([]byte(`{"keys":[{"kty":"RSA","n":"AQAB","e":"AQAB","d":"AQAB"},{"kty":"oct","k":"AAAA"},{"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}]}`))
	f.Add([]byte(`{"keys":[` + strings.Repeat(`{"a":`, 40)))
	f.Fuzz(func(t *testing.T, data []byte) {
		before := bytes.Clone(data)
		set, ok := parseKeySet(data)
		if !bytes.Equal(before, data) {
			t.Fatal("the input was changed")
		}
		if ok != (len(set) > 0) {
			t.Fatalf("%d keys, %v", len(set), ok)
		}
		for _, k := range set {
			if !fitsAny(k) {
				t.Fatalf("a key of no algorithm: %T", k.public)
			}
		}
	})
}

// FuzzTarget normalizes URLs: what is normal stays as it is.
func FuzzTarget(f *testing.F) {
	for _, seed := range []string{"HTTPS://A.test:443/a/../%7e%2f?b#c", "http://[::1]:80//.", "https://a.test/%41%zz", "http://0%80", "http://[::1%25eth0]/"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, raw string) {
		normal, ok := normalTarget(raw)
		if !ok {
			return
		}
		again, ok := normalTarget(normal)
		if !ok || again != normal {
			t.Fatalf("%q becomes %q and then %q", raw, normal, again)
		}
	})
}
