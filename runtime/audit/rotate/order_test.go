package rotate

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// diary is a log that notes what is done to it, and fails what it is told to.
type diary struct {
	done []string
	fail string
}

func (d *diary) do(what string) error {
	if d.done = append(d.done, what); what == d.fail {
		return errors.New("canary")
	}
	return nil
}

func (d *diary) Write(p []byte) (int, error)   { return len(p), d.do("write " + string(p)) }
func (d *diary) Sync() error                   { return d.do("sync") }
func (d *diary) RotateWithReason(string) error { return d.do("rotate") }
func (d *diary) Close() error                  { return d.do("close") }

func TestAFileIsSyncedBeforeItIsRenamed(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct{ fail, want string }{
		"all is well":             {"", "write a long line,sync,rotate,write b,write c"},
		"it can't be synced":      {"sync", "write a long line,sync,sync"},
		"it can't be renamed yet": {"rotate", "write a long line,sync,rotate,sync,rotate"},
	} {
		d := &diary{fail: test.fail}
		f := &file{log: d, dir: t.TempDir(), max: 5}
		for _, line := range []string{"a long line", "b", "c"} { // an empty file takes a line of any length
			_, err := f.Write([]byte(line))
			if (err == nil) != (test.fail == "" || line == "a long line") {
				t.Errorf("%s: %q: %v", name, line, err)
			}
		}
		if diff := cmp.Diff(test.want, strings.Join(d.done, ",")); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}
