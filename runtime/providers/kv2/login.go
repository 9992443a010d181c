package kv2

import (
	"github.com/secretsgen/secretsgen/runtime/providers"
	"github.com/secretsgen/secretsgen/runtime/providers/kv2/internal/exchange"
	"github.com/secretsgen/secretsgen/runtime/providers/kv2/internal/login"
	"github.com/secretsgen/secretsgen/runtime/settings"
)

// openSession makes the session with a server. It holds the credentials, so that
// nothing that prints what it is in shows them.
type openSession func(providers.Instance, *exchange.Server) *login.Session

// readLogin reports what is missing or malformed of the settings that log in.
func readLogin(r *settings.Reader, kv settings.KV) openSession {
	reportMissing(r, kv)
	reportUnprintable(r, kv)
	l := kv.Login
	if l.Method == settings.LoginToken && l.TokenFile == "" {
		return func(providers.Instance, *exchange.Server) *login.Session { return login.Static(kv.Token.Reveal()) }
	}
	if l.Method == settings.LoginToken {
		return func(in providers.Instance, _ *exchange.Server) *login.Session {
			return login.File(in, login.FromFile(l.TokenFile, l.Names.TokenFile))
		}
	}
	return func(in providers.Instance, server *exchange.Server) *login.Session {
		return login.New(in, server, method(l))
	}
}

// method is the way to log in that the settings describe.
func method(l settings.KVLogin) login.Method {
	switch l.Method {
	case settings.LoginKubernetes, settings.LoginJWT:
		return login.JWT(l.Mount, l.Role, login.FromFile(l.JWTFile, l.Names.JWTFile))
	case settings.LoginCert:
		return login.Certificate(l.Mount, l.Role)
	}
	secretID := login.Given(l.SecretID.Reveal())
	if l.SecretIDFile != "" {
		secretID = login.FromFile(l.SecretIDFile, l.Names.SecretIDFile)
	}
	if l.SecretIDWrapped {
		return login.AppRoleWrapped(l.Mount, l.Role, login.Given(l.RoleID.Reveal()), secretID)
	}
	return login.AppRole(l.Mount, login.Given(l.RoleID.Reveal()), secretID)
}

// reportMissing reports what the method needs and has not.
func reportMissing(r *settings.Reader, kv settings.KV) {
	l := kv.Login
	require := func(value, name, remedy string) {
		if value == "" {
			r.Report(name, "is not set: "+remedy)
		}
	}
	switch l.Method {
	case "":
		if _, malformed := r.Lookup(l.Names.Method); malformed {
			return // and reported
		}
		if l.RoleID.Reveal()+l.SecretID.Reveal()+l.SecretIDFile+l.Role+l.JWTFile+l.Mount != "" {
			require("", l.Names.Method, "name the way to log in: approle, kubernetes, jwt or cert")
			return
		}
		require("", kv.Names.Token, "give the client token for the KV server, its file in "+l.Names.TokenFile+", or a way to log in with "+l.Names.Method)
	case settings.LoginToken:
		require(kv.Token.Reveal()+l.TokenFile, kv.Names.Token, "give the client token for the KV server, or its file in "+l.Names.TokenFile)
	case settings.LoginAppRole:
		require(l.RoleID.Reveal(), l.Names.RoleID, "give the RoleID of the AppRole to log in with")
		require(l.SecretID.Reveal()+l.SecretIDFile, l.Names.SecretID, "give the SecretID of the AppRole to log in with, or its file in "+l.Names.SecretIDFile)
	case settings.LoginKubernetes:
		require(l.Role, l.Names.Role, "give the role to log in with")
	case settings.LoginJWT:
		require(l.Role, l.Names.Role, "give the role to log in with")
		require(l.JWTFile, l.Names.JWTFile, "give the path of the file with the JWT to log in with")
	case settings.LoginCert:
		require(kv.ClientCert+kv.ClientKey, kv.Names.ClientCert, "give the client certificate to log in with, and its key in "+kv.Names.ClientKey)
	}
}

// reportUnprintable reports what could not be meant to be sent.
func reportUnprintable(r *settings.Reader, kv settings.KV) {
	l := kv.Login
	for _, s := range []struct{ value, name, what string }{
		{kv.Token.Reveal(), kv.Names.Token, "token"},
		{l.RoleID.Reveal(), l.Names.RoleID, "RoleID"},
		{l.SecretID.Reveal(), l.Names.SecretID, "SecretID"},
		{l.Role, l.Names.Role, "role"},
	} {
		if !exchange.Printable(s.value) {
			r.Report(s.name, "holds a character that no "+s.what+" has: look for white space or a line break at its end")
		}
	}
}
