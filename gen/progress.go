package gen

// Progress tells how far a run has come.
type Progress struct {
	Stage Stage
	Done  int // folders, or packages where Stage is Generating, the current one included
	Total int // 0 while it is not known
}

// Stage is what a run is about.
type Stage uint8

// The stages, in their order.
const (
	Reading    Stage = iota // looking for folders that declare, and asking the go command about them
	Checking                // reading and judging declarations, folder by folder
	Generating              // emitting, package by package, be it to write or to compare
)

// report tells who asked for it.
func (s Source) report(stage Stage, done, total int) {
	if s.Progress != nil {
		s.Progress(Progress{Stage: stage, Done: done, Total: total})
	}
}
