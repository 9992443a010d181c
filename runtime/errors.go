package runtime

import (
	"errors"

	"github.com/secretsgen/secretsgen/runtime/audit"
	"github.com/secretsgen/secretsgen/runtime/caller"
	"github.com/secretsgen/secretsgen/runtime/decode"
	"github.com/secretsgen/secretsgen/runtime/pep"
	"github.com/secretsgen/secretsgen/runtime/providers"
	"github.com/secretsgen/secretsgen/runtime/settings"
	"github.com/secretsgen/secretsgen/runtime/uri"
)

// The errors of a read, by the name a user of this package knows. Each is
// defined in the room that raises it. All are pointers to structs; take them
// apart with errors.As. None holds a value, a token, a path or an address.
type (
	// URIError says why a reference is not one.
	URIError = uri.Error
	// ConfigError lists every setting that is missing or malformed.
	ConfigError = settings.Error
	// CallerError says why the context's caller is not one that can be decided on.
	CallerError = caller.Error
	// AuthzDeniedError is a denial by policy. It matches [ErrDenied].
	AuthzDeniedError = pep.AuthzDeniedError
	// BindingDriftError is a use with another sender binding. It matches [ErrDenied].
	BindingDriftError = pep.BindingDriftError
	// ReplayError is a second use of a single-use credential. It matches [ErrDenied].
	ReplayError = pep.ReplayError
	// PDPUnavailableError says that no decision could be had. It is no denial.
	PDPUnavailableError = pep.PDPUnavailableError
	// RevocationError says that a revocation may not have taken hold.
	RevocationError = pep.RevocationError
	// SecretNotFoundError says that nothing is stored there.
	SecretNotFoundError = providers.SecretNotFoundError
	// SecretKeyNotFoundError says that the document has no such key.
	SecretKeyNotFoundError = providers.SecretKeyNotFoundError
	// SecretVersionDeletedError says that the version is deleted.
	SecretVersionDeletedError = providers.SecretVersionDeletedError
	// SecretVersionDestroyedError says that the version is destroyed.
	SecretVersionDestroyedError = providers.SecretVersionDestroyedError
	// ProviderError is every other failure of a store.
	ProviderError = providers.ProviderError
	// AuditError says that a read was refused because its event could not be
	// recorded, under the policy fail_closed. It may come joined to the error of
	// the read itself.
	AuditError = audit.RecordError
	// DecodeError says which rule of its declaration a stored value breaks.
	DecodeError = decode.Error
)

// ErrDenied is matched by every error that means "refused".
var ErrDenied = pep.ErrDenied

// ErrRevocation is returned by [Client.Revoke] for a selection that makes no
// sense.
var ErrRevocation = pep.ErrRevocation

// ErrClosed is returned by every call on a client that was closed, and by a read
// that was under way when [Client.Close] gave up waiting for it. It matches
// [providers.ErrClosed].
var ErrClosed error = closedError{}

type closedError struct{}

func (closedError) Error() string { return "secretsgen: the client is closed" }

func (closedError) Is(target error) bool { return target == providers.ErrClosed }

var (
	// errUnbound is returned by a zero Handle and by a nil client.
	errUnbound = errors.New("secretsgen: not bound to a client: use the generated Open or New")
	// errNoContext is returned for a nil context.
	errNoContext = errors.New("secretsgen: the context is nil: pass the one of the request")
	// errNoReference is returned for a zero reference.
	errNoReference = errors.New("secretsgen: the reference is zero: get one from Client.Parse")
)
