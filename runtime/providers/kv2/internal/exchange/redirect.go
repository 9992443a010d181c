package exchange

import (
	"net/http"
	"net/url"
	"strings"

	"github.com/secretsgen/secretsgen/runtime/settings"
)

// redirected is the listed node that an answer sends this request to, or nil: it
// is then no redirect, or one that is not followed.
//
// A standby answers with the active node's address before the very path and query
// that it was asked for, and that is all that is followed: what the server writes
// is compared with where the request would go on a listed node, and never used.
// It has done nothing with the request by then, which 307 and 308 say of any
// method (RFC 9110 sections 15.4.8 and 15.4.9). After 301 and 302 some clients
// ask with another method, so that a server may have meant that; only what is
// Repeatable is sent again for them. 303 leads to another resource by definition.
func (s *Server) redirected(req Request, answer Answer) *url.URL {
	switch answer.Status {
	case http.StatusTemporaryRedirect, http.StatusPermanentRedirect:
	case http.StatusMovedPermanently, http.StatusFound:
		if !req.Repeatable {
			return nil
		}
	default:
		return nil
	}
	if answer.location == "" || len(s.redirects) == 0 {
		return nil
	}
	location, err := url.Parse(answer.location)
	if err != nil || location.User != nil || location.Fragment != "" {
		return nil
	}
	for _, node := range s.redirects {
		want := below(node, req)
		if location.Scheme == want.Scheme && sameHost(location, want) && location.Path == want.Path && location.RawQuery == want.RawQuery {
			return node
		}
	}
	return nil
}

// sameHost compares host names and ports.
func sameHost(a, b *url.URL) bool {
	return strings.EqualFold(a.Hostname(), b.Hostname()) && port(a) == port(b)
}

func port(u *url.URL) string {
	if given := u.Port(); given != "" {
		return given
	}
	return map[string]string{"http": "80", "https": "443"}[u.Scheme]
}

// parseBases parses the addresses of a configuration, which its maker checked.
// One of http is no node of a server of https.
func parseBases(cfg Config) (base *url.URL, nodes []*url.URL, err error) {
	bad := settings.NewError([]settings.Problem{{Name: "KV server", Detail: "has an address or a node that can't be used"}})
	base, err = url.Parse(cfg.Address)
	if err != nil {
		return nil, nil, bad
	}
	for _, text := range cfg.Redirects {
		node, err := url.Parse(text)
		if err != nil || base.Scheme == "https" && node.Scheme != "https" {
			return nil, nil, bad
		}
		nodes = append(nodes, node)
	}
	return base, nodes, nil
}
