package main

import (
	"runtime/debug"
	"testing"
)

func TestVersionLine(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		info *debug.BuildInfo
		want string
	}{
		"a released module":                   {&debug.BuildInfo{GoVersion: "go1.26.8", Main: debug.Module{Version: "v1.2.3"}}, "secretsgen v1.2.3 go1.26.8"},
		"a build from a checkout":             {&debug.BuildInfo{GoVersion: "go1.26.8", Main: debug.Module{Version: "(devel)"}}, "secretsgen (devel) go1.26.8"},
		"a build that does not know a module": {&debug.BuildInfo{GoVersion: "go1.26.8"}, "secretsgen (devel) go1.26.8"},
	} {
		if got := versionLine(tt.info); got != tt.want {
			t.Errorf("%s: got %q, want %q", name, got, tt.want)
		}
	}
}
