package pep

import "errors"

// Extension is what a program passes to runtime.New for the enforcement point:
// a PDP of its own, shared stores, hooks. It implements extension.Extension.
// The zero Extension changes nothing.
type Extension struct {
	PDP    PDP
	Grants GrantStore
	Replay ReplayStore
	Hooks  []Hook

	// Random is that of [Config], for tests that run on a clock of their own.
	Random func() float64
}

// ExtensionName implements extension.Extension.
func (Extension) ExtensionName() string { return "enforcement point" }

// Merge adds what other holds to e. There is one PDP and one store of each
// kind: a second one is an error that says so, and then e is unchanged.
func (e *Extension) Merge(other Extension) error {
	switch {
	case e.PDP != nil && other.PDP != nil:
		return errors.New("was passed two PDPs: keep one")
	case e.Grants != nil && other.Grants != nil:
		return errors.New("was passed two grant stores: keep one")
	case e.Replay != nil && other.Replay != nil:
		return errors.New("was passed two replay stores: keep one")
	case e.Random != nil && other.Random != nil:
		return errors.New("was passed two sources of jitter: keep one")
	}
	if other.PDP != nil {
		e.PDP = other.PDP
	}
	if other.Grants != nil {
		e.Grants = other.Grants
	}
	if other.Replay != nil {
		e.Replay = other.Replay
	}
	if other.Random != nil {
		e.Random = other.Random
	}
	e.Hooks = append(e.Hooks[:len(e.Hooks):len(e.Hooks)], other.Hooks...)
	return nil
}
