package runtime

import (
	"context"
	"time"

	"github.com/secretsgen/secretsgen/runtime/decode"
	"github.com/secretsgen/secretsgen/runtime/pep"
	"github.com/secretsgen/secretsgen/runtime/providers"
	"github.com/secretsgen/secretsgen/runtime/uri"
)

// Handle is one declaration bound to a client. Generated accessors hold one and
// call Read. It is a small value, safe for concurrent use, and holds nothing
// secret. The zero Handle reads an error.
type Handle[T any] struct {
	target *target
	decode decode.Decoder[T]
}

// Read asks the enforcement point for one use of a grant, reads the document
// from its provider, picks the key, decodes it and records the read (DESIGN
// sections 1 and 5). The error is one of those that this package lists.
func (h Handle[T]) Read(ctx context.Context) (Secret[T], error) {
	if h.target == nil {
		return Secret[T]{}, errUnbound
	}
	k, err := h.target.client.enter(ctx)
	if err != nil {
		return Secret[T]{}, err
	}
	defer k.gate.leave()
	return read(ctx, k, h.target, h.decode)
}

// target is all that a read needs to know of one declaration, worked out once.
type target struct {
	client      *Client // holds its parts where a reflective printer finds none
	store       *store
	declaration pep.Declaration
	declared    *pep.Declared // the same, made ready
	location    providers.Location
	resourceRef string
	kept        keptFunc      // nil: nothing is
	wrap        time.Duration // that the declaration asks for; 0: none
	faked       bool          // a test gives the value
}

// newTarget binds a reference to its store. The accessor is empty for a
// reference learned at run time.
func newTarget(client *Client, s *store, accessor string, ref uri.URI) *target {
	declaration := pep.Declaration{Ref: ref, Accessor: accessor, CanWrap: s.readWrapped != nil}
	return &target{
		client:      client,
		store:       s,
		declaration: declaration,
		declared:    pep.Declare(declaration),
		location:    locationOf(ref),
		resourceRef: client.core().salt.Ref(ref),
	}
}

// locationOf is where the document of a reference is.
func locationOf(ref uri.URI) providers.Location {
	return providers.Location{Mount: ref.Mount(), Path: ref.Path(), Version: ref.Version()}
}
