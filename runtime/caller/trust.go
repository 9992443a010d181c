package caller

import (
	"errors"
	"net/http"
)

// TrustHeaders is middleware for services behind a mesh or gateway: it takes the
// caller out of the headers of [FromTrustedHeaders] and puts it into the context.
// Whoever can reach next past that hop can be anybody; that is why it is named
// for what it trusts, and why nothing uses it unless a program says so.
//
// A request without a subject is answered with 401, one whose headers are
// malformed with 400, both without a reason. Beside a verifier it is one or the
// other, never both around a handler: the inner one would replace the caller.
func TrustHeaders(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		c, err := FromTrustedHeaders(r.Header)
		if err != nil {
			status := http.StatusBadRequest
			if e, ok := errors.AsType[*Error](err); ok && e.Code == MissingSubject {
				status = http.StatusUnauthorized
			}
			w.Header().Set("Cache-Control", "no-store")
			http.Error(w, http.StatusText(status), status)
			return
		}
		next.ServeHTTP(w, r.WithContext(NewContext(r.Context(), c)))
	})
}
