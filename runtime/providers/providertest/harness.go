package providertest

import (
	"sync"
	"testing"

	"github.com/secretsgen/secretsgen/runtime/providers"
)

// Harness says what is where in the store of the provider under test. Choose
// paths that no error text would hold of itself: the suite looks for them, too.
type Harness struct {
	// Provider is under test. The suite reads from it and, at its end, closes it
	// if it is a [providers.Closer].
	Provider providers.Provider
	// Canary is part of every stored value and, where there is one, of the
	// provider's credential. No error may hold it in any form.
	Canary string

	// Latest is a document that is read without a version. Where Pinned is not
	// empty, it has more than one.
	Latest Read
	// Pinned are reads of one version each. Empty says that the store has no
	// versions; a pin must then not be found.
	Pinned []Read
	// Missing holds nothing.
	Missing providers.Location
	// MissingVersion is a version of an existing document that was never
	// written. It is asked for where Pinned is not empty.
	MissingVersion providers.Location
	// Denied is what the store refuses to this provider.
	Denied *providers.Location
	// Deleted is a version that is deleted, and LatestDeleted a document whose
	// latest version is, while an older one is not.
	Deleted, LatestDeleted *providers.Location
	// Destroyed is a version that is destroyed.
	Destroyed *providers.Location
	// Stalled is what the store does not answer for.
	Stalled *Stall
}

// Read is a location and the document that stands there.
type Read struct {
	At   providers.Location
	Want providers.Document
}

// Stall is a location whose reads reach the store and come to no end there: a
// server whose handler waits for its client to go away, say. There is one read of
// it at a time.
type Stall struct {
	At providers.Location
	// Reached receives once for each read that has got there.
	Reached <-chan struct{}

	one sync.Mutex
}

// Run tests that the provider keeps the contract of [providers.Provider], and
// those of [providers.Wrapper], [providers.MetadataReader], [providers.KeyReader]
// and [providers.Closer] as far as it is one, in everything that the harness can
// show. Its subtests run in parallel.
func Run(t *testing.T, h Harness) {
	t.Helper()
	if h.Canary == "" {
		t.Fatal("the harness has no canary")
	}
	t.Run("open", func(t *testing.T) {
		for _, c := range append(checks(), wrappedChecks(h.Provider)...) {
			t.Run(c.name, func(t *testing.T) {
				t.Parallel()
				c.run(t, h)
			})
		}
	})
	t.Run("closed", func(t *testing.T) { checkClosed(t, h) })
}
