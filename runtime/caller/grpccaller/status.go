package grpccaller

import (
	"context"
	"errors"
	"net/http"
	"strings"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"

	"github.com/secretsgen/secretsgen/runtime/caller"
	"github.com/secretsgen/secretsgen/runtime/caller/verify"
)

// refuse turns an error into the status that the client gets, with a fixed text
// and the headers that HTTP would have.
func refuse(ctx context.Context, err error) error {
	answer := http.StatusUnauthorized
	if failure, ok := errors.AsType[*verify.Error](err); ok {
		answer = failure.Status()
		for name, values := range failure.Headers() {
			send(ctx, name, values...)
		}
	} else if failure, ok := errors.AsType[*caller.Error](err); ok && failure.Code != caller.MissingSubject {
		answer = http.StatusBadRequest
	}
	code := codes.Unauthenticated
	switch answer {
	case http.StatusBadRequest:
		code = codes.InvalidArgument
	case http.StatusServiceUnavailable:
		code = codes.Unavailable
	}
	return status.Error(code, strings.ToLower(http.StatusText(answer)))
}

// send adds header metadata to the answer. It fails only outside a server, where
// there is no answer.
func send(ctx context.Context, name string, values ...string) {
	md := metadata.MD{}
	md.Append(name, values...)
	_ = grpc.SetHeader(ctx, md)
}
