package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
)

// event is one line of `go test -json`; `go doc cmd/test2json` describes it.
type event struct {
	Action  string
	Package string
	Test    string
	Output  string
}

// view gathers the events of each package until the package ends.
type view struct {
	out      io.Writer
	packages map[string]*pkg

	passed, failed int
	skipped        []string
}

// pkg is a package whose tests are running.
type pkg struct {
	tests  map[string]*test
	order  []*test // as they began; the package itself, named "", among them
	failed bool    // one of its tests did
}

// test is one test or subtest and the lines that it printed.
type test struct {
	name   string
	output []string
}

func newView(out io.Writer) *view {
	return &view{out: out, packages: map[string]*pkg{}}
}

// read takes events until the stream ends. A line that is no event is shown as
// it stands: go test prints some errors without asking for the format.
func (v *view) read(r io.Reader) error {
	br := bufio.NewReader(r)
	for {
		line, err := br.ReadString('\n')
		if line != "" {
			v.line(line)
		}
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
	}
}

func (v *view) line(line string) {
	var e event
	if !strings.HasPrefix(line, "{") || json.Unmarshal([]byte(line), &e) != nil {
		v.print(line)
		return
	}
	if e.Action == "build-output" {
		v.print(e.Output)
		return
	}
	if e.Package != "" {
		v.event(e)
	}
}

func (v *view) event(e event) {
	p := v.packages[e.Package]
	if p == nil {
		p = &pkg{tests: map[string]*test{}}
		v.packages[e.Package] = p
	}
	if e.Action == "output" {
		t := p.test(e.Test)
		t.output = append(t.output, e.Output)
		return
	}
	if e.Test != "" {
		v.count(p, e)
		return
	}
	switch e.Action {
	case "pass", "skip":
		v.showPassed(p)
	case "fail":
		v.showFailed(p)
	default: // "start" and whatever a later Go adds
		return
	}
	delete(v.packages, e.Package)
}

// count takes the end of a test.
func (v *view) count(p *pkg, e event) {
	switch e.Action {
	case "pass":
		v.passed++
	case "fail":
		v.failed++
		p.failed = true
	case "skip":
		v.skipped = append(v.skipped, e.Package+" "+e.Test)
	}
}

// showPassed prints go test's own line about a package that passed or has no
// tests, and nothing of what its tests printed.
func (v *view) showPassed(p *pkg) {
	for _, line := range p.test("").output {
		if strings.HasPrefix(line, "ok  \t") || strings.HasPrefix(line, "?   \t") {
			v.print(line)
		}
	}
}

// showFailed prints what the tests of a package said, test by test, each under
// its verdict. A passed one that said something is heard too: what a race or a
// panic prints can land with the wrong test.
func (v *view) showFailed(p *pkg) {
	if !p.failed { // it did not build, or it ended before a test did
		v.failed++
	}
	for _, t := range p.order {
		if t.name == "" {
			continue
		}
		verdict, said := t.split()
		if len(said) > 0 || strings.HasPrefix(verdict, "--- FAIL: ") {
			v.print(verdict + strings.Join(said, ""))
		}
	}
	v.print(strings.Join(p.test("").output, ""))
}

// listSkipped names the skipped tests, if any.
func (v *view) listSkipped() {
	for _, name := range v.skipped {
		v.print("--- SKIP: " + name + "\n")
	}
}

func (v *view) print(s string) { fmt.Fprint(v.out, s) }

// test gives the test named, which begins with its first line.
func (p *pkg) test(name string) *test {
	t := p.tests[name]
	if t == nil {
		t = &test{name: name}
		p.tests[name] = t
		p.order = append(p.order, t)
	}
	return t
}

// split parts the line that tells how the test ended, if it did end, from the
// lines that the test printed.
func (t *test) split() (verdict string, said []string) {
	for _, line := range t.output {
		switch bare := strings.TrimLeft(line, " "); {
		case strings.HasPrefix(line, "=== "):
		case strings.HasPrefix(bare, "--- PASS: "), strings.HasPrefix(bare, "--- FAIL: "), strings.HasPrefix(bare, "--- SKIP: "):
			verdict = bare
		default:
			said = append(said, line)
		}
	}
	return verdict, said
}
