//go:build unix

// Command peak runs a program and prints the most memory that it held at a time,
// in bytes, and the processor time that it took, in nanoseconds.
//
//	peak PROGRAM ARGUMENT...
//
// Linux takes what the process that starts another one holds for the least that
// the other one held. A benchmark holds much, and so this program stands between
// the two. What the program prints to standard output is thrown away.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"syscall"
)

func main() {
	cmd := exec.CommandContext(context.Background(), os.Args[1], os.Args[2:]...) //nolint:gosec // to run any program is what it is for
	cmd.Stderr = os.Stderr
	err := cmd.Run()
	if _, exited := errors.AsType[*exec.ExitError](err); err != nil && !exited {
		fmt.Fprintln(os.Stderr, "peak:", err)
		os.Exit(125)
	}
	peak := cmd.ProcessState.SysUsage().(*syscall.Rusage).Maxrss //nolint:forcetypeassert // documented, on Unix
	if runtime.GOOS != "darwin" {
		peak *= 1024
	}
	cpu := cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()
	_, _ = fmt.Fprintln(os.Stdout, peak, cpu.Nanoseconds())
	os.Exit(cmd.ProcessState.ExitCode())
}
