// Package cputime tells how long processors have worked for this process, the
// collection of garbage included. On a machine that others use too that is a
// steadier measure than what a clock on the wall shows, for work that is not
// about waiting.
//
//	start := cputime.Now()
//	...
//	spent := cputime.Now() - start
package cputime
