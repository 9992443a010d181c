package grpccaller_test

import (
	"context"
	"crypto/tls"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/health/grpc_health_v1"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"

	"github.com/secretsgen/secretsgen/runtime/caller"
	"github.com/secretsgen/secretsgen/runtime/caller/grpccaller"
	"github.com/secretsgen/secretsgen/runtime/caller/verify"
	"github.com/secretsgen/secretsgen/runtime/caller/verify/verifytest"
)

// service is the health service of gRPC, which has a call of each kind. It writes
// down who called.
type service struct {
	grpc_health_v1.UnimplementedHealthServer
	callers chan caller.Caller
}

func (s *service) Check(ctx context.Context, _ *grpc_health_v1.HealthCheckRequest) (*grpc_health_v1.HealthCheckResponse, error) {
	s.note(ctx)
	return &grpc_health_v1.HealthCheckResponse{}, nil
}

func (s *service) Watch(_ *grpc_health_v1.HealthCheckRequest, stream grpc.ServerStreamingServer[grpc_health_v1.HealthCheckResponse]) error {
	s.note(stream.Context())
	return stream.Send(&grpc_health_v1.HealthCheckResponse{})
}

func (s *service) note(ctx context.Context) {
	c, ok := caller.FromContext(ctx)
	if !ok {
		c.Subject = "no caller in the context"
	}
	s.callers <- c
}

// fixture is a server over TLS on loopback, and what its clients need.
type fixture struct {
	service
	issuer    *verifytest.Issuer
	authority *verifytest.Authority
	address   string
}

func must[T any](t *testing.T) func(T, error) T {
	return func(value T, err error) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return value
	}
}

// start serves with the interceptors that made returns for a verifier.
func start(t *testing.T, change func(*verify.Config), made func(*verify.Verifier) (grpc.UnaryServerInterceptor, grpc.StreamServerInterceptor)) *fixture {
	t.Helper()
	f := &fixture{
		service: service{callers: make(chan caller.Caller, 1)},
		issuer:  must[*verifytest.Issuer](t)(verifytest.Start()), authority: must[*verifytest.Authority](t)(verifytest.NewAuthority()),
	}
	t.Cleanup(f.issuer.Close)
	cfg := f.issuer.Config()
	change(&cfg)
	v := must[*verify.Verifier](t)(verify.New(cfg))
	t.Cleanup(v.Close)
	unary, stream := made(v)
	config := must[*tls.Config](t)(f.authority.Server())
	server := grpc.NewServer(grpc.Creds(credentials.NewTLS(config)), grpc.UnaryInterceptor(unary), grpc.StreamInterceptor(stream))
	grpc_health_v1.RegisterHealthServer(server, f)
	listener := must[net.Listener](t)(net.Listen("tcp", "127.0.0.1:0"))
	f.address = listener.Addr().String()
	go func() { _ = server.Serve(listener) }() // ends with Stop
	t.Cleanup(server.Stop)
	return f
}

func verified(opts ...grpccaller.Option) func(*verify.Verifier) (grpc.UnaryServerInterceptor, grpc.StreamServerInterceptor) {
	return func(v *verify.Verifier) (grpc.UnaryServerInterceptor, grpc.StreamServerInterceptor) {
		return grpccaller.Unary(v, opts...), grpccaller.Stream(v, opts...)
	}
}

func unchanged(*verify.Config) {}

func (f *fixture) dial(t *testing.T, certificates ...tls.Certificate) grpc_health_v1.HealthClient {
	t.Helper()
	creds := credentials.NewTLS(&tls.Config{RootCAs: f.authority.Pool(), Certificates: certificates, MinVersion: tls.VersionTLS12})
	conn := must[*grpc.ClientConn](t)(grpc.NewClient(f.address, grpc.WithTransportCredentials(creds)))
	t.Cleanup(func() { _ = conn.Close() })
	return grpc_health_v1.NewHealthClient(conn)
}

// calls are both kinds, by the name of their method.
var calls = map[string]func(ctx context.Context, c grpc_health_v1.HealthClient, header *metadata.MD) error{
	"Check": func(ctx context.Context, c grpc_health_v1.HealthClient, header *metadata.MD) error {
		_, err := c.Check(ctx, &grpc_health_v1.HealthCheckRequest{}, grpc.Header(header))
		return err
	},
	"Watch": func(ctx context.Context, c grpc_health_v1.HealthClient, header *metadata.MD) error {
		stream, err := c.Watch(ctx, &grpc_health_v1.HealthCheckRequest{})
		if err != nil {
			return err
		}
		_, err = stream.Recv()
		*header, _ = stream.Header()
		return err
	},
}

// url is what a proof of a call has to be for.
func (f *fixture) url(method string) string {
	return "https://" + f.address + "/grpc.health.v1.Health/" + method
}

func TestACallIsMadeByAVerifiedCaller(t *testing.T) { //nolint:tparallel // its calls are made one after the other, by one service
	t.Parallel()
	f := start(t, func(c *verify.Config) { c.TrustDomains = []string{"prod.example"} }, verified())
	const id = "spiffe://prod.example/pay"
	cert := must[tls.Certificate](t)(f.authority.Client(id))
	plain := must[tls.Certificate](t)(f.authority.Client())
	key := must[*verifytest.Key](t)(verifytest.NewKey("ES256"))
	bare, workload, bound := f.dial(t), f.dial(t, cert), f.dial(t, plain)
	jkt, x5t := key.Thumbprint(), verifytest.Thumbprint(plain)
	for name, tt := range map[string]struct {
		client    grpc_health_v1.HealthClient
		token     verifytest.Token
		scheme    string // empty: no token
		proof     string // the method of the URL; empty: no proof
		otherwise map[string]any
		code      codes.Code
		want      caller.Caller
	}{
		"a bearer token":                  {client: bare, scheme: "Bearer", want: caller.Caller{Subject: "ada", Type: caller.User}},
		"a token with its proof":          {client: bare, token: verifytest.Token{JKT: jkt}, scheme: "DPoP", proof: "it", want: caller.Caller{Subject: "ada", Type: caller.User, JKT: jkt}},
		"a token with its certificate":    {client: bound, token: verifytest.Token{X5T: x5t}, scheme: "Bearer", want: caller.Caller{Subject: "ada", Type: caller.User, X5T: x5t}},
		"a token with both":               {client: bound, token: verifytest.Token{JKT: jkt, X5T: x5t}, scheme: "DPoP", proof: "it", want: caller.Caller{Subject: "ada", Type: caller.User, JKT: jkt, X5T: x5t}},
		"a workload by its certificate":   {client: workload, want: caller.Caller{Subject: id, Type: caller.Workload}},
		"nobody":                          {client: bare, code: codes.Unauthenticated},
		"a certificate that names nobody": {client: bound, code: codes.Unauthenticated},
		"a downgrade":                     {client: bare, token: verifytest.Token{JKT: jkt}, scheme: "Bearer", proof: "it", code: codes.Unauthenticated},
		"a proof for another method":      {client: bare, token: verifytest.Token{JKT: jkt}, scheme: "DPoP", proof: "Other", code: codes.Unauthenticated},
		"a proof for a GET":               {client: bare, token: verifytest.Token{JKT: jkt}, scheme: "DPoP", proof: "it", otherwise: map[string]any{"htm": "GET"}, code: codes.Unauthenticated},
		"a token of another certificate":  {client: workload, token: verifytest.Token{X5T: x5t}, scheme: "Bearer", code: codes.Unauthenticated},
		"a token without its certificate": {client: bare, token: verifytest.Token{X5T: x5t}, scheme: "Bearer", code: codes.Unauthenticated},
		"a proof without a token":         {client: bare, proof: "it", code: codes.InvalidArgument},
	} {
		for method, call := range calls {
			t.Run(name+"/"+method, func(t *testing.T) {
				token := f.issuer.Token(tt.token)
				ctx := t.Context()
				if tt.scheme != "" {
					ctx = metadata.AppendToOutgoingContext(ctx, "authorization", tt.scheme+" "+token)
				}
				if tt.proof != "" {
					url := f.url(strings.Replace(tt.proof, "it", method, 1))
					ctx = metadata.AppendToOutgoingContext(ctx, "dpop", key.Proof(verifytest.Proof{Method: "POST", URL: url, Token: token, Claims: tt.otherwise}))
				}
				var header metadata.MD
				err := call(ctx, tt.client, &header)
				if status.Code(err) != tt.code {
					t.Fatalf("%v, want %v", err, tt.code)
				}
				if err != nil {
					if text := status.Convert(err).Message(); text != "unauthorized" && text != "bad request" {
						t.Errorf("the client is told %q", text)
					}
					if len(header.Get("www-authenticate")) == 0 {
						t.Errorf("no challenge in %v", header)
					}
					return
				}
				got := <-f.callers
				got = caller.Caller{Subject: got.Subject, Type: got.Type, JKT: got.JKT, X5T: got.X5T}
				if diff := cmp.Diff(tt.want, got); diff != "" {
					t.Errorf("caller (-want +got):\n%s", diff)
				}
			})
		}
	}
}

func TestTwoTokensInOneCallAreRefused(t *testing.T) {
	t.Parallel()
	f := start(t, unchanged, verified())
	ctx := metadata.AppendToOutgoingContext(t.Context(), "authorization", "Bearer "+f.issuer.Token(verifytest.Token{}), "Authorization", "Bearer x")
	var header metadata.MD
	if err := calls["Check"](ctx, f.dial(t), &header); status.Code(err) != codes.InvalidArgument {
		t.Error(err)
	}
}

func TestACallMayBeNobodys(t *testing.T) {
	t.Parallel()
	f := start(t, unchanged, verified(grpccaller.Optional()))
	client := f.dial(t)
	for method, call := range calls {
		var header metadata.MD
		if err := call(t.Context(), client, &header); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(caller.Caller{}, <-f.callers); diff != "" {
			t.Errorf("%s: caller (-want +got):\n%s", method, diff)
		}
		ctx := metadata.AppendToOutgoingContext(t.Context(), "authorization", "Bearer canary")
		if err := call(ctx, client, &header); status.Code(err) != codes.Unauthenticated {
			t.Errorf("%s with a bad token: %v", method, err)
		}
	}
}

func TestANonceIsHandedOutAndUsed(t *testing.T) {
	t.Parallel()
	f := start(t, func(c *verify.Config) { c.Nonces = verify.NewNonces(nil, time.Minute) }, verified())
	client := f.dial(t)
	key := must[*verifytest.Key](t)(verifytest.NewKey("ES256"))
	token := f.issuer.Token(verifytest.Token{JKT: key.Thumbprint()})
	for method, call := range calls {
		nonce := ""
		for _, want := range []codes.Code{codes.Unauthenticated, codes.OK, codes.OK} {
			proof := key.Proof(verifytest.Proof{Method: "POST", URL: f.url(method), Token: token, Nonce: nonce})
			ctx := metadata.AppendToOutgoingContext(t.Context(), "authorization", "DPoP "+token, "dpop", proof)
			var header metadata.MD
			if err := call(ctx, client, &header); status.Code(err) != want {
				t.Fatalf("%s: %v, want %v", method, err, want)
			}
			if want == codes.OK {
				<-f.callers
			}
			if got := header.Get("dpop-nonce"); len(got) != 1 {
				t.Fatalf("%s: nonces %v", method, got)
			} else {
				nonce = got[0]
			}
		}
	}
}

func TestWithoutKeysACallIsUnavailable(t *testing.T) {
	t.Parallel()
	f := start(t, unchanged, verified())
	f.issuer.Break(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusInternalServerError) })
	client := f.dial(t)
	for method, call := range calls {
		ctx := metadata.AppendToOutgoingContext(t.Context(), "authorization", "Bearer "+f.issuer.Token(verifytest.Token{}))
		var header metadata.MD
		if err := call(ctx, client, &header); status.Code(err) != codes.Unavailable {
			t.Errorf("%s: %v", method, err)
		}
		if len(header.Get("retry-after")) != 1 || len(header.Get("www-authenticate")) != 0 {
			t.Errorf("%s: header %v", method, header)
		}
	}
}

func TestMetadataOfAMeshIsTrustedWhereAProgramSaysSo(t *testing.T) {
	t.Parallel()
	f := start(t, unchanged, func(*verify.Verifier) (grpc.UnaryServerInterceptor, grpc.StreamServerInterceptor) {
		return grpccaller.UnaryTrustingMetadata(), grpccaller.StreamTrustingMetadata()
	})
	client := f.dial(t)
	for method, call := range calls {
		for name, tt := range map[string]struct {
			metadata []string
			code     codes.Code
		}{
			"a caller":  {[]string{"x-secrets-subject", "ada", "x-node-id", "n-1"}, codes.OK},
			"nobody":    {nil, codes.Unauthenticated},
			"two":       {[]string{"x-secrets-subject", "ada", "x-secrets-subject", "bob"}, codes.InvalidArgument},
			"a slip":    {[]string{"x-secrets-subject", "ada", "x-secrets-sub", "bob"}, codes.InvalidArgument},
			"one token": {[]string{"authorization", "Bearer canary"}, codes.Unauthenticated},
		} {
			var header metadata.MD
			err := call(metadata.AppendToOutgoingContext(t.Context(), tt.metadata...), client, &header)
			if status.Code(err) != tt.code {
				t.Errorf("%s, %s: %v, want %v", method, name, err, tt.code)
			}
			if err == nil {
				if diff := cmp.Diff(caller.Caller{Subject: "ada", NodeID: "n-1"}, <-f.callers); diff != "" {
					t.Errorf("%s: caller (-want +got):\n%s", method, diff)
				}
			}
		}
	}
}

// TestWithoutTLSThereIsNoCertificate is for servers behind a proxy.
func TestWithoutTLSThereIsNoCertificate(t *testing.T) {
	t.Parallel()
	i := must[*verifytest.Issuer](t)(verifytest.Start())
	t.Cleanup(i.Close)
	v := must[*verify.Verifier](t)(verify.New(i.Config()))
	t.Cleanup(v.Close)
	ctx := metadata.NewIncomingContext(t.Context(), metadata.Pairs("authorization", "Bearer "+i.Token(verifytest.Token{X5T: strings.Repeat("A", 43)})))
	_, err := grpccaller.Unary(v)(ctx, nil, &grpc.UnaryServerInfo{FullMethod: "/a.B/C"}, func(context.Context, any) (any, error) {
		t.Error("the handler was called")
		return nil, nil
	})
	if status.Code(err) != codes.Unauthenticated {
		t.Error(err)
	}
}
