package authzen

import "strings"

// maxToken is the largest token file, in bytes.
const maxToken = 16 << 10

// credential is the PEP's own bearer token, held by a function so that no way
// of printing a client shows it. It reports false if there should be a token
// and none can be had.
type credential func() (token string, ok bool)

func newCredential(token, file string) credential {
	if file == "" {
		return func() (string, bool) { return token, true }
	}
	return func() (string, bool) { return readToken(file) }
}

func readToken(path string) (string, bool) {
	data, ok := readFile(path, maxToken)
	token := strings.TrimSpace(string(data))
	return token, ok && isToken(token)
}

// isToken holds a token to the characters of RFC 6750, section 2.1, none of
// which ends a header.
func isToken(token string) bool {
	for _, c := range []byte(token) {
		switch {
		case 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z', '0' <= c && c <= '9', strings.IndexByte("-._~+/=", c) >= 0:
		default:
			return false
		}
	}
	return token != ""
}
