package login

import (
	"errors"
	"io/fs"
	"os"
	"strings"

	"github.com/secretsgen/secretsgen/runtime/providers/internal/regularfile"
	"github.com/secretsgen/secretsgen/runtime/providers/kv2/internal/exchange"
)

// maxCredential is the largest file with a credential, in bytes.
const maxCredential = 64 << 10

// Credential is what a login shows to the server. It is read anew each time, so
// that what a platform rotates in a file is never an old one.
type Credential struct{ read func() (string, error) }

// Given is a credential that never changes.
func Given(text string) Credential {
	return Credential{func() (string, error) { return text, nil }}
}

// FromFile is the credential in a file, without the white space around it.
// setting is the variable that names the file, for the log.
func FromFile(path, setting string) Credential {
	return Credential{func() (string, error) {
		text, err := readFile(path)
		if err != nil {
			return "", &fileError{setting: setting, failure: err}
		}
		return text, nil
	}}
}

// readFile returns a [*providers.ProviderError] that is retryable if the file is
// missing: whoever writes it may not have come to it.
func readFile(path string) (string, error) {
	file, err := os.OpenFile(path, regularfile.Flags, 0)
	var content []byte
	if err == nil {
		content, err = regularfile.Read(file, maxCredential)
	}
	switch {
	case errors.Is(err, fs.ErrPermission):
		return "", misconfigured()
	case err != nil:
		return "", regularfile.Failure(err)
	}
	text := strings.TrimSpace(string(content))
	if text == "" || !exchange.Printable(text) {
		return "", misconfigured()
	}
	return text, nil
}
