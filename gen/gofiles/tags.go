package gofiles

import (
	"go/build"
	"os"
	"strings"
)

// Context says which Go files the go command builds with tags, in an environment
// as os.Environ has it. Nil tags are those of GOFLAGS, and an empty list is none,
// as it is with the go command; a nil environment is the process's own. Like
// go/build it knows of the environment, and nothing of what "go env -w" wrote.
func Context(tags, environment []string) build.Context {
	context := build.Default
	if environment == nil {
		environment = os.Environ()
	}
	for _, variable := range environment {
		name, value, _ := strings.Cut(variable, "=")
		switch {
		case name == "GOFLAGS" && tags == nil:
			context.BuildTags = flagTags(value)
		case value == "":
		case name == "GOOS":
			context.GOOS = value
		case name == "GOARCH":
			context.GOARCH = value
		case name == "CGO_ENABLED":
			context.CgoEnabled = value == "1"
		}
	}
	if tags != nil {
		context.BuildTags = tags
	}
	return context
}

// Flags are the flags of the go command for tags.
func Flags(tags []string) []string {
	if tags == nil {
		return nil
	}
	return []string{"-tags=" + strings.Join(tags, ",")}
}

// flagTags are the build tags of a list of flags, as GOFLAGS has them: separated
// by blanks, one of them perhaps "-tags=a,b". The last one counts.
func flagTags(flags string) []string {
	var tags []string
	for flag := range strings.FieldsSeq(flags) {
		flag = strings.Trim(flag, `'"`)
		if list, ok := strings.CutPrefix(strings.TrimLeft(flag, "-"), "tags="); ok && flag[0] == '-' {
			tags = strings.FieldsFunc(list, func(r rune) bool { return r == ',' || r == '\'' || r == '"' })
		}
	}
	return tags
}
