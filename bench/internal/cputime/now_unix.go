//go:build unix

package cputime

import (
	"syscall"
	"time"
)

// Now is the processor time of the process so far, of all its threads. It is 0
// where the system does not tell.
func Now() time.Duration {
	var usage syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err != nil {
		return 0
	}
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
}
