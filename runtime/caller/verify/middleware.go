package verify

import (
	"errors"
	"net/http"

	"github.com/secretsgen/secretsgen/runtime/caller"
)

// Middleware verifies the caller of each request and puts it into the context
// that next gets. A request whose caller can't be verified is answered by
// [Config.Refuse] and does not reach next.
func (v *Verifier) Middleware(next http.Handler) http.Handler { return v.middleware(next, false) }

// Optional is [Verifier.Middleware] that lets a request without credentials
// through. Its context carries a caller that is nobody, so that what is read
// under it is refused and not taken for a read of the process's own;
// [caller.AsWorkload] says that it is one. Credentials that do not verify are
// refused here too.
func (v *Verifier) Optional(next http.Handler) http.Handler { return v.middleware(next, true) }

func (v *Verifier) middleware(next http.Handler, optional bool) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		c, err := v.FromRequest(r)
		if err != nil && !(optional && IsAnonymous(err)) {
			v.cfg.Refuse(w, r, err)
			return
		}
		if nonce := v.NextNonce(c); nonce != "" {
			w.Header().Set("DPoP-Nonce", nonce)
		}
		next.ServeHTTP(w, r.WithContext(caller.NewContext(r.Context(), c)))
	})
}

// IsAnonymous reports whether err of [Verifier.FromRequest] says that the request
// carries no credentials at all, rather than ones that do not verify.
func IsAnonymous(err error) bool {
	failure, ok := errors.AsType[*Error](err)
	return ok && failure.Code == NoCredentials
}

// NextNonce returns the nonce for the caller's next proof, which an answer hands
// out as DPoP-Nonce (RFC 9449 section 8.2); empty if the caller used no proof or
// proofs need no nonce.
func (v *Verifier) NextNonce(c caller.Caller) string {
	if v.cfg.Nonces == nil || c.ProofID == "" {
		return ""
	}
	return v.cfg.Nonces.Issue()
}
