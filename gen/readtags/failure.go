package readtags

import (
	"fmt"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"

	"golang.org/x/tools/go/packages"

	"github.com/secretsgen/secretsgen/gen/diag"
)

// missing says that a pattern names nothing.
func missing(p *packages.Package) diag.Diagnostic {
	if p.ID == commandLine && len(p.Errors) > 0 {
		return listFailure(p.Errors[0])
	}
	return diag.Diagnostic{
		Pos:     diag.Pos{File: filepath.ToSlash(p.ID)},
		Code:    diag.Unreadable,
		Message: "no package of this module is found here",
		Hint:    "name a folder of the module, as ./config or ./..., below the one that holds go.mod",
	}
}

// listFailure says that the go command gave no list at all. Its own words are
// not passed on: they quote lines of go.mod, and addresses of module proxies.
func listFailure(err error) diag.Diagnostic {
	d := diag.Diagnostic{
		Pos:     diag.Pos{File: "go.mod"},
		Code:    diag.Unreadable,
		Message: "the go command can't list the packages",
		Hint:    `run "go list" with the same paths here, and mend what it says`,
	}
	_, noCommand := exec.LookPath("go")
	place := goModPlace.FindStringSubmatch(err.Error())
	switch {
	case noCommand != nil:
		d.Message = "the go command is not found"
		d.Hint = "install Go, and put its command on PATH"
	case strings.Contains(err.Error(), "go.mod file not found"):
		d.Message = "there is no go.mod here or in a folder above"
		d.Hint = `go to your module, or start one with "go mod init"`
	case place != nil:
		d.Pos.File = filepath.ToSlash(place[1])
		d.Pos.Line, _ = strconv.Atoi(place[2])
		d.Pos.Col = 1
		d.Message = fmt.Sprintf("the go command can't read %s", filepath.Base(place[1]))
	}
	return d
}

// goModPlace finds the line that the go command complains about.
var goModPlace = regexp.MustCompile(`([^\s:]*\bgo\.(?:mod|work)):(\d+)`)
