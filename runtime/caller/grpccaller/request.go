package grpccaller

import (
	"context"
	"crypto/tls"
	"net/http"
	"net/url"

	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/peer"
)

// request is a call as the HTTP/2 request that it is.
func request(ctx context.Context, method string) *http.Request {
	r := &http.Request{
		Method: http.MethodPost,
		URL:    &url.URL{Path: method},
		Header: headers(ctx),
		TLS:    connection(ctx),
	}
	if authority := metadata.ValueFromIncomingContext(ctx, ":authority"); len(authority) == 1 {
		r.Host = authority[0]
	}
	return r.WithContext(ctx)
}

// headers is the metadata of a call, each value of a key a header of its own.
func headers(ctx context.Context) http.Header {
	md, _ := metadata.FromIncomingContext(ctx)
	h := make(http.Header, len(md))
	for key, values := range md {
		for _, value := range values {
			h.Add(key, value)
		}
	}
	return h
}

// connection is the TLS state of the call's own connection, or nil.
func connection(ctx context.Context) *tls.ConnectionState {
	p, ok := peer.FromContext(ctx)
	if !ok {
		return nil
	}
	info, ok := p.AuthInfo.(credentials.TLSInfo)
	if !ok {
		return nil
	}
	return &info.State
}
