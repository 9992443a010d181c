package observe

// Extension is what a program passes to runtime.New to observe its client. It
// implements extension.Extension.
type Extension struct{ Observers []Observer }

// ExtensionName implements extension.Extension.
func (Extension) ExtensionName() string { return "observers" }
