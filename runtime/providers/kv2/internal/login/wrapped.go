package login

import (
	"context"
	"strings"

	"github.com/secretsgen/secretsgen/runtime/providers"
	"github.com/secretsgen/secretsgen/runtime/providers/kv2/internal/exchange"
	"github.com/secretsgen/secretsgen/runtime/providers/kv2/internal/wrapping"
)

// wrappedSecretID is a SecretID that arrives wrapped. It is unwrapped once and
// then kept for later logins, until there is another wrapping token.
type wrappedSecretID struct {
	token    Credential
	expected wrapping.Expected

	spent    func() string // the wrapping token that the server has seen to use up; nil: none yet
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
		if err := w.unwrap(ctx, server, token); err != nil {
			return "", err
		}
	}
	if w.secretID == nil {
		return "", wrapping.Invalid()
	}
	return w.secretID(), nil
}

// unwrap gives up a wrapping token for its SecretID. Once that may have reached the
// server, the token is spent, whatever came back.
func (w *wrappedSecretID) unwrap(ctx context.Context, server Exchanger, token string) error {
	watched := &unwrapping{Exchanger: server}
	answer, err := wrapping.Unwrap(ctx, watched, token, w.expected)
	if err != nil && !watched.sent { // the token is as good as it was
		return err
	}
	w.spent, w.secretID = func() string { return token }, nil
	secretID, ok := "", err == nil
	if ok {
		secretID, ok = readSecretID(answer.Body)
	}
	if !ok {
		return wrapping.Invalid()
	}
	w.secretID = func() string { return secretID }
	return nil
}

// unwrapping is a server, and whether the request for the one use of a token may
// have reached it.
type unwrapping struct {
	Exchanger
	sent bool
}

// Do implements [Exchanger].
func (u *unwrapping) Do(ctx context.Context, req exchange.Request) (exchange.Answer, error) {
	answer, err := u.Exchanger.Do(ctx, req)
	u.sent = u.sent || req.Path == wrapping.UnwrapPath && (err == nil || !answer.Unsent)
	return answer, err
}

// readSecretID reads the answer that made a SecretID.
func readSecretID(body []byte) (string, bool) {
	data, ok := exchange.Object(body, "data")
	secretID := data["secret_id"]
	return string(secretID.Bytes()), ok && secretID.Kind() == providers.Text && len(secretID.Bytes()) > 0
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
