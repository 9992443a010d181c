package diag

// Style says how [WriteText] sets its lines. Whether what it writes to is a
// terminal is the caller's to know.
type Style uint8

// The styles.
const (
	Plain    Style = iota
	Coloured       // bold places, codes in red or yellow, dim asides: for a terminal
)

// The control sequences of ECMA-48 (select graphic rendition) that every
// terminal with colours knows. Each line ends what it begins, so that one line
// alone, as grep gives it, is whole.
const (
	bold   = "\x1b[1m"
	dim    = "\x1b[2m"
	red    = "\x1b[31m"
	yellow = "\x1b[33m"
	reset  = "\x1b[0m"
)

func (s Style) set(sequence, text string) string {
	if s == Plain {
		return text
	}
	return sequence + text + reset
}

func (s Style) place(text string) string { return s.set(bold, text) }
func (s Style) aside(text string) string { return s.set(dim, text) }

// code is red for what is wrong, and yellow for a file that wants an update.
func (s Style) code(c Code) string {
	colour := yellow
	if c.Invalid() {
		colour = red
	}
	return s.set(colour, "["+string(c)+"]")
}
