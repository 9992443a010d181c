package verify

import (
	"crypto"
	"encoding/base64"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
)

// The example of RFC 9449 section 7.1: an access token and a proof for it.
const (
	rfcToken  = "Kz~8mXK1EalYznwH-LC-1fBAo.4Ljp~zsPE_NeO.gxU"
	rfcATH    = "fUHyO2r2Z3DZ53EsNrWBb0xWXoaNy59IiKCAqksmQEo"
	rfcJKT    = "0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I"
	rfcTarget = "https://resource.example.org/protectedresource"
	rfcProof  = "eyJ0eXAiOiJkcG9wK2p3dCIsImFsZyI6IkVTMjU2IiwiandrIjp7Imt0eSI6Ik" +
		"VDIiwieCI6Imw4dEZyaHgtMzR0VjNoUklDUkRZOXpDa0RscEJoRjQyVVFVZldWQVdCR" +
		"nMiLCJ5IjoiOVZFNGpmX09rX282NHpiVFRsY3VOSmFqSG10NnY5VERWclUwQ2R2R1JE" +
		"QSIsImNydiI6IlAtMjU2In19.eyJqdGkiOiJlMWozVl9iS2ljOC1MQUVCIiwiaHRtIj" +
		"oiR0VUIiwiaHR1IjoiaHR0cHM6Ly9yZXNvdXJjZS5leGFtcGxlLm9yZy9wcm90ZWN0Z" +
		"WRyZXNvdXJjZSIsImlhdCI6MTU2MjI2MjYxOCwiYXRoIjoiZlVIeU8ycjJaM0RaNTNF" +
		"c05yV0JiMHhXWG9hTnk1OUlpS0NBcWtzbVFFbyJ9.2oW9RP35yRqzhrtNP86L-Ey71E" +
		"OptxRimPPToA1plemAgR6pxHF8y6-yqyVnmcw6Fy1dqd-jfxSYoMxhAJpLjA"
)

func TestTheExampleOfRFC9449PassesAllChecks(t *testing.T) {
	t.Parallel()
	v, err := New(Config{Issuer: "https://issuer.test", JWKSURL: "https://issuer.test/jwks"})
	if err != nil {
		t.Fatal(err)
	}
	p := &proof{
		v: v, values: []string{rfcProof}, method: "GET", target: rfcTarget, token: rfcToken, binding: rfcJKT,
		now: time.Unix(1562262618, 0),
	}
	for _, check := range proofChecks {
		if !check.passes(p) {
			t.Errorf("it fails check %d: %s", check.number, check.code)
		}
	}
	if p.id != "e1j3V_bKic8-LAEB" {
		t.Errorf("jti %q", p.id)
	}
}

func TestTheTwelveChecksAreAllThere(t *testing.T) {
	t.Parallel()
	seen := map[int]bool{}
	codes := map[Code]bool{}
	for _, check := range proofChecks {
		seen[check.number] = true
		if codes[check.code] {
			t.Errorf("%s is the code of two checks", check.code)
		}
		codes[check.code] = true
	}
	for number := 1; number <= 12; number++ {
		if !seen[number] {
			t.Errorf("check %d is missing", number)
		}
	}
}

func TestHashesAreThoseOfTheStandards(t *testing.T) {
	t.Parallel()
	if got := tokenHash(rfcToken); got != rfcATH {
		t.Errorf("ath %q, want %q", got, rfcATH)
	}
	for want, text := range map[string]string{
		rfcJKT: `{"kty":"EC","x":"l8tFrhx-34tV3hRICRDY9zCkDlpBhF42UQUfWVAWBFs",
			"y":"9VE4jf_Ok_o64zbTTlcuNJajHmt6v9TDVrU0CdvGRDA","crv":"P-256","kid":"not part of it"}`,
		// RFC 7638 section 3.1.
		"NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs": `{"kty":"RSA","n":"0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCiFV4n3oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw",
			"e":"AQAB","alg":"RS256","kid":"2011-04-29"}`,
		// RFC 8037 appendix A.3.
		"kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k": `{"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}`,
	} {
		var key jose.JSONWebKey
		if err := key.UnmarshalJSON([]byte(text)); err != nil {
			t.Fatal(err)
		}
		sum, err := key.Thumbprint(crypto.SHA256)
		if got := base64.RawURLEncoding.EncodeToString(sum); err != nil || got != want {
			t.Errorf("thumbprint %q, %v, want %q", got, err, want)
		}
		p := &proof{binding: want, key: &key}
		if !p.isOfTheTokensKey() {
			t.Errorf("a token bound to %s is not one of the key", want)
		}
	}
}

func TestTargetsAreComparedInTheirNormalForm(t *testing.T) {
	t.Parallel()
	for raw, want := range map[string]string{
		"https://a.test":                       "https://a.test/",
		"https://a.test/":                      "https://a.test/",
		"HTTPS://A.Test:443/":                  "https://a.test/",
		"http://a.test:80":                     "http://a.test/",
		"http://a.test:443/":                   "http://a.test:443/",
		"https://a.test:/":                     "https://a.test/",
		"https://a.test:8443/A?b=c#d":          "https://a.test:8443/A",
		"https://a.test/%7euser/%2f%C3%A9":     "https://a.test/~user/%2F%C3%A9",
		"https://a.test/%41%2d%2E%5f%7E":       "https://a.test/A-._~",
		"https://a.test/a/./b/../c":            "https://a.test/a/c",
		"https://a.test/a/%2e%2E/c":            "https://a.test/c",
		"https://a.test/../../a":               "https://a.test/a",
		"https://a.test/a/..":                  "https://a.test/",
		"https://a.test/a/b/..":                "https://a.test/a/",
		"https://a.test/a/.":                   "https://a.test/a/",
		"https://a.test//a//":                  "https://a.test//a//",
		"https://a.test/a;b=c,d":               "https://a.test/a;b=c,d",
		"https://[2001:DB8::1]:443/a":          "https://[2001:db8::1]/a",
		"https://a.test/a?x=https://b.test/#c": "https://a.test/a",
	} {
		if got, ok := normalTarget(raw); !ok || got != want {
			t.Errorf("%s is %q (%v), want %q", raw, got, ok, want)
		}
	}
	for _, raw := range []string{
		"", "/a", "a.test/a", "//a.test/a", "https:/a", "https:a.test", "https://", "https://:443/", "ftp://a.test/", "https://u@a.test/",
		"https://a.test/ a", "https://a.test/\n", "https://a.test/é", "https://a.test/%", "https://a.test/%zz", "https://a.test:x/",
	} {
		if got, ok := normalTarget(raw); ok {
			t.Errorf("%q is %q", raw, got)
		}
	}
}
