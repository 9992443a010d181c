package login

import (
	"context"
	"encoding/json"
	"net/http"

	"github.com/secretsgen/secretsgen/runtime/providers/kv2/internal/exchange"
	"github.com/secretsgen/secretsgen/runtime/providers/kv2/internal/wrapping"
)

// Method is one way to log in: what is sent to which auth mount.
type Method struct {
	mount string
	// fields are read for every login. Of the logins of one session only one is
	// ever under way.
	fields func(ctx context.Context, server Exchanger) (map[string]string, error)
	fresh  bool // whether the connection is what logs in
}

// AppRole logs in with a RoleID and a SecretID.
func AppRole(mount string, roleID, secretID Credential) Method {
	return appRole(mount, roleID, func(context.Context, Exchanger) (string, error) { return secretID.read() })
}

// AppRoleWrapped logs in with a RoleID and a SecretID that comes wrapped under
// the given token. It must have been made for role, or for any role of the mount
// if role is empty.
func AppRoleWrapped(mount, role string, roleID, wrappingToken Credential) Method {
	w := &wrappedSecretID{token: wrappingToken, expected: wrapping.Expected{From: madeForRole(mount, role)}}
	return appRole(mount, roleID, w.read)
}

func appRole(mount string, roleID Credential, secretID func(context.Context, Exchanger) (string, error)) Method {
	return Method{mount: mount, fields: func(ctx context.Context, server Exchanger) (map[string]string, error) {
		role, err := roleID.read()
		if err != nil {
			return nil, err
		}
		secret, err := secretID(ctx, server)
		return map[string]string{"role_id": role, "secret_id": secret}, err
	}}
}

// JWT logs in with a role and a token that an issuer signed; Kubernetes login is
// the same with the token of a service account.
func JWT(mount, role string, jwt Credential) Method {
	return Method{mount: mount, fields: func(context.Context, Exchanger) (map[string]string, error) {
		token, err := jwt.read()
		return map[string]string{"role": role, "jwt": token}, err
	}}
}

// Certificate logs in with the client certificate of the connection. Without a
// role the server looks for one that the certificate fits.
func Certificate(mount, role string) Method {
	return Method{mount: mount, fresh: true, fields: func(context.Context, Exchanger) (map[string]string, error) {
		if role == "" {
			return map[string]string{}, nil
		}
		return map[string]string{"name": role}, nil
	}}
}

// login asks for a token. The error is ctx.Err(), a [*providers.ProviderError] or
// a [*fileError] around one.
func (m Method) login(ctx context.Context, server Exchanger) (lease, error) {
	fields, err := m.fields(ctx, server)
	if err != nil {
		return lease{}, err
	}
	body, err := json.Marshal(fields)
	if err != nil {
		return lease{}, misconfigured()
	}
	answer, err := server.Do(ctx, exchange.Request{Method: http.MethodPost, Path: "auth/" + m.mount + "/login", Body: body, Fresh: m.fresh})
	if err != nil {
		return lease{}, err
	}
	switch answer.Status {
	case http.StatusBadRequest: // credentials that are wrong, to most methods
		return lease{}, denied()
	case http.StatusNotFound:
		return lease{}, misconfigured()
	}
	if err := answer.Refusal(); err != nil {
		return lease{}, err
	}
	return parseLease(answer.Body)
}
