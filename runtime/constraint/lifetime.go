package constraint

import "time"

// The bounds of what a declaration says of a document on its way: for how long it
// may be kept, and for how long it may wait in its wrapping.
const (
	shortest = time.Second
	longest  = time.Hour
)

// CacheTime is the rule of how long a document may be kept.
func CacheTime() Rule[time.Duration] {
	return unless("is not between 1s and 1h", inBounds)
}

// WrapTime is the rule of how long a wrapped value may wait. Servers count it in
// whole seconds.
func WrapTime() Rule[time.Duration] {
	return unless("is not a number of whole seconds between 1s and 1h", func(d time.Duration) bool {
		return inBounds(d) && d%time.Second == 0
	})
}

func inBounds(d time.Duration) bool { return shortest <= d && d <= longest }
