package kv2

import (
	"net/netip"
	"net/url"
	"path"
	"strings"

	"github.com/secretsgen/secretsgen/runtime/providers/kv2/internal/exchange"
	"github.com/secretsgen/secretsgen/runtime/settings"
)

// readAddresses reads where the server is, the nodes that it may redirect to,
// and the proxy.
func (s *server) readAddresses(r *settings.Reader, kv settings.KV) {
	address, ok := parseAddress(kv.Address)
	switch {
	case ok:
		s.exchange.Address, s.plain = address.String(), isPlain(address)
	case kv.Address == "":
		r.Report(kv.Names.Address, "is not set: give the base URL of the KV server, such as https://vault.example.com:8200")
	default:
		r.Report(kv.Names.Address, "is not the base URL of a server: write http:// or https://, the host, and no user, query or fragment")
	}
	for _, text := range kv.Redirects {
		node, ok := parseAddress(text)
		switch {
		case !ok:
			r.Report(kv.Names.Redirects, "holds what is not the base URL of a server: write http:// or https://, the host, and no user, query or fragment")
		case address != nil && address.Scheme == "https" && node.Scheme != "https":
			r.Report(kv.Names.Redirects, "holds a node of http, and the server is one of https: a redirect must not end the encryption")
		default:
			s.exchange.Redirects = append(s.exchange.Redirects, node.String())
			s.plain = s.plain || isPlain(node)
		}
	}
	if proxy, ok := parseProxy(kv.Proxy.Reveal()); ok {
		s.exchange.Proxy = proxy
		s.plain = s.plain || proxy != nil && address != nil && address.Scheme == "http" && !loopback(proxy.Hostname())
	} else {
		r.Report(kv.Names.Proxy, "is not the URL of a proxy: write http:// or socks5://, the host and its port, and no path")
	}
}

// parseAddress accepts what a path can be appended to and nothing that a request
// could carry elsewhere: a user's password, a query.
func parseAddress(text string) (*url.URL, bool) {
	u, err := url.Parse(text)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Hostname() == "" {
		return nil, false
	}
	if u.User != nil || strings.ContainsAny(text, "?#") {
		return nil, false
	}
	u.Path = strings.TrimSuffix(u.Path, "/")
	plainPath := u.Path == "" || u.Path == path.Clean(u.Path)
	return u, plainPath && u.EscapedPath() == u.Path
}

// parseProxy returns nil for none. A proxy that speaks TLS itself is not taken:
// the client certificate and the CA of the server would be used for it too.
func parseProxy(text string) (*url.URL, bool) {
	if text == "" {
		return nil, true
	}
	u, err := url.Parse(text)
	if err != nil || u.Scheme != "http" && u.Scheme != "socks5" || u.Hostname() == "" {
		return nil, false
	}
	return u, (u.Path == "" || u.Path == "/") && !strings.ContainsAny(text, "?#")
}

// isPlain reports whether tokens and values travel readable off this host.
func isPlain(u *url.URL) bool { return u.Scheme == "http" && !loopback(u.Hostname()) }

func loopback(host string) bool {
	ip, err := netip.ParseAddr(host)
	return host == "localhost" || err == nil && ip.IsLoopback()
}

// isHostName reports whether text can be the name in a certificate.
func isHostName(text string) bool {
	return exchange.Printable(text) && !strings.ContainsAny(text, "/:@?#")
}
