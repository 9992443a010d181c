//go:build !race

package otelsecrets_test

const subjects = 1_000_000
