// Package grpccaller verifies the callers of gRPC services.
//
// Its interceptors do for calls what the middleware of package verify does for
// requests: the context of a handler carries the verified caller, and a call
// whose caller can't be verified reaches no handler.
//
//	grpc.NewServer(
//		grpc.Creds(credentials.NewTLS(config)),
//		grpc.UnaryInterceptor(grpccaller.Unary(verifier)),
//		grpc.StreamInterceptor(grpccaller.Stream(verifier)),
//	)
//
// # What a call is
//
// A gRPC call is an HTTP/2 request, and is verified as that: POST to
// https://authority/package.Service/Method, with the metadata authorization and
// dpop, over the connection whose TLS credentials the server has. So a DPoP proof
// has htm POST and this URL as htu; SECRETS_EXTERNAL_URL and
// verify.Config.RequestURL count here as well. A stream is one request: its proof
// is checked once, when it is opened, while the expiry of its caller is checked
// at every read of a secret.
//
// # Failure
//
// A call without a verified caller ends with Unauthenticated, with
// InvalidArgument where no client should have sent it, or with Unavailable where
// the issuer's keys can't be had. The message is a fixed text. The answer's
// header metadata has www-authenticate, dpop-nonce and retry-after as HTTP does.
//
// Behind a mesh, [UnaryTrustingMetadata] and [StreamTrustingMetadata] take the
// caller out of the metadata that the mesh sets.
//
// The package is a module of its own, so that nobody else compiles gRPC.
package grpccaller
