package settings

import (
	"fmt"
	"io"
	"log/slog"
	"slices"
	"strings"
)

// The methods of [KVLogin].
const (
	LoginToken      = "token" // a token that is given: there is no login
	LoginAppRole    = "approle"
	LoginKubernetes = "kubernetes"
	LoginJWT        = "jwt"
	LoginCert       = "cert"
)

// KVLogin is how the client token for a KVv2 server is come by. Settings that do
// not go with the method are empty. It redacts itself when printed.
type KVLogin struct {
	Method string // one of the Login constants; empty where none is named and there is no token
	Mount  string // path of the auth mount, below auth/; empty for LoginToken

	TokenFile       string // path of a file with a client token, in place of KV.Token
	RoleID          Hidden
	SecretID        Hidden
	SecretIDFile    string // path of a file with a SecretID, in place of SecretID
	SecretIDWrapped bool   // SecretID, or its file, holds the token that it is wrapped under
	Role            string
	JWTFile         string // path of a file with a JWT

	// Names are for error messages.
	Names KVLoginNames
}

// KVLoginNames says which variable each setting of a [KVLogin] came from, or,
// where none is set, which one an operator should set. The credential of LoginCert
// is the ClientCert of the connection.
type KVLoginNames struct {
	Method, Mount, TokenFile, RoleID, SecretID, SecretIDFile, SecretIDWrapped, Role, JWTFile string
}

const redactedKVLogin = "settings.KVLogin{[REDACTED]}"

// Format hides every setting from every verb of package fmt.
func (KVLogin) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, redactedKVLogin) }

// LogValue hides every setting from package log/slog.
func (KVLogin) LogValue() slog.Value { return slog.StringValue(redactedKVLogin) }

// MarshalText hides every setting from encoders.
func (KVLogin) MarshalText() ([]byte, error) { return []byte(redactedKVLogin), nil }

// serviceAccountToken is where Kubernetes puts a pod's own token.
const serviceAccountToken = "/var/run/secrets/kubernetes.io/serviceaccount/token" //nolint:gosec // a path

// readKVLogin fills kv.Login, and empties kv.Token if it is not what logs in. It
// reports what is malformed or contradicts itself; what is missing is for those
// who need it.
func readKVLogin(r *Reader, layers prefixLayers, kv *KV) {
	l := &kv.Login
	l.Method, l.Names.Method = layers.read(r, "AUTH")
	l.Mount, l.Names.Mount = layers.read(r, "AUTH_MOUNT")
	l.TokenFile, l.Names.TokenFile = layers.read(r, "TOKEN_FILE")
	l.RoleID, l.Names.RoleID = layers.readHidden(r, "ROLE_ID")
	l.SecretID, l.Names.SecretID = layers.readHidden(r, "SECRET_ID")
	l.SecretIDFile, l.Names.SecretIDFile = layers.read(r, "SECRET_ID_FILE")
	l.Role, l.Names.Role = layers.read(r, "ROLE")
	l.JWTFile, l.Names.JWTFile = layers.read(r, "JWT_FILE")
	wrapped, wrappedName := layers.read(r, "SECRET_ID_WRAPPED")
	l.SecretIDWrapped, l.Names.SecretIDWrapped = r.Bool(wrappedName, false), wrappedName

	layers.oneSource(r, &kv.Token, kv.Names.Token, &l.TokenFile, l.Names.TokenFile)
	layers.oneSource(r, &l.SecretID, l.Names.SecretID, &l.SecretIDFile, l.Names.SecretIDFile)
	chosenBy := l.Names.Method
	if l.Method == "" && (kv.Token.isSet() || l.TokenFile != "") {
		l.Method, chosenBy = LoginToken, l.tokenName(kv)
	}
	if !slices.Contains([]string{"", LoginToken, LoginAppRole, LoginKubernetes, LoginJWT, LoginCert}, l.Method) {
		r.Report(l.Names.Method, "is no way to log in: write token, approle, kubernetes, jwt or cert")
		l.Method = ""
	}
	if l.Method == "" {
		return
	}
	layers.dropForeign(r, kv, wrapped, chosenBy)
	l.setMount(r)
	if l.Method == LoginKubernetes && l.JWTFile == "" {
		l.JWTFile = serviceAccountToken
	}
}

// tokenName is the variable that the token came from.
func (l KVLogin) tokenName(kv *KV) string {
	if l.TokenFile != "" {
		return l.Names.TokenFile
	}
	return kv.Names.Token
}

// oneSource keeps the source of a credential that ranks higher. Two of one rank
// are a problem.
func (p prefixLayers) oneSource(r *Reader, value *Hidden, name string, file *string, fileName string) {
	if !value.isSet() || *file == "" {
		return
	}
	switch valueRank, fileRank := p.rank(name), p.rank(fileName); {
	case valueRank < fileRank:
		*file = ""
	case fileRank < valueRank:
		*value = Hidden{}
	default:
		r.Report(fileName, "is a second source beside "+name+": set one of the two")
	}
}

// dropForeign empties what does not go with the method. That is a problem,
// unless the method was chosen at a higher rank: what ranks lower may be there
// for another server.
func (p prefixLayers) dropForeign(r *Reader, kv *KV, wrapped, chosenBy string) {
	l := &kv.Login
	for _, s := range []struct {
		name    string
		set     bool
		drop    func()
		methods []string
	}{
		{kv.Names.Token, kv.Token.isSet(), emptied(&kv.Token), []string{LoginToken}},
		{l.Names.TokenFile, l.TokenFile != "", emptied(&l.TokenFile), []string{LoginToken}},
		{l.Names.Mount, l.Mount != "", emptied(&l.Mount), []string{LoginAppRole, LoginKubernetes, LoginJWT, LoginCert}},
		{l.Names.RoleID, l.RoleID.isSet(), emptied(&l.RoleID), []string{LoginAppRole}},
		{l.Names.SecretID, l.SecretID.isSet(), emptied(&l.SecretID), []string{LoginAppRole}},
		{l.Names.SecretIDFile, l.SecretIDFile != "", emptied(&l.SecretIDFile), []string{LoginAppRole}},
		{l.Names.SecretIDWrapped, wrapped != "", emptied(&l.SecretIDWrapped), []string{LoginAppRole}},
		{l.Names.Role, l.Role != "", emptied(&l.Role), []string{LoginAppRole, LoginKubernetes, LoginJWT, LoginCert}},
		{l.Names.JWTFile, l.JWTFile != "", emptied(&l.JWTFile), []string{LoginKubernetes, LoginJWT}},
	} {
		if !s.set || slices.Contains(s.methods, l.Method) {
			continue
		}
		if p.rank(s.name) <= p.rank(chosenBy) {
			r.Report(s.name, "does not go with "+l.Method+" login: unset it, or name the method that it is for in "+l.Names.Method)
		}
		s.drop()
	}
	if l.Method == LoginAppRole && l.Role != "" && !l.SecretIDWrapped {
		if p.rank(l.Names.Role) <= p.rank(chosenBy) {
			r.Report(l.Names.Role, "names the AppRole that a wrapped SecretID is for, and the SecretID is not wrapped: unset it, or set "+l.Names.SecretIDWrapped+"=true")
		}
		l.Role = ""
	}
	if l.Method == LoginAppRole && l.Role != "" && !IsSegment(l.Role) {
		r.Report(l.Names.Role, "is not the name of an AppRole: write letters, digits, '.', '_' and '-'")
	}
}

// emptied gives a setting its zero value.
func emptied[T any](setting *T) func() {
	return func() {
		var zero T
		*setting = zero
	}
}

// rank is the place of a variable's prefix; an earlier one wins.
func (p prefixLayers) rank(name string) int {
	return slices.IndexFunc(p.ranks, func(prefixes []string) bool {
		return slices.ContainsFunc(prefixes, func(prefix string) bool { return strings.HasPrefix(name, prefix+"_") })
	})
}

// setMount checks the path of the auth mount, or sets its default, which is the
// method's name.
func (l *KVLogin) setMount(r *Reader) {
	if l.Method == LoginToken {
		return
	}
	if l.Mount == "" {
		l.Mount = l.Method
	}
	l.Mount = strings.TrimSuffix(l.Mount, "/")
	if l.Mount == "auth" || strings.HasPrefix(l.Mount, "auth/") {
		r.Report(l.Names.Mount, "starts with auth: leave it out, as it stands before every auth mount")
		return
	}
	for segment := range strings.SplitSeq(l.Mount, "/") {
		if !IsSegment(segment) {
			r.Report(l.Names.Mount, "is not the path of an auth mount: write segments of letters, digits, '.', '_' and '-', with '/' between them")
			return
		}
	}
}
