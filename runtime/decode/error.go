package decode

// Error says that a stored value does not fit its declaration. The runtime
// calls it DecodeError. It never holds the value and wraps nothing (DESIGN
// section 3).
type Error struct {
	Accessor    string // filled by the client
	ResourceRef string // filled by the client
	Field       string // key of a field of a struct; empty for the secret itself
	Rule        string // what the value breaks, for instance "is not an integer"
}

// Error names the secret, the field and the rule.
func (e *Error) Error() string {
	text := e.Accessor
	if text == "" {
		text = "secret"
	}
	if e.ResourceRef != "" {
		text += " (" + e.ResourceRef + ")"
	}
	text = "secretsgen: " + text + ": "
	if e.Field != "" {
		text += "field " + e.Field + " "
	} else {
		text += "the stored value "
	}
	return text + e.Rule
}

func fail(rule string) error { return &Error{Rule: rule} }
