package exchange

import (
	"cmp"
	"context"
	"crypto/tls"
	"math/rand/v2"
	"net/url"
	"time"

	"github.com/hashicorp/vault/api"

	"github.com/secretsgen/secretsgen/runtime/providers"
)

// MaxBody bounds an answer, in bytes, where [Config] does not.
const MaxBody = 1 << 20

// defaultInFlight is what Config.InFlight stands for when it is zero.
const defaultInFlight = 256

// Config is how a server is reached, checked.
type Config struct {
	Address   string        // base URL
	Redirects []string      // base URLs of nodes that a redirect may lead to; none of http below an Address of https
	Namespace string        // sent with every request; empty: none
	Timeout   time.Duration // of one request: waiting, repetitions and a redirect included
	TLS       *tls.Config
	Proxy     *url.URL // nil: none
	Retries   int      // repetitions of a Repeatable request
	MaxBody   int      // bytes; 0: the constant
	InFlight  int      // requests side by side; 0: 256
	// Notify takes the notices of the breaker; nil: nobody listens.
	Notify func(providers.Notice)
}

func (c Config) inFlight() int { return cmp.Or(c.InFlight, defaultInFlight) }

// Server is one server. It is safe for concurrent use and opens no connection
// before the first request. Make it with [New] and Close it.
type Server struct {
	client      *api.Client
	connections connections
	base        *url.URL
	redirects   []*url.URL
	timeout     time.Duration
	retries     int
	places      chan struct{}
	breaker     *breaker
	random      func() float64 // in [0, 1)
}

// New makes a server, or returns a [*settings.Error].
func New(cfg Config) (*Server, error) {
	return newServer(cfg, newTransport(cfg), rand.Float64)
}

func newServer(cfg Config, over connections, random func() float64) (*Server, error) {
	base, redirects, err := parseBases(cfg)
	if err != nil {
		return nil, err
	}
	client, err := newClient(cfg, over)
	if err != nil {
		return nil, err
	}
	return &Server{
		client:      client,
		connections: over,
		base:        base,
		redirects:   redirects,
		timeout:     cfg.Timeout,
		retries:     cfg.Retries,
		places:      make(chan struct{}, cfg.inFlight()),
		breaker:     newBreaker(random, cfg.Notify),
		random:      random,
	}, nil
}

// Close closes connections that are idle.
func (s *Server) Close() { s.connections.CloseIdleConnections() }

// Do sends a request and returns the complete answer, whatever its status. A
// Repeatable one goes out again, after a pause, while the outcome is one that
// passes; the last outcome is what comes back. The error is ctx.Err() where ctx
// has ended, and a [*providers.ProviderError] otherwise; it holds nothing of
// request, answer or address.
//
// All of it takes no longer than the timeout of [Config].
func (s *Server) Do(ctx context.Context, req Request) (Answer, error) {
	within, cancel := context.WithTimeout(ctx, s.timeout)
	defer cancel()
	answer, _, err := s.attempt(ctx, within, req)
	for n := 0; req.Repeatable && n < s.retries && passes(answer, err); n++ {
		if s.breaker.isOpen() || !s.pause(within, n, answer) {
			break
		}
		again, asked, failed := s.attempt(ctx, within, req)
		if !asked {
			break
		}
		answer, err = again, failed
	}
	if ctx.Err() != nil && (err != nil || passes(answer, err)) {
		return Answer{Unsent: answer.Unsent}, ctx.Err()
	}
	return answer, err
}

// attempt asks once, if there is a place and the breaker lets it: asked tells.
// within ends with the caller's context or before.
func (s *Server) attempt(caller, within context.Context, req Request) (answer Answer, asked bool, err error) {
	if !s.enter(within) {
		return Answer{Unsent: true}, false, unavailable()
	}
	defer s.leave()
	asked = s.breaker.ask(func(probing bool) error {
		if probing {
			var cancel context.CancelFunc
			within, cancel = context.WithTimeout(within, probeTimeout)
			defer cancel()
		}
		if answer, err = s.ask(within, req); err != nil && caller.Err() != nil {
			return errNeutral
		}
		return health(answer, err)
	})
	if !asked {
		return Answer{Unsent: true}, false, unavailable()
	}
	return answer, true, err
}

// ask sends the request, and once more to where it is redirected to.
func (s *Server) ask(ctx context.Context, req Request) (Answer, error) {
	answer, err := s.send(ctx, s.base, req)
	if node := s.redirected(req, answer); node != nil {
		answer, err = s.send(ctx, node, req)
		answer.Unsent = false // there is a server that has had it
	}
	return answer, err
}

// enter takes one of the places of requests that are under way. It waits for one
// until ctx ends, but not for a server that is not asked anyway.
func (s *Server) enter(ctx context.Context) bool {
	select {
	case s.places <- struct{}{}:
		return true
	default:
	}
	if s.breaker.isOpen() {
		return false
	}
	select {
	case s.places <- struct{}{}:
		return true
	case <-ctx.Done():
		return false
	}
}

func (s *Server) leave() { <-s.places }

func unavailable() error {
	return &providers.ProviderError{Code: providers.Unavailable, Retryable: true}
}
