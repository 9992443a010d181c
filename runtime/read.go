package runtime

import (
	"context"
	"errors"
	"time"

	"github.com/secretsgen/secretsgen/runtime/decode"
	"github.com/secretsgen/secretsgen/runtime/observe"
	"github.com/secretsgen/secretsgen/runtime/pep"
	"github.com/secretsgen/secretsgen/runtime/providers"
)

// read is the corridor: enforcement point, provider, key, type, trail. Plaintext
// passes this file, load.go, flight.go and shelf.go, and no other of the client. It
// is called inside the gate of k.
func read[T any](ctx context.Context, k *core, t *target, decoder decode.Decoder[T]) (Secret[T], error) {
	start := time.Now()
	ctx, running := k.observers().begin(ctx, observe.Resolve, t.observed(), start)
	defer running.end()
	permit, err := k.enforcer.Authorize(ctx, t.declared)
	if err := k.admit(ctx, t, permit, err, start); err != nil {
		running.became(told(permit, ending{}, err))
		return Secret[T]{}, err
	}
	secret, ended, err := unseal(ctx, k, t, permit, t.fetch(ctx, permit), decoder, start)
	running.became(told(permit, ended, err))
	return secret, err
}

// fetched is what there is of a secret before its key is picked.
type fetched struct {
	doc  providers.Document
	kept bool // it was there already
	err  error
}

// unseal turns what was fetched into a Secret and records the read.
func unseal[T any](ctx context.Context, k *core, t *target, permit pep.Permit, f fetched, decoder decode.Decoder[T], start time.Time) (secret Secret[T], ended ending, err error) {
	ended.kept, err = f.kept, t.about(f.err)
	if err == nil {
		secret, ended.absent, err = decodeDocument(t, f.doc, decoder)
	} else if _, nothing := errors.AsType[*SecretNotFoundError](err); nothing {
		secret, ended.absent, err = decodeAbsent(t, providers.Metadata{}, decoder, err)
	}
	ended.version = secret.Version()
	if err := k.recordRead(ctx, t, permit, ended, err, start); err != nil {
		return Secret[T]{}, ended, err
	}
	return secret, ended, nil
}

// decodeDocument picks the key, which happens after the grant check, so that a
// grant for one key never serves another (DESIGN section 6), and decodes.
func decodeDocument[T any](t *target, doc providers.Document, decoder decode.Decoder[T]) (secret Secret[T], absent bool, err error) {
	m := doc.Metadata()
	if key := t.declaration.Ref.Key(); key != "" {
		value, err := doc.Pick(key)
		if err != nil && lacksKey(doc, err) {
			return decodeAbsent(t, m, decoder, t.about(err))
		}
		if err != nil {
			return Secret[T]{}, false, t.about(err)
		}
		doc = providers.Scalar(value, m)
	}
	value, err := decodeSafely(doc, decoder)
	if err != nil {
		return Secret[T]{}, false, t.about(err)
	}
	return sealFor(t, value, m), false, nil
}

// sealFor hides a value of t, with what the store told of its document.
func sealFor[T any](t *target, value T, m providers.Metadata) Secret[T] {
	return seal(value, meta{ref: t.resourceRef, version: m.Version, created: m.Created, custom: m.Custom})
}

// lacksKey reports whether the key of a failed pick is absent: doc could hold it
// and does not. A value that is no object is of another form than declared, and
// a default in its place would hide that.
func lacksKey(doc providers.Document, err error) bool {
	if _, missing := errors.AsType[*SecretKeyNotFoundError](err); !missing {
		return false
	}
	value, one := doc.Scalar()
	if !one {
		return true
	}
	_, err = providers.ParseObject(value.Bytes())
	return err == nil
}

// decodeAbsent offers the decoder that there is no value. If it takes that, with
// a default say, the read succeeds; otherwise the error that told of it stays. m
// is what is known of the document that lacks the key.
func decodeAbsent[T any](t *target, m providers.Metadata, decoder decode.Decoder[T], why error) (secret Secret[T], absent bool, err error) {
	value, err := decodeSafely(providers.Absent(), decoder)
	if err != nil {
		return Secret[T]{}, false, why
	}
	return sealFor(t, value, m), true, nil
}

// decodeSafely keeps what a decoder of a user's type says, or panics with, from
// leaving the corridor: it could hold the value. The errors of package decode
// pass.
func decodeSafely[T any](doc providers.Document, decoder decode.Decoder[T]) (value T, err error) {
	defer func() {
		if recover() != nil {
			err = &DecodeError{Rule: "makes its decoder panic"}
		}
	}()
	value, err = decoder(doc)
	if err == nil {
		return value, nil
	}
	var zero T
	if e, ok := errors.AsType[*DecodeError](err); ok {
		return zero, e
	}
	if e, ok := errors.AsType[*SecretKeyNotFoundError](err); ok {
		return zero, e
	}
	return zero, &DecodeError{Rule: "cannot be decoded"}
}

// fetch gets the document: what is kept of it, if the declaration allows that,
// and else what its store has now. The permit is there already. One that has the
// value travel wrapped takes nothing of what is kept, and leaves nothing there.
func (t *target) fetch(ctx context.Context, permit pep.Permit) fetched {
	if ttl := t.wrapped(permit); ttl > 0 {
		doc, err := t.store.readWrapped(ctx, t.location, ttl)
		return fetched{doc: doc, err: err}
	}
	if doc, ok := t.lookUp(); ok {
		return fetched{doc: doc, kept: true}
	}
	doc, err := t.store.read(ctx, t.location)
	return fetched{doc: doc, err: err}
}

// lookUp is what is kept of the document and young enough for the declaration.
func (t *target) lookUp() (doc providers.Document, ok bool) {
	if t.kept == nil {
		return providers.Document{}, false
	}
	return t.kept(time.Now())
}

// wrapped is for how long the value of a read may wait in its wrapping: the
// shorter of what the declaration and the permit say. It is 0 for a read that is
// not wrapped.
func (t *target) wrapped(permit pep.Permit) time.Duration {
	if t.wrap == 0 || permit.ResponseWrap == 0 {
		return max(t.wrap, permit.ResponseWrap)
	}
	return min(t.wrap, permit.ResponseWrap)
}

// about says in the error of a provider or decoder which declaration it is
// about. The error of the caller's own context stays what it is.
func (t *target) about(err error) error {
	if given := t.given(err); given != nil {
		return given
	}
	if e, ok := errors.AsType[*DecodeError](err); ok {
		c := *e
		c.Accessor, c.ResourceRef = t.declaration.Accessor, t.resourceRef
		return &c
	}
	if isContextError(err) {
		return err
	}
	if errors.Is(err, providers.ErrClosed) { // by Client.Close, which waits no longer than it may
		return ErrClosed
	}
	return providers.About(err, t.declaration.Accessor, t.resourceRef, t.store.scheme)
}
