package providers

import "errors"

// The errors of a read. Providers leave Accessor and ResourceRef empty; the
// client fills them with [About]. None of them ever holds a path, an address, a
// header, a body or a value, and none wraps a foreign error. Take them apart
// with errors.As.

// ErrClosed is returned by a read of a provider that was closed. It is the one
// error that has no accessor. The runtime's own ErrClosed matches it.
var ErrClosed = errors.New("secretsgen: the provider is closed")

// SecretNotFoundError says that nothing is stored at the place, or not at that
// version.
type SecretNotFoundError struct{ Accessor, ResourceRef string }

func (e *SecretNotFoundError) Error() string { return about(e.Accessor, e.ResourceRef, "not found") }

// SecretKeyNotFoundError says that the document is there and the key is not.
type SecretKeyNotFoundError struct {
	Accessor, ResourceRef string
	Field                 string // of a document that is read as a struct; empty for the key of the reference
}

func (e *SecretKeyNotFoundError) Error() string {
	if e.Field != "" {
		return about(e.Accessor, e.ResourceRef, "the document has no key "+e.Field)
	}
	return about(e.Accessor, e.ResourceRef, "the document has no such key")
}

// SecretVersionDeletedError says that the version is deleted and can be
// undeleted.
type SecretVersionDeletedError struct {
	Accessor, ResourceRef string
	Version               int
}

func (e *SecretVersionDeletedError) Error() string {
	return about(e.Accessor, e.ResourceRef, "this version is deleted")
}

// SecretVersionDestroyedError says that the version is gone for good.
type SecretVersionDestroyedError struct {
	Accessor, ResourceRef string
	Version               int
}

func (e *SecretVersionDestroyedError) Error() string {
	return about(e.Accessor, e.ResourceRef, "this version is destroyed")
}

// Code says what went wrong between the client and a store.
type Code string

// The codes of a [ProviderError].
const (
	Denied        Code = "denied"        // the store refuses this process's credential
	Throttled     Code = "throttled"     // try later
	Unavailable   Code = "unavailable"   // cannot be reached, sealed, 5xx, timed out
	Misconfigured Code = "misconfigured" // wrong mount, engine, address, certificate
	Malformed     Code = "malformed"     // an answer that makes no sense
	WrapInvalid   Code = "wrap_invalid"  // a wrapping token that was used or tampered with, or a value that came unwrapped
)

// ProviderError is every other failure of a store.
type ProviderError struct {
	Accessor, ResourceRef string
	Scheme                string
	Code                  Code
	Retryable             bool
}

func (e *ProviderError) Error() string {
	text := "provider error: " + string(e.Code)
	if e.Scheme != "" {
		text = e.Scheme + " " + text
	}
	return about(e.Accessor, e.ResourceRef, text)
}

func about(accessor, ref, text string) string {
	if accessor == "" {
		accessor = "secret"
	}
	if ref != "" {
		accessor += " (" + ref + ")"
	}
	return "secretsgen: " + accessor + ": " + text
}

// About returns err with the accessor and resource_ref it is about. An error
// that is none of this package's comes back as a ProviderError without its
// text, as unavailable and worth another try; scheme fills a ProviderError that
// names none. A nil err stays nil, what is [ErrClosed] becomes that alone, and err
// itself is never changed.
func About(err error, accessor, ref, scheme string) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, ErrClosed):
		return ErrClosed
	}
	if e, ok := errors.AsType[*SecretNotFoundError](err); ok {
		c := *e
		c.Accessor, c.ResourceRef = accessor, ref
		return &c
	}
	if e, ok := errors.AsType[*SecretKeyNotFoundError](err); ok {
		c := *e
		c.Accessor, c.ResourceRef = accessor, ref
		return &c
	}
	if e, ok := errors.AsType[*SecretVersionDeletedError](err); ok {
		c := *e
		c.Accessor, c.ResourceRef = accessor, ref
		return &c
	}
	if e, ok := errors.AsType[*SecretVersionDestroyedError](err); ok {
		c := *e
		c.Accessor, c.ResourceRef = accessor, ref
		return &c
	}
	c := ProviderError{Code: Unavailable, Retryable: true}
	if e, ok := errors.AsType[*ProviderError](err); ok {
		c = *e
	}
	c.Accessor, c.ResourceRef = accessor, ref
	if c.Scheme == "" {
		c.Scheme = scheme
	}
	return &c
}
