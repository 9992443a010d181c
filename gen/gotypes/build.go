package gotypes

import (
	"go/build"
	"os"
	"strings"
)

// buildContext selects files as the go command would with the same tags and
// environment.
func buildContext(cfg Config) build.Context {
	ctx := build.Default
	tags := cfg.Tags
	for _, variable := range environment(cfg) {
		name, value, _ := strings.Cut(variable, "=")
		switch name {
		case "GOOS":
			if value != "" {
				ctx.GOOS = value
			}
		case "GOARCH":
			if value != "" {
				ctx.GOARCH = value
			}
		case "CGO_ENABLED":
			if value != "" {
				ctx.CgoEnabled = value == "1"
			}
		case "GOFLAGS":
			if len(cfg.Tags) == 0 {
				tags = tagsOf(value)
			}
		}
	}
	ctx.BuildTags = nil
	for _, t := range tags {
		ctx.BuildTags = append(ctx.BuildTags, strings.FieldsFunc(t, func(r rune) bool { return r == ',' || r == ' ' })...)
	}
	return ctx
}

// tagsOf are the build tags among the flags of GOFLAGS.
func tagsOf(flags string) []string {
	var tags []string
	for flag := range strings.FieldsSeq(flags) {
		if value, ok := strings.CutPrefix(strings.TrimLeft(flag, "-"), "tags="); ok {
			tags = []string{value}
		}
	}
	return tags
}

func environment(cfg Config) []string {
	if cfg.Env != nil {
		return cfg.Env
	}
	return os.Environ()
}
