//go:build !unix

package cputime

import "time"

var start = time.Now()

// Now is the time since the process has started, as processor time can't be had
// here.
func Now() time.Duration { return time.Since(start) }
