// Package formats reads what the command secretsgen writes for other programs
// with implementations that are not this project's, over everything that its own
// scripts declare wrongly and some names that are hard to write down.
//
// The tests build the command and run it; they need no server. The SARIF schema
// is the one in the module go-sarif. The JSON of `--format json` is what the
// other formats are compared with, so that all say the same.
package formats
