package exchange

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/url"
	"testing"

	"github.com/secretsgen/secretsgen/runtime/secretstest/leakcheck"
)

// A request holds a token, an answer may hold a value, and both have a path.
func TestRequestsAndAnswersShowNothingWhenPrinted(t *testing.T) {
	t.Parallel()
	req := Request{Path: canary, Query: url.Values{canary: {canary}}, Body: []byte(canary), Token: canary}
	answer := Answer{Status: 200, Body: []byte(canary), location: canary}
	var out bytes.Buffer
	for _, v := range []any{req, &req, answer, &answer, []Request{req}, map[string]Answer{"": answer}, struct{ A, B any }{req, answer}} {
		for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d"} {
			fmt.Fprintf(&out, verb, v)
		}
		slog.New(slog.NewTextHandler(&out, nil)).Info("x", "v", v)
		slog.New(slog.NewJSONHandler(&out, nil)).Info("x", "v", v)
		text, err := json.Marshal(v)
		if err != nil {
			t.Error(err)
		}
		out.Write(text)
	}
	if forms := leakcheck.Find(out.Bytes(), canary); len(forms) > 0 {
		t.Errorf("it is shown as %v", forms)
	}
}
