package login

import "context"

// Session holds the client token of one server. It is safe for concurrent use.
type Session struct{ token string }

// Static is a session with a token that is given and never changes.
func Static(token string) *Session { return &Session{token: token} }

// Token returns the token to send now.
func (s *Session) Token(context.Context) (string, error) { return s.token, nil }

// Replace is told that the server has refused a token with 403, and returns
// another one if there is one. It reports false if there is none: the refusal
// then stands.
func (s *Session) Replace(context.Context, string) (token string, ok bool, err error) {
	return "", false, nil
}

// Close ends what goes on in the background.
func (s *Session) Close(context.Context) error { return nil }
