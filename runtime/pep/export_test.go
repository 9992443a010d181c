package pep

// NewGrantStore is the store of this process, for tests that put something in
// front of it.
func NewGrantStore(capacity int) GrantStore { return someGrants(capacity) }
