package main

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestView(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		events         []string
		want           string
		passed, failed int
		skipped        []string
	}{
		"passed/one line a package": {
			events: []string{
				`{"Action":"start","Package":"a"}`,
				`{"Action":"run","Package":"a","Test":"TestX"}`,
				`{"Action":"output","Package":"a","Test":"TestX","Output":"=== RUN   TestX\n"}`,
				`{"Action":"output","Package":"a","Test":"TestX","Output":"a chatty test\n"}`,
				`{"Action":"output","Package":"a","Test":"TestX","Output":"--- PASS: TestX (0.00s)\n"}`,
				`{"Action":"pass","Package":"a","Test":"TestX"}`,
				`{"Action":"output","Package":"a","Output":"PASS\n"}`,
				`{"Action":"output","Package":"a","Output":"ok  \ta\t0.1s\n"}`,
				`{"Action":"pass","Package":"a"}`,
				`{"Action":"output","Package":"b","Output":"?   \tb\t[no test files]\n"}`,
				`{"Action":"skip","Package":"b"}`,
			},
			want:   "ok  \ta\t0.1s\n?   \tb\t[no test files]\n",
			passed: 1,
		},
		"failed/verdict before its lines": {
			events: []string{
				`{"Action":"output","Package":"a","Test":"TestX","Output":"=== RUN   TestX\n"}`,
				`{"Action":"output","Package":"a","Test":"TestX/sub","Output":"=== RUN   TestX/sub\n"}`,
				`{"Action":"output","Package":"a","Test":"TestX/sub","Output":"    x_test.go:7: got 1, want 2\n"}`,
				`{"Action":"output","Package":"a","Test":"TestX","Output":"--- FAIL: TestX (0.00s)\n"}`,
				`{"Action":"output","Package":"a","Test":"TestX/sub","Output":"    --- FAIL: TestX/sub (0.00s)\n"}`,
				`{"Action":"fail","Package":"a","Test":"TestX/sub"}`,
				`{"Action":"fail","Package":"a","Test":"TestX"}`,
				`{"Action":"output","Package":"a","Output":"FAIL\n"}`,
				`{"Action":"output","Package":"a","Output":"FAIL\ta\t0.1s\n"}`,
				`{"Action":"fail","Package":"a"}`,
			},
			want: "--- FAIL: TestX (0.00s)\n--- FAIL: TestX/sub (0.00s)\n" +
				"    x_test.go:7: got 1, want 2\nFAIL\nFAIL\ta\t0.1s\n",
			failed: 2,
		},
		"failed/a passed test is heard if it spoke": {
			events: []string{
				`{"Action":"output","Package":"a","Test":"TestX","Output":"WARNING: DATA RACE\n"}`,
				`{"Action":"output","Package":"a","Test":"TestX","Output":"--- PASS: TestX (0.00s)\n"}`,
				`{"Action":"pass","Package":"a","Test":"TestX"}`,
				`{"Action":"output","Package":"a","Test":"TestY","Output":"--- PASS: TestY (0.00s)\n"}`,
				`{"Action":"pass","Package":"a","Test":"TestY"}`,
				`{"Action":"output","Package":"a","Test":"TestZ","Output":"--- FAIL: TestZ (0.00s)\n"}`,
				`{"Action":"fail","Package":"a","Test":"TestZ"}`,
				`{"Action":"output","Package":"a","Output":"FAIL\ta\t0.1s\n"}`,
				`{"Action":"fail","Package":"a"}`,
			},
			want: "--- PASS: TestX (0.00s)\nWARNING: DATA RACE\n" +
				"--- FAIL: TestZ (0.00s)\nFAIL\ta\t0.1s\n",
			passed: 2,
			failed: 1,
		},
		"failed/no test ended": {
			events: []string{
				`{"Action":"build-output","ImportPath":"a","Output":"x.go:1:1: syntax error\n"}`,
				`{"Action":"output","Package":"a","Output":"FAIL\ta [build failed]\n"}`,
				`{"Action":"fail","Package":"a"}`,
			},
			want:   "x.go:1:1: syntax error\nFAIL\ta [build failed]\n",
			failed: 1,
		},
		"skipped/named": {
			events: []string{
				`{"Action":"skip","Package":"a","Test":"TestX"}`,
				`{"Action":"output","Package":"a","Output":"ok  \ta\t0.1s\n"}`,
				`{"Action":"pass","Package":"a"}`,
			},
			want:    "ok  \ta\t0.1s\n--- SKIP: a TestX\n",
			skipped: []string{"a TestX"},
		},
		"no event/as it stands": {
			events: []string{"pattern ./...: no module"},
			want:   "pattern ./...: no module\n",
		},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var out strings.Builder
			v := newView(&out)
			if err := v.read(strings.NewReader(strings.Join(tc.events, "\n") + "\n")); err != nil {
				t.Fatal(err)
			}
			v.listSkipped()
			if diff := cmp.Diff(tc.want, out.String()); diff != "" {
				t.Errorf("output (-want +got):\n%s", diff)
			}
			if v.passed != tc.passed || v.failed != tc.failed {
				t.Errorf("passed %d, failed %d; want %d and %d", v.passed, v.failed, tc.passed, tc.failed)
			}
			if diff := cmp.Diff(tc.skipped, v.skipped); diff != "" {
				t.Errorf("skipped (-want +got):\n%s", diff)
			}
		})
	}
}
