package providertest

import (
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"net/url"
	"strings"

	"github.com/secretsgen/secretsgen/runtime/providers"
)

// checkFailure tests what holds of every failed read: there is an error, it
// tells nothing, and the document is zero.
func checkFailure(t reporter, h Harness, at providers.Location, doc providers.Document, err error) {
	t.Helper()
	if err == nil {
		t.Errorf("there is no error")
		return
	}
	if _, fields := doc.Fields(); fields || len(plain(doc).Values[""].Bytes) > 0 {
		t.Errorf("a document came with the error")
	}
	for _, shown := range texts(err) {
		for _, form := range forms(h.Canary) {
			if strings.Contains(shown, form) {
				t.Errorf("%T shows the canary", err)
			}
		}
		if strings.Contains(shown, at.Path) {
			t.Errorf("%T shows the path", err)
		}
	}
}

// texts is all that can be had from err: its text in every verb, and that of
// every error it wraps.
func texts(err error) []string {
	all := []string{err.Error(), fmt.Sprintf("%+v", err), fmt.Sprintf("%#v", err)}
	switch e := err.(type) { //nolint:errorlint // each layer is looked at by itself
	case interface{ Unwrap() error }:
		if inner := e.Unwrap(); inner != nil {
			all = append(all, texts(inner)...)
		}
	case interface{ Unwrap() []error }:
		for _, inner := range e.Unwrap() {
			all = append(all, texts(inner)...)
		}
	}
	return all
}

// forms are the spellings in which a canary may get into a text.
func forms(canary string) []string {
	quoted := fmt.Sprintf("%q", canary)
	return []string{
		canary,
		quoted[1 : len(quoted)-1],
		url.QueryEscape(canary),
		hex.EncodeToString([]byte(canary)),
		// Without the last characters, which depend on what follows.
		base64.RawStdEncoding.EncodeToString([]byte(canary))[:len(canary)],
		base64.RawURLEncoding.EncodeToString([]byte(canary))[:len(canary)],
	}
}
