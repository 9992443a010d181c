package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// result is what the verb uri prints and, with the mounts that it is under, a
// line of the vectors that implementations of the grammar share.
type result struct {
	Input       string   `json:"input"`
	Mounts      []string `json:"mounts"`
	Canonical   string   `json:"canonical"`
	ResourceRef string   `json:"resource_ref"`
	Codes       []string `json:"codes"`
	Message     string   `json:"message"`
}

// TestURIVectors drives every shared vector through the command, as arguments
// and as lines.
func TestURIVectors(t *testing.T) {
	t.Setenv("SECRET_TENANT_SALT", "conformance-salt-0123456789abcdef-not-a-secret")
	vectors, err := os.ReadFile("../../runtime/uri/testdata/uri.jsonl")
	if err != nil {
		t.Fatal(err)
	}
	byMounts := map[string][]result{}
	count := 0
	for _, v := range results(t, vectors) {
		mounts := strings.Join(v.Mounts, ",")
		byMounts[mounts] = append(byMounts[mounts], v)
		count++
	}
	if count < 212 {
		t.Errorf("got %d vectors, want at least 212", count)
	}
	for mounts, want := range byMounts {
		var inputs []string
		for _, v := range want {
			inputs = append(inputs, v.Input)
		}
		for name, run := range map[string]struct {
			args  []string
			stdin string
		}{
			"arguments": {append([]string{"uri", "--mounts", mounts, "--"}, inputs...), ""},
			"lines":     {[]string{"uri", "--mounts", mounts, "-"}, strings.Join(inputs, "\n") + "\n"},
		} {
			var stdout, stderr bytes.Buffer
			status := Main(t.Context(), run.args, strings.NewReader(run.stdin), &stdout, &stderr)
			if status != statusInvalid || stderr.Len() > 0 {
				t.Errorf("%s: got status %d and %q, want %d for the refused ones", name, status, &stderr, statusInvalid)
			}
			got := results(t, stdout.Bytes())
			for i := range got {
				if (got[i].Message == "") != (got[i].Codes == nil) {
					t.Errorf("%s: %q has the message %q", name, got[i].Input, got[i].Message)
				}
				got[i].Message = ""
				got[i].Mounts = strings.Split(mounts, ",")
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("%s under %s (-want +got):\n%s", name, mounts, diff)
			}
		}
	}
}

func results(t *testing.T, lines []byte) []result {
	t.Helper()
	var all []result
	scanner := bufio.NewScanner(bytes.NewReader(lines))
	for scanner.Scan() {
		var r result
		if err := json.Unmarshal(scanner.Bytes(), &r); err != nil {
			t.Fatalf("line %d: %v", len(all)+1, err)
		}
		all = append(all, r)
	}
	if err := scanner.Err(); err != nil {
		t.Fatal(err)
	}
	return all
}

func TestURIReadsLongLinesAndLastOnes(t *testing.T) {
	t.Parallel()
	long := "file://secret/" + strings.Repeat("a", 1<<20)
	var stdout, stderr bytes.Buffer
	status := Main(t.Context(), []string{"uri", "-"}, strings.NewReader(long+"\nfile://secret/a\r\nfile://secret/a"), &stdout, &stderr)
	lines := strings.SplitAfter(stdout.String(), "\n")
	if status != statusInvalid || len(lines) != 4 {
		t.Fatalf("got status %d and %d lines, want %d and 3 with a line end each", status, len(lines), statusInvalid)
	}
	if want := `{"input":"` + long + `","codes":["ILLEGAL_SEGMENT"]`; !strings.HasPrefix(lines[0], want) {
		t.Errorf("got %.80q…, want the whole line and its code", lines[0])
	}
	if want := `{"input":"file://secret/a\r","codes":["ILLEGAL_SEGMENT"]`; !strings.HasPrefix(lines[1], want) {
		t.Errorf("got %q, want the carriage return", lines[1])
	}
	if want := `{"input":"file://secret/a","canonical":"file://secret/a"}` + "\n"; lines[2] != want {
		t.Errorf("got %q, want %q", lines[2], want)
	}
}

// TestURIAnswersEachLine holds that a program at the other end of two pipes gets
// its answer before it sends the next line.
func TestURIAnswersEachLine(t *testing.T) {
	t.Parallel()
	questions, ask := io.Pipe()
	answer, answers := io.Pipe()
	status := make(chan int)
	go func() {
		status <- Main(t.Context(), []string{"uri", "-"}, questions, answers, io.Discard)
		_ = answers.Close()
	}()
	got := bufio.NewReader(answer)
	for range 3 {
		if _, err := io.WriteString(ask, "file://secret/a\n"); err != nil {
			t.Fatal(err)
		}
		if line, err := got.ReadString('\n'); err != nil || !strings.Contains(line, "canonical") {
			t.Fatalf("got %q, %v", line, err)
		}
	}
	_ = ask.Close()
	if got := <-status; got != statusFine {
		t.Errorf("got status %d, want %d", got, statusFine)
	}
}

func TestURISaysWhatCanNotBeReadOrWritten(t *testing.T) {
	t.Parallel()
	for name, run := range map[string]struct {
		stdin  io.Reader
		stdout io.Writer
		want   string
	}{
		"the input fails":  {failing{}, io.Discard, "secretsgen: standard input can't be read: failed\n"},
		"the output fails": {strings.NewReader("file://secret/a\n"), failing{}, "secretsgen: failed\n"},
	} {
		var stderr bytes.Buffer
		status := Main(t.Context(), []string{"uri", "-"}, run.stdin, run.stdout, &stderr)
		if status != statusInvalid || stderr.String() != run.want {
			t.Errorf("%s: got status %d and %q, want %d and %q", name, status, &stderr, statusInvalid, run.want)
		}
	}
}

type failing struct{}

func (failing) Read([]byte) (int, error)  { return 0, errors.New("failed") }
func (failing) Write([]byte) (int, error) { return 0, errors.New("failed") }
