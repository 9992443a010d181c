package grpccaller

import (
	"context"

	"google.golang.org/grpc"

	"github.com/secretsgen/secretsgen/runtime/caller"
	"github.com/secretsgen/secretsgen/runtime/caller/verify"
)

// Option changes what an interceptor does.
type Option func(*options)

type options struct{ optional bool }

// Optional lets calls without credentials through. Their context carries a caller
// that is nobody, so that what is read under it is refused and not taken for a
// read of the process's own. Credentials that do not verify are refused all the
// same.
func Optional() Option { return func(o *options) { o.optional = true } }

// Unary verifies the caller of each unary call.
func Unary(v *verify.Verifier, opts ...Option) grpc.UnaryServerInterceptor {
	return unary(identifier(v, opts))
}

// Stream verifies the caller of each stream, when it is opened.
func Stream(v *verify.Verifier, opts ...Option) grpc.StreamServerInterceptor {
	return stream(identifier(v, opts))
}

// UnaryTrustingMetadata takes the caller of each unary call out of the metadata
// that a mesh sets, under the names of [caller.FromTrustedHeaders] and with its
// warnings: whoever can reach the server past that hop can be anybody.
func UnaryTrustingMetadata() grpc.UnaryServerInterceptor { return unary(trusted) }

// StreamTrustingMetadata is [UnaryTrustingMetadata] for streams.
func StreamTrustingMetadata() grpc.StreamServerInterceptor { return stream(trusted) }

// identify returns the context that a call's handler gets, or the status that the
// call ends with.
type identify func(ctx context.Context, method string) (context.Context, error)

func identifier(v *verify.Verifier, opts []Option) identify {
	var o options
	for _, option := range opts {
		option(&o)
	}
	return func(ctx context.Context, method string) (context.Context, error) {
		c, err := v.FromRequest(request(ctx, method))
		if err != nil && !(o.optional && verify.IsAnonymous(err)) {
			return nil, refuse(ctx, err)
		}
		if nonce := v.NextNonce(c); nonce != "" {
			send(ctx, "dpop-nonce", nonce)
		}
		return caller.NewContext(ctx, c), nil
	}
}

func trusted(ctx context.Context, _ string) (context.Context, error) {
	c, err := caller.FromTrustedHeaders(headers(ctx))
	if err != nil {
		return nil, refuse(ctx, err)
	}
	return caller.NewContext(ctx, c), nil
}

func unary(of identify) grpc.UnaryServerInterceptor {
	return func(ctx context.Context, req any, info *grpc.UnaryServerInfo, handler grpc.UnaryHandler) (any, error) {
		ctx, err := of(ctx, info.FullMethod)
		if err != nil {
			return nil, err
		}
		return handler(ctx, req)
	}
}

func stream(of identify) grpc.StreamServerInterceptor {
	return func(srv any, ss grpc.ServerStream, info *grpc.StreamServerInfo, handler grpc.StreamHandler) error {
		ctx, err := of(ss.Context(), info.FullMethod)
		if err != nil {
			return err
		}
		return handler(srv, &identified{ss, ctx})
	}
}

// identified is a stream whose context carries its caller.
type identified struct {
	grpc.ServerStream
	ctx context.Context
}

// Context implements [grpc.ServerStream].
func (s *identified) Context() context.Context { return s.ctx }
