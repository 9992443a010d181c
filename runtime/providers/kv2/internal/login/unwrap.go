package login

import (
	"context"
	"encoding/json"
	"net/http"

	"github.com/secretsgen/secretsgen/runtime/providers"
	"github.com/secretsgen/secretsgen/runtime/providers/kv2/internal/exchange"
)

// unwrap returns the answer that a wrapping token stands for. accept is told the
// path of the request that was answered, and the token is given up only if that
// is the right one: anybody could put in a token for an answer of his own.
//
// The error is ctx.Err() or a [*providers.ProviderError]. Its code is WrapInvalid
// for a token that is not to be tried again: one that was used, has ended or was
// made elsewhere, and one whose unwrapping failed after the server may have seen
// it. Every other failure leaves the token as it was.
func unwrap(ctx context.Context, server Exchanger, token string, accept func(creationPath string) bool) (exchange.Answer, error) {
	path, err := lookUp(ctx, server, token)
	if err != nil {
		return exchange.Answer{}, err
	}
	if !accept(path) {
		return exchange.Answer{}, wrapInvalid()
	}
	answer, err := server.Do(ctx, exchange.Request{Method: http.MethodPost, Path: "sys/wrapping/unwrap", Token: token})
	if err != nil || answer.Status != http.StatusOK {
		return exchange.Answer{}, wrapInvalid()
	}
	return answer, nil
}

// lookUp returns the creation_path of a wrapping token, and does not use it up.
func lookUp(ctx context.Context, server Exchanger, token string) (string, error) {
	body, err := json.Marshal(map[string]string{"token": token})
	if err != nil {
		return "", malformed()
	}
	answer, err := server.Do(ctx, exchange.Request{Method: http.MethodPost, Path: "sys/wrapping/lookup", Body: body, Repeatable: true})
	if err != nil {
		return "", err
	}
	switch answer.Status {
	case http.StatusBadRequest, http.StatusForbidden: // no such token, or no longer
		return "", wrapInvalid()
	case http.StatusNotFound:
		return "", misconfigured()
	}
	if err := answer.Refusal(); err != nil {
		return "", err
	}
	path, ok := dataField(answer.Body, "creation_path")
	if !ok {
		return "", malformed()
	}
	return path, nil
}

// dataField is a text among the data of an answer.
func dataField(body []byte, name string) (string, bool) {
	answer, err := providers.ParseObject(body)
	if err != nil || answer["data"].Kind() != providers.JSON {
		return "", false
	}
	data, err := providers.ParseObject(answer["data"].Bytes())
	if err != nil || data[name].Kind() != providers.Text {
		return "", false
	}
	return string(data[name].Bytes()), true
}
