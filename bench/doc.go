// Package bench measures secretsgen beside what it stands on. It has benchmarks
// and nothing to import.
//
//	make bench BENCH=Authorize
//	cd bench && go test -run '^$' -bench Authorize -count 10 | benchstat -
//
// Each benchmark runs its subject and a baseline in turns, and what counts is
// the ratio between the two: it travels from one machine to another, which a
// time does not (package paired tells what the metrics mean). docs/benchmarks.md
// holds what was measured, against what DESIGN and the issues ask for.
//
// A module of its own, so that what is only compared with reaches nobody who
// imports secretsgen. The programs that binary sizes are taken of are under
// programs. uri.Parse is measured where it lives, in runtime/uri, and so are the
// parts of the generator.
package bench
