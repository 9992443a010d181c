//go:build race

package otelsecrets_test

// subjects are fewer under the race detector, which takes ten times as long.
const subjects = 50_000
