package main

import (
	"io"
	"os"
	"runtime"

	"golang.org/x/term"

	"github.com/secretsgen/secretsgen/gen/diag"
)

// terminal is what standard error can show beyond plain text. The zero terminal
// is a pipe or a file, and gets nothing else.
type terminal struct {
	rewrites bool // a line can be erased
	colours  bool
}

// terminalOf looks at what w is, and at the environment: a terminal that says it
// is dumb gets plain text, and NO_COLOR takes colours back from any
// (https://no-color.org).
func terminalOf(w io.Writer, getenv func(string) string) terminal {
	file, ok := w.(*os.File)
	if !ok || !term.IsTerminal(int(file.Fd())) || getenv("TERM") == "dumb" {
		return terminal{}
	}
	if runtime.GOOS == "windows" && getenv("TERM") == "" && getenv("WT_SESSION") == "" {
		return terminal{} // the old console shows control sequences as they are
	}
	return terminal{rewrites: true, colours: getenv("NO_COLOR") == ""}
}

// style is that of findings in text.
func (t terminal) style() diag.Style {
	if t.colours {
		return diag.Coloured
	}
	return diag.Plain
}
