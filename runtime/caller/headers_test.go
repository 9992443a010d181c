package caller_test

import (
	"errors"
	"net/http"
	"os"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/secretsgen/secretsgen/runtime/caller"
)

// every header of the table with a value, and what comes of it.
func full() (http.Header, caller.Caller) {
	h := http.Header{
		"X-Secrets-Issuer":       {"https://issuer.test"},
		"X-Secrets-Subject":      {"ada"},
		"X-Secrets-Subject-Type": {"user"},
		"X-Secrets-Actor":        {"gateway"},
		"X-Secrets-Tenant":       {"dev"},
		"X-Secrets-Audience":     {"one, two,three"},
		"X-Secrets-Token-Id":     {"canary-jti"},
		"X-Secrets-Proof-Id":     {"canary-proof"},
		"X-Secrets-Jkt":          {"canary-jkt"},
		"X-Secrets-X5t":          {"canary-x5t"},
		"X-Secrets-Expires":      {"1900000000"},
		"X-Secrets-Client-Id":    {"web"},
		"X-Correlation-Id":       {"c-1"},
		"X-Workflow-Run-Id":      {"w-1"},
		"X-Node-Id":              {"n-1"},
		"X-System-Id":            {"s-1"},
		"Authorization":          {"Bearer canary"},
	}
	return h, caller.Caller{
		Issuer: "https://issuer.test", Subject: "ada", Type: caller.User, Actor: "gateway", Tenant: "dev",
		Audience: []string{"one", "two", "three"}, TokenID: "canary-jti", ProofID: "canary-proof", JKT: "canary-jkt",
		X5T: "canary-x5t", ExpiresAt: time.Unix(1900000000, 0), ClientID: "web", CorrelationID: "c-1",
		WorkflowRunID: "w-1", NodeID: "n-1", SystemID: "s-1",
	}
}

func TestTrustedHeadersMakeACaller(t *testing.T) {
	t.Parallel()
	h, want := full()
	got, err := caller.FromTrustedHeaders(h)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("caller (-want +got):\n%s", diff)
	}
	got, err = caller.FromTrustedHeaders(http.Header{"X-Secrets-Subject": {"svc"}, "X-Secrets-Jkt": {""}})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(caller.Caller{Subject: "svc"}, got); diff != "" {
		t.Errorf("caller (-want +got):\n%s", diff)
	}
}

// TestTheDocumentedTableIsTheTable holds the doc comment to the code.
func TestTheDocumentedTableIsTheTable(t *testing.T) {
	t.Parallel()
	source, err := os.ReadFile("headers.go")
	if err != nil {
		t.Fatal(err)
	}
	documented := map[string]bool{}
	for _, m := range regexp.MustCompile(`(?m)^//\t(X-\S+)`).FindAllStringSubmatch(string(source), -1) {
		documented[m[1]] = true
	}
	coded := map[string]bool{}
	for _, m := range regexp.MustCompile(`(?m)^\t"(X-\S+)":`).FindAllStringSubmatch(string(source), -1) {
		coded[m[1]] = true
	}
	h, _ := full()
	delete(h, "Authorization")
	tested := map[string]bool{}
	for name := range h {
		tested[name] = true
	}
	if diff := cmp.Diff(documented, coded); diff != "" {
		t.Errorf("table (-documented +coded):\n%s", diff)
	}
	if diff := cmp.Diff(coded, tested); diff != "" {
		t.Errorf("table (-coded +tested):\n%s", diff)
	}
}

func TestTrustedHeadersThatAreRefused(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		change func(http.Header)
		code   caller.ErrorCode
		field  string
	}{
		"without a subject":              {func(h http.Header) { h.Del("X-Secrets-Subject") }, caller.MissingSubject, ""},
		"with an empty subject":          {func(h http.Header) { h.Set("X-Secrets-Subject", "") }, caller.MissingSubject, ""},
		"with a header that comes twice": {func(h http.Header) { h.Add("X-Secrets-Jkt", "canary") }, caller.Malformed, "X-Secrets-Jkt"},
		"with two spellings of a header": {func(h http.Header) { h["x-secrets-subject"] = []string{"canary"} }, caller.Malformed, "X-Secrets-Subject"},
		"with two empty headers":         {func(h http.Header) { h["X-Node-Id"] = []string{"", ""} }, caller.Malformed, "X-Node-Id"},
		"with a name that is unknown": {
			func(h http.Header) { h.Set("X-Secrets-Proof", "canary") }, caller.Malformed, "X-Secrets header with an unknown name",
		},
		"with a line break":               {func(h http.Header) { h.Set("X-Node-Id", "canary\r\n") }, caller.Malformed, "X-Node-Id"},
		"with a NUL":                      {func(h http.Header) { h.Set("X-Secrets-Subject", "canary\x00") }, caller.Malformed, "X-Secrets-Subject"},
		"with a DEL":                      {func(h http.Header) { h.Set("X-Secrets-Subject", "canary\x7f") }, caller.Malformed, "X-Secrets-Subject"},
		"with a type that is none":        {func(h http.Header) { h.Set("X-Secrets-Subject-Type", "canary") }, caller.UnknownType, ""},
		"with an expiry that is a date":   {func(h http.Header) { h.Set("X-Secrets-Expires", "tomorrow") }, caller.Malformed, "X-Secrets-Expires"},
		"with a negative expiry":          {func(h http.Header) { h.Set("X-Secrets-Expires", "-1") }, caller.Malformed, "X-Secrets-Expires"},
		"with an expiry in nanoseconds":   {func(h http.Header) { h.Set("X-Secrets-Expires", "1900000000000000000") }, caller.Malformed, "X-Secrets-Expires"},
		"with a hole in the audience":     {func(h http.Header) { h.Set("X-Secrets-Audience", "one,,two") }, caller.Malformed, "X-Secrets-Audience"},
		"with a token id beyond 256":      {func(h http.Header) { h.Set("X-Secrets-Token-Id", strings.Repeat("x", 257)) }, caller.Malformed, "TokenID"},
		"with a proof id beyond 256":      {func(h http.Header) { h.Set("X-Secrets-Proof-Id", strings.Repeat("x", 257)) }, caller.Malformed, "ProofID"},
		"with a thumbprint beyond 256":    {func(h http.Header) { h.Set("X-Secrets-X5t", strings.Repeat("x", 257)) }, caller.Malformed, "X5T"},
		"with a thumbprint in base64":     {func(h http.Header) { h.Set("X-Secrets-Jkt", "canary+/=") }, caller.Malformed, "JKT"},
		"with a subject beyond 2048":      {func(h http.Header) { h.Set("X-Secrets-Subject", strings.Repeat("x", 2049)) }, caller.Malformed, "Subject"},
		"with a system that is not UTF-8": {func(h http.Header) { h.Set("X-System-Id", "canary\xff") }, caller.Malformed, "SystemID"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h, _ := full()
			tt.change(h)
			c, err := caller.FromTrustedHeaders(h)
			got, ok := errors.AsType[*caller.Error](err)
			if !ok {
				t.Fatalf("error %v, want a *caller.Error", err)
			}
			if diff := cmp.Diff(&caller.Error{Code: tt.code, Field: tt.field}, got); diff != "" {
				t.Errorf("error (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(caller.Caller{}, c); diff != "" {
				t.Errorf("caller beside an error (-want +got):\n%s", diff)
			}
			if strings.Contains(err.Error(), "canary") {
				t.Errorf("the error tells a header's content: %v", err)
			}
		})
	}
}

func TestErrorsSayWhatToDo(t *testing.T) {
	t.Parallel()
	for want, err := range map[string]*caller.Error{
		"secretsgen: api.token: no subject to decide about: put a caller into the context, or set SECRETS_SUBJECT": {
			Accessor: "api.token", Code: caller.MissingSubject,
		},
		"secretsgen: caller: the caller's credential has expired: get a fresh one": {Code: caller.Expired},
		"secretsgen: caller: the caller's token is not meant for this client: it needs SECRETS_AUDIENCE in its audience": {
			Code: caller.WrongAudience,
		},
		"secretsgen: caller: the caller is of another tenant: one client serves one tenant": {Code: caller.WrongTenant},
		"secretsgen: caller: the caller's type is neither workload nor user":                {Code: caller.UnknownType},
		"secretsgen: caller: the caller's X-Secrets-Jkt is malformed: it must be given once, short, and in its own alphabet": {
			Code: caller.Malformed, Field: "X-Secrets-Jkt",
		},
	} {
		if got := err.Error(); got != want {
			t.Errorf("error %q, want %q", got, want)
		}
	}
}
