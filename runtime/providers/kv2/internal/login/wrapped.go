package login

import (
	"context"
	"strings"

	"github.com/secretsgen/secretsgen/runtime/providers"
)

// wrappedSecretID is a SecretID that arrives wrapped. It is unwrapped once and
// then kept for later logins, until there is another wrapping token.
type wrappedSecretID struct {
	token  Credential
	accept func(creationPath string) bool

	spent    func() string // the wrapping token that was used up, or found to be no good; nil: none yet
	secretID func() string // what came of it; nil: nothing
}

func (w *wrappedSecretID) read(ctx context.Context, server Exchanger) (string, error) {
	token, err := w.token.read()
	switch {
	case err != nil && w.secretID != nil: // a file for one use is often gone after it
		return w.secretID(), nil
	case err != nil:
		return "", err
	case w.spent == nil || w.spent() != token:
		if err := w.exchange(ctx, server, token); err != nil {
			return "", err
		}
	}
	if w.secretID == nil {
		return "", wrapInvalid()
	}
	return w.secretID(), nil
}

// exchange gives up a wrapping token for its SecretID. Once the server may have
// seen it, or has said that it is no good, it counts as spent.
func (w *wrappedSecretID) exchange(ctx context.Context, server Exchanger, token string) error {
	answer, err := unwrap(ctx, server, token, w.accept)
	if err != nil && !hasCode(err, providers.WrapInvalid) {
		return err
	}
	w.spent, w.secretID = func() string { return token }, nil
	secretID, ok := dataField(answer.Body, "secret_id")
	if !ok || secretID == "" {
		return wrapInvalid()
	}
	w.secretID = func() string { return secretID }
	return nil
}

// madeForRole accepts the path at which SecretIDs of a role are made. An empty
// role stands for any one.
func madeForRole(mount, role string) func(creationPath string) bool {
	return func(path string) bool {
		name, under := strings.CutPrefix(path, "auth/"+mount+"/role/")
		name, end := strings.CutSuffix(name, "/secret-id")
		return under && end && name != "" && !strings.Contains(name, "/") && (role == "" || name == role)
	}
}
