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
			ref.Report(tt.err, &diags)
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
