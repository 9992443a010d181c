package gen

import (
	"go/build"
	"os"
	"strings"
)

// buildContext says which Go files the go command builds with tags, as
// [Source.Tags] has them. Like the go command it takes those of GOFLAGS where
// tags is nil; like go/build it knows of the environment, and nothing of what
// "go env -w" wrote.
func buildContext(tags []string) build.Context {
	context := build.Default
	if tags == nil {
		tags = flagTags(os.Getenv("GOFLAGS"))
	}
	context.BuildTags = tags
	return context
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

// buildFlags are the flags of the go command for tags.
func buildFlags(tags []string) []string {
	if tags == nil {
		return nil
	}
	return []string{"-tags=" + strings.Join(tags, ",")}
}
