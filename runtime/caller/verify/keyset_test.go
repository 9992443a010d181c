package verify

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
)

// ecKey is a JWK with more members, and fewer where they are nil.
func ecKey(t *testing.T, more map[string]any) string {
	t.Helper()
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	point, err := private.PublicKey.Bytes()
	if err != nil {
		t.Fatal(err)
	}
	jwk := map[string]any{"kty": "EC", "crv": "P-256", "x": strictBase64.EncodeToString(point[1:33]), "y": strictBase64.EncodeToString(point[33:])}
	for name, value := range more {
		if jwk[name] = value; value == nil {
			delete(jwk, name)
		}
	}
	text, err := json.Marshal(jwk)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func TestKeysOfASetThatAreUsed(t *testing.T) {
	t.Parallel()
	rsaKey := func(n, e string) string { return fmt.Sprintf(`{"kty":"RSA","n":"%s","e":"%s"}`, n, e) }
	odd := func(bytes int) string { // a modulus of as many bytes, none of them small
		return strictBase64.EncodeToString([]byte(strings.Repeat("\xff", bytes)))
	}
	for name, tt := range map[string]struct {
		key  string
		used bool
	}{
		"one for signatures":             {ecKey(t, map[string]any{"use": "sig", "alg": "ES256", "kid": "a"}), true},
		"one that says nothing":          {ecKey(t, nil), true},
		"one that may verify":            {ecKey(t, map[string]any{"key_ops": []string{"verify"}}), true},
		"one with certificates":          {ecKey(t, map[string]any{"x5c": []string{"no certificate"}, "x5u": "::"}), true},
		"one for encryption":             {ecKey(t, map[string]any{"use": "enc"}), false},
		"one that may sign alone":        {ecKey(t, map[string]any{"key_ops": []string{"sign"}}), false},
		"one whose operations are odd":   {ecKey(t, map[string]any{"key_ops": "verify"}), false},
		"one for another algorithm":      {ecKey(t, map[string]any{"alg": "ES384"}), false},
		"one for another key type":       {ecKey(t, map[string]any{"alg": "RS256"}), false},
		"one for an HMAC":                {ecKey(t, map[string]any{"alg": "HS256"}), false},
		"one for key agreement":          {ecKey(t, map[string]any{"alg": "ECDH-ES"}), false},
		"one with its private part":      {ecKey(t, map[string]any{"d": "AAAA"}), false},
		"one with an id that is none":    {ecKey(t, map[string]any{"kid": 1}), false},
		"one of another curve's name":    {ecKey(t, map[string]any{"crv": "P-384"}), false},
		"one of a curve that is unknown": {ecKey(t, map[string]any{"crv": "secp256k1"}), false},
		"one off its curve":              {ecKey(t, map[string]any{"y": strings.Repeat("A", 43)}), false},
		"one with half a point":          {ecKey(t, map[string]any{"y": nil}), false},
		"one with a number in it":        {ecKey(t, map[string]any{"x": 1}), false},
		"one without a type":             {ecKey(t, map[string]any{"kty": nil}), false},
		"one of a type in other case":    {ecKey(t, map[string]any{"kty": "ec"}), false},
		"a shared secret":                {`{"kty":"oct","k":"AAAA"}`, false},
		"an RSA key of 2048 bits":        {rsaKey(odd(256), "AQAB"), true},
		"an RSA key of 2040 bits":        {rsaKey(odd(255), "AQAB"), false},
		"an RSA key of 4104 bits":        {rsaKey(odd(513), "AQAB"), false},
		"an RSA key with an exponent 1":  {rsaKey(odd(256), "AQ"), false},
		"an RSA key with an even one":    {rsaKey(odd(256), "AQAA"), false},
		"an Ed25519 key":                 {`{"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}`, true},
		"a short Ed25519 key":            {`{"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHUQ"}`, false},
		"an X25519 key":                  {`{"kty":"OKP","crv":"X25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}`, false},
		"an empty object":                {`{}`, false},
		"no object":                      {`"AAAA"`, false},
		"null":                           {`null`, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			set, ok := parseKeySet([]byte(`{"keys":[` + tt.key + `]}`))
			if ok != tt.used || len(set) > 0 != tt.used {
				t.Errorf("%d keys, %v", len(set), ok)
			}
			beside, ok := parseKeySet([]byte(`{"keys":[` + tt.key + `,` + ecKey(t, nil) + `],"more":1}`))
			if !ok || len(beside) != 1+len(set) {
				t.Errorf("beside a good one: %d keys, %v", len(beside), ok)
			}
		})
	}
}

func TestAKeyIsChosenByIDAndAlgorithm(t *testing.T) {
	t.Parallel()
	parse := func(keys ...string) keySet {
		set, ok := parseKeySet([]byte(`{"keys":[` + strings.Join(keys, ",") + `]}`))
		if !ok {
			t.Fatal("no set")
		}
		return set
	}
	ed := `{"kty":"OKP","crv":"Ed25519","kid":"ed","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}`
	a, b := ecKey(t, map[string]any{"kid": "a"}), ecKey(t, map[string]any{"kid": "b", "alg": "ES256"})
	many := parse(a, b, ed, ecKey(t, map[string]any{"kid": "a"}))
	five := parse(a, a, a, a, a)
	pss := parse(`{"kty":"RSA","kid":"pss","alg":"PS256","e":"AQAB","n":"` + strictBase64.EncodeToString([]byte(strings.Repeat("\xff", 256))) + `"}`)
	for name, tt := range map[string]struct {
		set     keySet
		id, alg string
		want    int
	}{
		"by its id":                         {many, "b", "ES256", 1},
		"one of two with an id":             {many, "a", "ES256", 2},
		"not of another algorithm":          {many, "b", "EdDSA", 0},
		"for the padding that it is for":    {pss, "pss", "PS256", 1},
		"not for another padding":           {pss, "pss", "RS256", 0},
		"not without an id either":          {pss, "", "RS256", 0},
		"not of another curve":              {many, "b", "ES384", 0},
		"not by an id in other case":        {many, "B", "ES256", 0},
		"without an id, the only one":       {many, "", "EdDSA", 1},
		"without an id, not one of several": {many, "", "ES256", 0},
		"not five of one id":                {five, "a", "ES256", 0},
	} {
		if got := len(tt.set.candidates(tt.id, tt.alg)); got != tt.want {
			t.Errorf("%s: %d keys, want %d", name, got, tt.want)
		}
	}
	if _, ok := parseKeySet([]byte(`{"keys":[` + strings.Repeat(a+",", maxKeys) + a + `]}`)); ok {
		t.Error("a set of more keys than anybody has")
	}
}
