package providers

import (
	"context"
	"log/slog"
	"time"

	"github.com/secretsgen/secretsgen/runtime/observe"
	"github.com/secretsgen/secretsgen/runtime/settings"
)

// Location is a document in a store: everything of a reference but its key,
// which the client picks after the grant check, so that a grant for one key
// never serves another (DESIGN section 6).
type Location struct {
	Mount   string
	Path    string // slash-joined, without the mount
	Version int    // 0: latest
}

// Provider reads documents. A failure is one of the typed errors of this
// package; any other error is shown as a [*ProviderError] without its text,
// since foreign errors carry addresses and bodies. Read never returns a zero
// document with a nil error.
//
// Read is called from many goroutines, and once for all callers who want the same
// document at that moment: ctx has the values of the first of them, and a
// document must not depend on who that is. Unless reads are not shared
// ([Factory.Local]), ctx has no caller: what a provider reads through its client in
// turn is read for the process, and ctx has to go along, by which a circle is told
// from a wait. When ctx ends, it returns ctx.Err() at
// once; a deadline of the provider's own is [Unavailable]. A store without
// versions answers a location that has one with [*SecretNotFoundError]. A
// provider opens no connection before its first Read.
type Provider interface {
	Read(ctx context.Context, at Location) (Document, error)
}

// Wrapper is a provider that can meet a response_wrap obligation: the value
// travels wrapped for at most ttl, which is above zero, and is unwrapped once, by
// this process. ReadWrapped has the contract of Read. What can't be unwrapped, and
// a value that came unwrapped, is a [*ProviderError] with the code [WrapInvalid].
type Wrapper interface {
	ReadWrapped(ctx context.Context, at Location, ttl time.Duration) (Document, error)
}

// MetadataReader is a provider that can read metadata without the value: what
// [Document.Metadata] of the same location says. ReadMetadata has the contract of
// Read; the value is not sent, and the store may allow the one where it refuses the
// other.
type MetadataReader interface {
	ReadMetadata(ctx context.Context, at Location) (Metadata, error)
}

// KeyReader is a provider that can read which keys a document of fields has,
// without their values: sorted, and never nil with a nil error. ReadKeys has the
// contract of Read; the store may allow the one where it refuses the other.
type KeyReader interface {
	ReadKeys(ctx context.Context, at Location) ([]string, Metadata, error)
}

// Closer is a provider that holds something to give back. Close may be called
// while reads are under way, which then end as they can, and more than once. A
// read that begins afterwards returns [ErrClosed].
type Closer interface {
	Close(ctx context.Context) error
}

// Factory makes the providers of one package. Provider packages return it from
// a function named Provider, and runtime.New takes it as an extension.
type Factory struct {
	// Package is the import path to name when a scheme is asked for and this
	// factory was not passed.
	Package string
	// Schemes are the base schemes it serves, for instance "openbao+kv2". A
	// declared instance such as "openbao-eu+kv2" is served by the factory of
	// its base scheme.
	Schemes []string
	// StandsIn names further schemes that this factory serves in place of
	// their own, from settings; nil for none. Only the development store does.
	StandsIn func(settings.Source) []string
	// Local says that what its providers read is on this machine, and that reading
	// it is quick. Nothing travels, so that a declaration's response_wrap is met,
	// and each caller reads for itself.
	Local bool
	// Open checks settings and makes the provider of one scheme. It opens no
	// connection and reads no secret. It reports every missing or malformed
	// setting at once, as a [*settings.Error].
	Open func(ctx context.Context, in Instance) (Provider, error)
}

// ExtensionName implements extension.Extension.
func (f Factory) ExtensionName() string { return "provider " + f.Package }

// Instance is what a factory may know when it makes a provider.
type Instance struct {
	Scheme      string // "openbao-eu+kv2"
	Name        string // "openbao-eu": the scheme's part before the "+"
	Settings    settings.Source
	Development bool         // ENVIRONMENT is dev or test
	Logger      *slog.Logger // for warnings to the operator; never nil
	// Notify takes notices, from any goroutine, and returns at once; nil: nobody
	// listens. Providers call Tell.
	Notify func(Notice)
	// Observe takes operations within a call, and those of the provider's own; nil:
	// nobody is told. Providers call Begin.
	Observe func(ctx context.Context, op observe.Operation) (context.Context, func(error))
}
