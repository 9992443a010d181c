package verify

import (
	"context"
	"net/http"
	"strings"

	"github.com/go-jose/go-jose/v4"

	"github.com/secretsgen/secretsgen/runtime/caller"
)

// Verifier verifies who makes a request. It is safe for concurrent use.
type Verifier struct {
	cfg        Config
	algorithms []jose.SignatureAlgorithm
	told       string // the algorithms, for challenges
	keys       *keys  // nil where no token is taken
}

// New makes a verifier. It opens no connection: the keys are fetched when the
// first token comes, or by [Verifier.Warm]. The error is a [*settings.Error] with
// everything that is wrong, by the name of the environment variable or field.
func New(cfg Config) (*Verifier, error) {
	cfg, err := cfg.checked()
	if err != nil {
		return nil, err
	}
	v := &Verifier{cfg: cfg, told: strings.Join(cfg.Algorithms, " ")}
	for _, alg := range cfg.Algorithms {
		v.algorithms = append(v.algorithms, jose.SignatureAlgorithm(alg))
	}
	if cfg.Issuer != "" {
		v.keys = newKeys(&cfg)
	}
	return v, nil
}

// Warm fetches the issuer's keys if there are none, so that the first request
// needn't wait for them: for a readiness check. The error is an [*Error].
func (v *Verifier) Warm(ctx context.Context) error {
	if v.keys == nil {
		return nil
	}
	if err := v.keys.warm(ctx); err != nil {
		return err
	}
	return nil
}

// Close ends a fetch of keys that is under way, and waits for it. Nothing else
// runs in the background. A closed verifier refuses with [KeysUnavailable] what
// it would have to fetch keys for.
func (v *Verifier) Close() {
	if v.keys != nil {
		v.keys.close()
	}
}

// FromRequest returns the verified caller of a request, or an [*Error]. A request
// with an Authorization header is judged by it alone; one without is its client
// certificate's SPIFFE ID, where trust domains are configured, or else
// [NoCredentials].
//
// The caller's ProofID is the id of a proof that was verified and not used up:
// see the package comment.
func (v *Verifier) FromRequest(r *http.Request) (caller.Caller, error) {
	c, failure := v.verify(r)
	if failure != nil {
		failure.algorithms = v.told
		return caller.Caller{}, failure
	}
	return c, nil
}

func (v *Verifier) verify(r *http.Request) (caller.Caller, *Error) {
	scheme, token, failure := authorization(r.Header)
	if failure != nil {
		return caller.Caller{}, failure
	}
	var c caller.Caller
	switch {
	case token != "" && v.keys == nil:
		return caller.Caller{}, refuse(UnknownScheme)
	case token != "":
		c, failure = v.fromToken(r, scheme, token)
	case len(r.Header[proofHeader]) > 0:
		return caller.Caller{}, refuse(ProofWithoutToken)
	default:
		c, failure = v.fromCertificate(r.TLS)
	}
	if failure != nil {
		return caller.Caller{}, failure
	}
	failure = v.cfg.Headers.read(r.Header, &c)
	return c, failure
}

// fromToken verifies a token, and then that whoever presents it is whom it is
// bound to.
func (v *Verifier) fromToken(r *http.Request, scheme, text string) (caller.Caller, *Error) {
	token, failure := v.token(r.Context(), text)
	if failure != nil {
		return caller.Caller{}, failure
	}
	return v.bind(r, scheme, token)
}
