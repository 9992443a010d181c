// Command testview shows the output of `go test -json` the way plain go test
// prints it: a line for a package that passes, everything for one that fails.
// What plain go test keeps to itself, the tests that were skipped, it lists at
// the end.
//
//	go test -json ./... | testview [-noskip] [-counts FILE]
//
// With -noskip a skipped test makes the exit status 1. With -counts a line
// `passed failed skipped`, three numbers of tests and subtests, is appended to
// the file. A failed test is go test's own exit status to tell.
package main

import (
	"flag"
	"fmt"
	"os"
)

func main() {
	noSkip := flag.Bool("noskip", false, "a skipped test is a failure")
	counts := flag.String("counts", "", "append the numbers of passed, failed and skipped tests to this `file`")
	flag.Parse()
	if flag.NArg() > 0 {
		flag.Usage()
		os.Exit(2)
	}
	v := newView(os.Stdout)
	err := v.read(os.Stdin)
	if err == nil && *counts != "" {
		err = appendLine(*counts, fmt.Sprintf("%d %d %d\n", v.passed, v.failed, len(v.skipped)))
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "testview:", err)
		os.Exit(2)
	}
	v.listSkipped()
	if *noSkip && len(v.skipped) > 0 {
		fmt.Fprintln(os.Stderr, "skipped tests count as failed here")
		os.Exit(1)
	}
}

// appendLine adds a line to a file, which it makes if need be.
func appendLine(name, line string) error {
	f, err := os.OpenFile(name, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	if _, err := f.WriteString(line); err != nil {
		f.Close()
		return err
	}
	return f.Close()
}
