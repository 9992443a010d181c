package verifytest

import (
	"fmt"
	"net"
	"net/http"
	"strconv"
	"sync"
	"time"

	"github.com/secretsgen/secretsgen/runtime/caller/verify"
	"github.com/secretsgen/secretsgen/runtime/settings"
)

// Audience is the audience of tokens that say nothing else, and the default of
// SECRETS_AUDIENCE.
const Audience = settings.DefaultAudience

// Issuer issues tokens and serves its keys on a loopback port. It is safe for
// concurrent use.
type Issuer struct {
	url  string
	http *http.Server

	mu           sync.Mutex
	keys         []*Key // the newest last
	made         int
	cacheControl string
	fault        http.HandlerFunc
	fetches      int
}

// Start starts an issuer with one key, ES256. The error says that there is no
// free port.
func Start() (*Issuer, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0") //nolint:noctx // nothing to cancel: it does not wait
	if err != nil {
		return nil, fmt.Errorf("verifytest: no loopback port: %w", err)
	}
	i := &Issuer{url: "http://" + listener.Addr().String()}
	if err := i.Rotate("ES256"); err != nil {
		_ = listener.Close()
		return nil, err
	}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /jwks.json", i.serveKeys)
	i.http = &http.Server{Handler: mux, ReadHeaderTimeout: 10 * time.Second}
	go func() { _ = i.http.Serve(listener) }() // ends with Close
	return i, nil
}

// Close stops the server.
func (i *Issuer) Close() { _ = i.http.Close() }

// URL is the issuer's name, the claim iss of its tokens: SECRETS_ISSUER.
func (i *Issuer) URL() string { return i.url }

// JWKSURL is where its keys are: SECRETS_JWKS_URL.
func (i *Issuer) JWKSURL() string { return i.url + "/jwks.json" }

// Config is the settings of a verifier that takes the issuer's tokens. It waits
// for keys longer than a service would, for the sake of busy machines.
func (i *Issuer) Config() verify.Config {
	return verify.Config{Issuer: i.URL(), JWKSURL: i.JWKSURL(), KeysTimeout: time.Minute}
}

// Rotate signs by a new key from now on, which the key set has at once. The keys
// before it stay in the set.
func (i *Issuer) Rotate(algorithm string) error {
	key, err := NewKey(algorithm)
	if err != nil {
		return err
	}
	i.mu.Lock()
	defer i.mu.Unlock()
	i.made++
	key.ID = "key-" + strconv.Itoa(i.made)
	i.keys = append(i.keys, key)
	return nil
}

// Retire takes all keys but the newest out of the set.
func (i *Issuer) Retire() {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.keys = i.keys[len(i.keys)-1:]
}

// SetCacheControl sends the header with the key set; empty: none.
func (i *Issuer) SetCacheControl(value string) {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.cacheControl = value
}

// Break answers requests for the keys by handler instead, until [Issuer.Repair].
func (i *Issuer) Break(handler http.HandlerFunc) {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.fault = handler
}

// Repair ends a fault.
func (i *Issuer) Repair() { i.Break(nil) }

// Fetches is how often the keys were asked for.
func (i *Issuer) Fetches() int {
	i.mu.Lock()
	defer i.mu.Unlock()
	return i.fetches
}

func (i *Issuer) signer() *Key {
	i.mu.Lock()
	defer i.mu.Unlock()
	return i.keys[len(i.keys)-1]
}

// KeySet is the key set as it is served.
func (i *Issuer) KeySet() []byte {
	i.mu.Lock()
	defer i.mu.Unlock()
	var all []any
	for _, key := range i.keys {
		all = append(all, key.JWK())
	}
	return marshal(map[string]any{"keys": all})
}

func (i *Issuer) serveKeys(w http.ResponseWriter, r *http.Request) {
	i.mu.Lock()
	i.fetches++
	fault, cacheControl := i.fault, i.cacheControl
	i.mu.Unlock()
	if fault != nil {
		fault(w, r)
		return
	}
	w.Header().Set("Content-Type", "application/jwk-set+json")
	if cacheControl != "" {
		w.Header().Set("Cache-Control", cacheControl)
	}
	_, _ = w.Write(i.KeySet()) // the verifier has hung up
}
