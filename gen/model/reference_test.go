package model_test

import (
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/secretsgen/secretsgen/gen/diag"
	"github.com/secretsgen/secretsgen/gen/model"
	"github.com/secretsgen/secretsgen/runtime/uri"
)

func TestAReferenceIsReportedWhereItIsWrong(t *testing.T) {
	t.Parallel()
	const text = "file://m/a b"
	_, refused := uri.Parse(text, uri.Scope{AnyMount: true})
	for name, tt := range map[string]struct {
		exact bool
		err   error
		want  []string
	}{
		"at the fault":                      {true, refused, []string{"f:3:15 ILLEGAL_SEGMENT"}},
		"as a whole where text is escaped":  {false, refused, []string{"f:3:5 ILLEGAL_SEGMENT"}},
		"not at all for an error of others": {true, errors.New("canary-31d7"), nil},
		"not at all without an error":       {true, nil, nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			ref := model.Reference{Text: text, Pos: diag.Pos{File: "f", Line: 3, Col: 5}, Exact: tt.exact}
			var diags diag.List
			ref.Report(tt.err, uri.Scope{}, &diags)
			var got []string
			for _, d := range diags.Sorted() {
				got = append(got, d.Pos.String()+" "+string(d.Code))
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("findings (-want +got):\n%s", diff)
			}
		})
	}
}

func TestAnUnknownSchemeIsReportedWithTheOneThatWasMeant(t *testing.T) {
	t.Parallel()
	scope := uri.Scope{AnyMount: true, Schemes: []string{"openbao-eu+kv2", "aws+sm", "hashicorp-eu+kv1"}}
	for scheme, meant := range map[string]string{
		"openbao":          "openbao+kv2",
		"openbao+kv":       "openbao+kv2",
		"OpenBao+KV1":      "openbao+kv2",
		"opnbao+kv2":       "openbao+kv2",
		"hashicrop+kv2":    "hashicorp+kv2",
		"vault":            "hashicorp+kv2",
		"vault+kv2":        "hashicorp+kv2",
		"Vault+kv":         "hashicorp+kv2",
		"bao+kv2":          "openbao+kv2",
		"files":            "file",
		"yml":              "yaml",
		"enf":              "env",
		"openbao-uk+kv2":   "openbao-eu+kv2", // the instance that is declared
		"awz+sm":           "aws+sm",
		"aws+secrets":      "",
		"vault+pki":        "",
		"hashicorp-e+kv1":  "", // that one is declared, but no scheme
		"canary-4711-a7f3": "",
		"https":            "",
	} {
		t.Run(scheme, func(t *testing.T) {
			t.Parallel()
			ref := model.Reference{Text: scheme + "://m/a#k"}
			_, err := uri.Parse(ref.Text, scope)
			var diags diag.List
			ref.Report(err, scope, &diags)
			got := diags.Sorted()
			if len(got) != 1 || got[0].Code != diag.Code(uri.UnsupportedEngine) {
				t.Fatalf("got %+v, want one finding of an unknown scheme", got)
			}
			want := ""
			if meant != "" {
				want = "did you mean " + meant + "?"
			}
			if got[0].Hint != want {
				t.Errorf("got hint %q, want %q", got[0].Hint, want)
			}
		})
	}
}
