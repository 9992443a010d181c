package main

import (
	"fmt"
	"io"
	"strconv"
	"sync"
	"time"

	"github.com/secretsgen/secretsgen/gen"
)

const (
	patience = time.Second            // a run that is done by then shows no progress
	pace     = 100 * time.Millisecond // between one line and the next
)

// erase begins the line anew (ECMA-48: carriage return, erase in line).
const erase = "\r\x1b[K"

// progress shows on a terminal what a long run is about: one line, written over
// and over, and gone before anything else is said. A nil progress shows nothing.
type progress struct {
	out io.Writer

	mu    sync.Mutex
	timer *time.Timer  // shows the next line
	armed bool         // it will
	last  gen.Progress // what was heard last
	shown bool         // a line is on the terminal
	ended bool
}

// startProgress begins to wait. The caller ends it with stop.
func startProgress(out io.Writer) *progress {
	p := &progress{out: out, armed: true}
	p.mu.Lock() // the timer is not read before it is set
	defer p.mu.Unlock()
	p.timer = time.AfterFunc(patience, p.show)
	return p
}

// report hears how far the run has come. It is cheap, and never waits for the
// terminal unless a line is being written.
func (p *progress) report(now gen.Progress) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.last = now
	if !p.armed && !p.ended {
		p.armed = true
		p.timer.Reset(pace)
	}
}

// show writes the line. It is the timer's.
func (p *progress) show() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.armed = false
	if p.ended {
		return
	}
	p.shown = true
	_, _ = io.WriteString(p.out, erase+progressLine(p.last)) // a terminal that is gone is no reason to stop
}

// stop erases the line. Nothing is shown from then on.
func (p *progress) stop() {
	if p == nil {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.ended = true
	p.timer.Stop()
	if p.shown {
		p.shown = false
		_, _ = io.WriteString(p.out, erase)
	}
}

func progressLine(p gen.Progress) string {
	doing, thing := "reading", "folder"
	switch p.Stage {
	case gen.Checking:
		doing = "checking"
	case gen.Generating:
		doing, thing = "generating", "package"
	}
	switch {
	case p.Done == 0:
		return fmt.Sprintf("secretsgen: %s…", doing)
	case p.Total == 0:
		return fmt.Sprintf("secretsgen: %s %s…", doing, count(p.Done, thing))
	}
	return fmt.Sprintf("secretsgen: %s %s of %s…", doing, grouped(p.Done), count(p.Total, thing))
}

// count is a number of things: "1 folder", "1,240 folders".
func count(n int, thing string) string {
	if n != 1 {
		thing += "s"
	}
	return grouped(n) + " " + thing
}

// grouped is a number that is not negative, with a comma before every three
// digits.
func grouped(n int) string {
	digits := strconv.Itoa(n)
	for i := len(digits) - 3; i > 0; i -= 3 {
		digits = digits[:i] + "," + digits[i:]
	}
	return digits
}
