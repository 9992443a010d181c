package pep

import (
	"sync/atomic"
	"time"
)

// wallEvery is how often the wall clock is looked at again: so late is it
// noticed, at the latest, that it jumped.
const wallEvery = int64(time.Second)

// clock tells the time of lifetimes, which is monotonic, and from it the time of
// day, which only a token's expiry is compared with. A look at one clock in
// place of two is a fifth of the enforcement of a live grant.
type clock struct {
	start   time.Time    // its monotonic reading is the zero of now
	dayZero atomic.Int64 // the time of day at start, in Unix nanoseconds, as the wall clock has it since the last look
	lookAt  atomic.Int64 // when the wall clock is looked at again
}

func newClock() *clock {
	c := &clock{start: time.Now()}
	c.dayZero.Store(c.start.UnixNano())
	return c
}

// now is the monotonic time since the enforcer was made, in nanoseconds.
func (c *clock) now() int64 { return int64(time.Since(c.start)) }

// day is the time of day at now, in Unix nanoseconds.
func (c *clock) day(now int64) int64 {
	if now >= c.lookAt.Load() {
		wall := time.Now()
		c.dayZero.Store(wall.UnixNano() - int64(wall.Sub(c.start)))
		c.lookAt.Store(now + wallEvery)
	}
	return c.dayZero.Load() + now
}
