package authzen

import (
	"context"
	"net/http"
	"net/url"
	"sync"
	"sync/atomic"
	"time"

	"github.com/secretsgen/secretsgen/runtime/pep"
)

// discovery knows where the PDP's endpoints are. The first question waits for
// the metadata; later it is looked for again in the background, and what was
// found last stays in force until something better is found.
type discovery struct {
	mode       Discovery
	identifier string // SECRETS_PDP_URL as it is written
	base       *url.URL
	document   string
	standard   endpoints
	report     func(problem string)

	known atomic.Pointer[place] // nil: nothing is known yet

	mu       sync.Mutex
	running  chan struct{} // closed when the look that is under way ends; nil: none is
	failed   pep.Reason    // of the last look
	reported string
	closed   bool
	life     context.Context // of looks; ends with Close
	end      context.CancelFunc
	looks    sync.WaitGroup
}

// place is what is known, and when to look again.
type place struct {
	endpoints
	published bool          // by the PDP's metadata
	looked    time.Duration // after the client was made
	until     time.Duration
}

func newDiscovery(cfg Config, base *url.URL) *discovery {
	d := &discovery{
		mode:       cfg.Discovery,
		identifier: cfg.BaseURL,
		base:       base,
		document:   metadataURL(base),
		standard:   standardEndpoints(base),
		report:     cfg.OnDiscovery,
	}
	d.life, d.end = context.WithCancel(context.Background())
	return d
}

// locate returns where to ask. Only while nothing is known it waits: for the
// metadata that is required, or half of the budget for what may not be there.
func (c *Client) locate(ctx context.Context) (endpoints, pep.Reason) {
	d := c.discovery
	if d.mode == DiscoveryOff {
		return d.standard, ""
	}
	known := d.known.Load()
	if known != nil {
		if c.since() >= known.until {
			c.look()
		}
		return known.endpoints, ""
	}
	patience := c.timeout
	if d.mode == DiscoveryAuto {
		patience /= 2
	}
	timer := time.NewTimer(patience)
	defer timer.Stop()
	select {
	case <-c.look():
	case <-timer.C:
	case <-ctx.Done():
	}
	known = d.known.Load()
	switch {
	case known != nil:
		return known.endpoints, ""
	case d.mode == DiscoveryAuto:
		return d.standard, ""
	case ctx.Err() != nil:
		return endpoints{}, pep.ReasonTimeout
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.failed == "" {
		return endpoints{}, pep.ReasonTimeout
	}
	return endpoints{}, d.failed
}

// look starts to look for the metadata, unless that is under way, and returns
// what is closed at its end.
func (c *Client) look() <-chan struct{} {
	d := c.discovery
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.running != nil {
		return d.running
	}
	done := make(chan struct{})
	if d.closed {
		close(done)
		return done
	}
	d.running = done
	d.looks.Go(func() {
		ctx, cancel := context.WithTimeout(d.life, c.timeout)
		defer cancel()
		c.learn(c.fetch(ctx))
		close(done)
	})
	return done
}

// finding is what came of one look.
type finding struct {
	endpoints
	lifetime time.Duration
	reason   pep.Reason // empty: endpoints were found
	problem  string     // what to tell about it, without a URL
	absent   bool       // the PDP says that it has no metadata
}

func (c *Client) fetch(ctx context.Context) finding {
	d := c.discovery
	got, reason := c.try(ctx, question{method: http.MethodGet, url: d.document, limit: c.maxBody})
	if reason != "" {
		return finding{reason: reason, problem: "can't be had: " + string(reason), absent: got.status == http.StatusNotFound}
	}
	found, problem := endpointsOf(got.body, d.identifier, d.base)
	if problem != "" {
		return finding{reason: pep.ReasonConfig, problem: problem}
	}
	return finding{endpoints: found, lifetime: lifetimeOf(got.header)}
}

// learn puts a finding in force. One that is of no use leaves what is known.
func (c *Client) learn(f finding) {
	d, now := c.discovery, c.since()
	d.mu.Lock()
	d.running, d.failed = nil, f.reason
	known := d.known.Load()
	switch {
	case f.reason == "":
		d.known.Store(&place{endpoints: f.endpoints, published: true, looked: now, until: now + f.lifetime})
	case known != nil:
		kept := *known
		kept.looked, kept.until = now, now+minLifetime
		d.known.Store(&kept)
	case d.mode == DiscoveryAuto && f.absent:
		d.known.Store(&place{endpoints: d.standard, looked: now, until: now + defaultLifetime})
	case d.mode == DiscoveryAuto:
		d.known.Store(&place{endpoints: d.standard, looked: now, until: now + minLifetime})
	}
	if f.absent && d.mode == DiscoveryAuto && !d.known.Load().published {
		f.problem = ""
	}
	tell := f.problem != d.reported && d.report != nil
	d.reported = f.problem
	d.mu.Unlock()
	if tell {
		d.report(f.problem)
	}
}

// doubt looks again, soon after a published endpoint turns out not to be there.
func (c *Client) doubt() {
	known := c.discovery.known.Load()
	if known != nil && known.published && c.since()-known.looked >= minLifetime {
		c.look()
	}
}

// close ends what looks for metadata.
func (d *discovery) close() {
	d.mu.Lock()
	d.closed = true
	d.mu.Unlock()
	d.end()
	d.looks.Wait()
}
