package settings

// Hidden is a setting that may be secret. Like a [Source] it holds its text behind a
// function, where no printer finds it, in whatever field of whatever struct it is.
// The zero value holds none.
type Hidden struct{ text func() string }

func hide(text string) Hidden {
	if text == "" {
		return Hidden{}
	}
	return Hidden{func() string { return text }}
}

// Reveal returns the text; empty: the setting is not set.
func (h Hidden) Reveal() string {
	if h.text == nil {
		return ""
	}
	return h.text()
}

func (h Hidden) isSet() bool { return h.text != nil }
