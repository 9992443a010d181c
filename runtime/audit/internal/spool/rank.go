package spool

// Rank says how much of the room that is kept free may be used.
type Rank int

// None of it, half of it, and all.
const (
	Ordinary Rank = iota
	Notable
	Urgent
)

// Of is the part of so much room that may be used.
func (r Rank) Of(reserved int64) int64 { return reserved * int64(r) / int64(Urgent) }
