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

// missing says that a pattern names nothing. Places are shown from dir.
func (m *module) missing(dir string, p *packages.Package) diag.Diagnostic {
	if p.ID == commandLine && len(p.Errors) > 0 {
		return m.listFailure(dir, p.Errors[0])
	}
	d := diag.Diagnostic{
		Pos:     diag.Pos{File: filepath.ToSlash(m.asGiven(p.ID))},
		Code:    diag.Unreadable,
		Message: "no package of this module is found here",
		Hint:    "name a folder of the module, as ./config or ./..., below the one that holds go.mod",
	}
	if len(p.Errors) > 0 && strings.HasPrefix(p.ID, ".") && outsideOfWorkspace(p.Errors[0]) {
		d.Message, d.Hint = workspaceMessage, workspaceHint
	}
	return d
}

// A module that a go.work above it leaves out is none to the go command.
const (
	workspaceMessage = "the module of this folder is not listed in the go.work above it"
	workspaceHint    = `run "go work use ." in the module, or set GOWORK=off`
)

// outsideOfWorkspace reports whether that is what the go command says of a folder,
// whose own module it was run in.
func outsideOfWorkspace(err error) bool {
	message := err.Error()
	return strings.Contains(message, "does not contain package") ||
		strings.Contains(message, "not one of the workspace modules") ||
		strings.Contains(message, "does not contain modules listed in go.work")
}

// listFailure says that the go command gave no list at all. Its own words are
// not passed on: they quote lines of go.mod, and addresses of module proxies.
func (m *module) listFailure(dir string, err error) diag.Diagnostic {
	d := diag.Diagnostic{
		Pos:     diag.Pos{File: diag.Relative(dir, filepath.Join(m.dir, "go.mod"))},
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
	case strings.Contains(err.Error(), "vendor/modules.txt"):
		d.Message = "the vendor folder is not what go.mod requires"
		d.Hint = `run "go mod vendor", or "go work vendor" where a go.work is`
	case place != nil:
		path := filepath.FromSlash(place[1])
		if !filepath.IsAbs(path) {
			path = filepath.Join(m.dir, path)
		}
		d.Pos.File = diag.Relative(dir, path)
		d.Pos.Line, _ = strconv.Atoi(place[2])
		d.Pos.Col = 1
		d.Message = fmt.Sprintf("the go command can't read %s", filepath.Base(path))
	case outsideOfWorkspace(err):
		d.Message, d.Hint = workspaceMessage, workspaceHint
	}
	return d
}

// goModPlace finds the line that the go command complains about.
var goModPlace = regexp.MustCompile(`([^\s:]*\bgo\.(?:mod|work)):(\d+)`)
