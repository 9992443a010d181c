// Package kv2 reads the versioned KV engine of OpenBao and HashiCorp Vault.
//
//	client, err := runtime.New(ctx, cfg, kv2.Provider())
//
// It serves openbao+kv2 and hashicorp+kv2, which speak one protocol. The scheme
// of a reference picks the server, and nothing else does: openbao+kv2 is reached
// with OPENBAO_*, BAO_* or VAULT_*, hashicorp+kv2 with HASHICORP_* or VAULT_*, an
// instance openbao-eu+kv2 with OPENBAO_EU_* alone (DESIGN section 9).
//
//	*_URL, *_ADDR         base URL of the server; https, or http with a warning off loopback
//	*_TOKEN, *_AUTH       client token, or how to log in for one: see below
//	*_NAMESPACE           sent with every request; none by default
//	*_CHILD_NAMESPACES    names of the namespaces right below that one
//	*_MOUNTS              aliases of mounts: payments=team/pay/kv,…
//	*_TIMEOUT             of one request, with all below; 30 s by default
//	*_MAX_RETRIES         of a read, 2 by default, 0 to 10
//	*_MAX_IN_FLIGHT       requests side by side, 256 by default
//	*_MAX_RESPONSE_BYTES  1 MiB by default, up to 16 MiB
//	*_REDIRECT_ADDRS      base URLs of the nodes that a redirect may lead to
//	*_PROXY_ADDR          http or socks5
//	*_CACERT              PEM bundle to trust in place of the system's
//	*_CLIENT_CERT, *_CLIENT_KEY   PEM files, read again for every connection
//	*_TLS_SERVER_NAME     in the server's certificate, where it is not the address's host
//	*_VERIFY_SSL          false only with ENVIRONMENT dev or test, and with a warning
//
// # Mounts and namespaces
//
// The mount of a reference is one segment. Where the server's has several, an
// alias maps the one to the other; a mount without an alias is itself.
//
// A namespace travels in the header and never in a path, but the server takes
// both: below the header team-a, the path dev/secret/data/app is the mount secret
// of team-a/dev. A mount, or what an alias stands for, that starts with one of
// CHILD_NAMESPACES or with a name of the server's own (sys, auth, identity,
// cubbyhole, audit, root) is misconfigured, and nothing is asked. Name the
// children where the tenant's mounts could be confused with them.
//
// # Views
//
// Beside [providers.Provider] there is [providers.MetadataReader], by the
// engine's metadata path, and [providers.KeyReader], by its subkeys path, which
// Vault has since 1.10. Neither lets a value travel, each is a path that a policy
// of the server has to allow, and both have the outcomes of a read. Whether a
// deletion is over goes by the Date that the server answers with.
//
// # Logging in
//
// The client token is given, kept in a file by somebody else, or logged in for:
//
//	*_TOKEN                      the token
//	*_TOKEN_FILE                 its file, read again when it is a second old
//	*_AUTH                       token, approle, kubernetes, jwt or cert
//	*_AUTH_MOUNT                 path of the auth mount; the method's name by default
//	*_ROLE_ID                    for approle
//	*_SECRET_ID, *_SECRET_ID_FILE
//	*_SECRET_ID_WRAPPED          true: a wrapping token stands in the place of the SecretID
//	*_ROLE                       for kubernetes and jwt, and optional for cert and a wrapped SecretID
//	*_JWT_FILE                   for jwt, and kubernetes if it is not the pod's own token
//
// docs/logins.md shows each as it is set up. The first read logs in, and all who
// wait share that login. The token is renewed at about two thirds of its lease,
// and where it can't be, replaced by another login while it still serves. A token
// that a read is refused with is replaced by one login, which all share who were
// refused with it, and the read is tried once more. Logins that fail are spaced
// with full jitter, up to 30 s; until the next one a read gets the failure of the
// last one at once. Close revokes the token that was logged in for.
//
// A login that the server refuses is denied, as a read would be; a SecretID whose
// wrapping token was used, or made elsewhere, is wrap_invalid.
//
// # Transport
//
// Requests go through hashicorp/vault/api, whose own reading of the environment
// decides nothing here: address, token, namespace, headers, proxy, TLS, retries
// and wrapping are all set by this package. HTTP_PROXY and its kin are not
// heeded, no compression is asked for, no TLS older than 1.2 spoken. What a server
// sends behind the length that it names itself is not read, but net/http prints
// its beginning to the standard logger; only a server at fault, or somebody on a
// way without TLS, can make it.
//
// A redirect is followed once, to a listed node, from https to https alone, and
// only with the path and query that were asked for: what a standby says. 307 and
// 308 are followed for every request, 301 and 302 for reads, 303 never. No token
// reaches another host.
//
// Reads, and nothing else but the lookup of a wrapping token, are repeated: where
// there was no complete answer, and after 412, 429, 472 to 474 and 5xx. The pause
// before is random, at most 200 ms and twice as much each time up to 5 s, on top of
// the Retry-After of the answer; one of more than 10 s is not waited for. The last
// outcome is what comes back. All of it, waiting for a place among the requests in
// flight included, takes no longer than the timeout, and ends with the caller's
// context.
//
// After five failures in a row (no complete answer, or 5xx) nothing is asked for
// 5 s ±20 %, and every read is unavailable at once. One request then finds out,
// within 5 s, whether the server is back. Callers that leave, certificates that
// do not verify, 3xx and 4xx count neither way, but for 404, which is an answer.
// No value is ever kept for such times.
//
// # Outcomes
//
// Status and body together decide. Errors hold neither, nor the address.
//
//	200 with data                            the document; a pin must match metadata.version
//	200 or 404, destroyed                    SecretVersionDestroyedError
//	200 or 404, no data, a deletion_time     SecretVersionDeletedError
//	404 {"errors":[]}                        SecretNotFoundError
//	404 with errors, a warning, no JSON      misconfigured: wrong mount, engine or address
//	200 of a version 1 engine, or a warning  misconfigured
//	400, other 4xx, 3xx not followed         misconfigured
//	401, 403                                 denied
//	429                                      throttled, retryable
//	412, 472, 473, 474, 5xx                  unavailable, retryable
//	no connection, cut, timed out            unavailable, retryable
//	breaker open, no place in time           unavailable, retryable
//	a certificate that does not verify       misconfigured
//	204 and other 2xx, larger than the cap   malformed
//	anything else                            malformed
//
// A deletion_time beside data lies ahead, by the server's own clock, and goes
// into Metadata.Deletes. The latest version being deleted is an error: there is
// no falling back to an older one.
//
// # Wrapping
//
// A read that an obligation or a declaration wants wrapped is three requests: the
// read with X-Vault-Wrap-TTL; sys/wrapping/lookup, whose creation_path must be
// exactly the path that was asked for and whose life no longer than was asked; and
// one unwrapping, with the wrapping token as the client token. It never goes out
// twice. What it brings has the outcomes above, so that a wrapped version that is
// deleted is deleted. The same holds of what a server does not wrap, which is a
// 404.
//
//	200 without wrap_info: the value came unwrapped    wrap_invalid
//	another creation_path, a longer life               wrap_invalid
//	400, 403, 404 or anything else about the token     wrap_invalid
//	429; 412, 472 to 474, 5xx; no connection           as above
package kv2
