package pep

// guard is step 1: the reference must lie in a mount that the tenant may use
// now. A mount that was taken away refuses the next read, live grants included
// (DESIGN section 9).
func (e *Enforcer) guard(a *attempt) error {
	return a.declared.declaration.Ref.Guard(e.mounts())
}
