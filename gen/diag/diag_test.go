package diag_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/secretsgen/secretsgen/gen/diag"
	"github.com/secretsgen/secretsgen/runtime/uri"
)

func TestSortedOrdersByPlaceCodeAndMessage(t *testing.T) {
	t.Parallel()
	at := func(file string, line, col int) diag.Pos { return diag.Pos{File: file, Line: line, Col: col} }
	want := []diag.Diagnostic{
		{Pos: at("a", 0, 0), Code: diag.Stale, Message: "x"},
		{Pos: at("a", 1, 2), Code: diag.Syntax, Message: "x"},
		{Pos: at("a", 1, 10), Code: diag.Limit, Message: "x"},
		{Pos: at("a", 1, 10), Code: diag.Syntax, Message: "x"},
		{Pos: at("a", 1, 10), Code: diag.Syntax, Message: "y", Hint: "the first one stays"},
		{Pos: at("a", 2, 1), Code: diag.Limit, Message: "x"},
		{Pos: at("b", 1, 1), Code: diag.Limit, Message: "x"},
	}
	var l diag.List
	for _, i := range []int{6, 4, 5, 0, 3, 2, 1} {
		l.Add(want[i])
	}
	l.Addf(at("a", 1, 10), diag.Syntax, "%s", "y")
	if diff := cmp.Diff(want, l.Sorted()); diff != "" {
		t.Errorf("Sorted (-want +got):\n%s", diff)
	}
}

func TestInvalid(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		codes []diag.Code
		want  bool
	}{
		"nothing was found":                      {nil, false},
		"files want an update":                   {[]diag.Code{diag.Stale, diag.Missing, diag.Orphaned, diag.NotCanonical}, false},
		"one declaration is wrong":               {[]diag.Code{diag.Stale, diag.UnknownKey}, true},
		"a reference is wrong":                   {[]diag.Code{diag.Code(uri.IllegalSegment)}, true},
		"somebody's file stands in our place":    {[]diag.Code{diag.NotGenerated}, true},
		"a code that nobody classified is there": {[]diag.Code{"NEW"}, true},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var l diag.List
			for _, code := range tt.codes {
				l.Add(diag.Diagnostic{Code: code})
			}
			if got := l.Invalid(); got != tt.want {
				t.Errorf("got %v, want %v", got, tt.want)
			}
			if got := l.Empty(); got != (tt.codes == nil) {
				t.Errorf("Empty: got %v", got)
			}
		})
	}
}
