package settings_test

import (
	"bytes"
	"fmt"
	"log/slog"
	"maps"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/secretsgen/secretsgen/runtime/settings"
)

// plainLogin is a login that does not redact itself, with the token.
type plainLogin struct {
	Method, Mount, Token, TokenFile, RoleID, SecretID, SecretIDFile, Role, JWTFile string
	Wrapped                                                                        bool
}

func plain(kv settings.KV) plainLogin {
	l := kv.Login
	return plainLogin{l.Method, l.Mount, kv.Token.Reveal(), l.TokenFile, l.RoleID.Reveal(), l.SecretID.Reveal(), l.SecretIDFile, l.Role, l.JWTFile, l.SecretIDWrapped}
}

func TestALoginIsRead(t *testing.T) {
	t.Parallel()
	const ownToken = "/var/run/secrets/kubernetes.io/serviceaccount/token"
	for name, test := range map[string]struct {
		vars map[string]string
		want plainLogin
	}{
		"nothing is set":          {nil, plainLogin{}},
		"a token":                 {map[string]string{"VAULT_TOKEN": "t"}, plainLogin{Method: "token", Token: "t"}},
		"a token, by name":        {map[string]string{"VAULT_AUTH": "token", "VAULT_TOKEN": "t"}, plainLogin{Method: "token", Token: "t"}},
		"a token file":            {map[string]string{"BAO_TOKEN_FILE": "f"}, plainLogin{Method: "token", TokenFile: "f"}},
		"token login and nothing": {map[string]string{"VAULT_AUTH": "token"}, plainLogin{Method: "token"}},
		"AppRole": {
			map[string]string{"VAULT_AUTH": "approle", "VAULT_ROLE_ID": "r", "VAULT_SECRET_ID": "s"},
			plainLogin{Method: "approle", Mount: "approle", RoleID: "r", SecretID: "s"},
		},
		"AppRole with a file, over two ranks": {
			map[string]string{"OPENBAO_AUTH": "approle", "VAULT_ROLE_ID": "r", "BAO_SECRET_ID_FILE": "f", "VAULT_AUTH_MOUNT": "team/apps/"},
			plainLogin{Method: "approle", Mount: "team/apps", RoleID: "r", SecretIDFile: "f"},
		},
		"AppRole with a wrapped SecretID": {
			map[string]string{"VAULT_AUTH": "approle", "VAULT_ROLE_ID": "r", "VAULT_SECRET_ID_FILE": "f", "VAULT_SECRET_ID_WRAPPED": "True", "VAULT_ROLE": "app"},
			plainLogin{Method: "approle", Mount: "approle", RoleID: "r", SecretIDFile: "f", Role: "app", Wrapped: true},
		},
		"Kubernetes": {
			map[string]string{"VAULT_AUTH": "kubernetes", "VAULT_ROLE": "app"},
			plainLogin{Method: "kubernetes", Mount: "kubernetes", Role: "app", JWTFile: ownToken},
		},
		"Kubernetes with a token of another audience": {
			map[string]string{"VAULT_AUTH": "kubernetes", "VAULT_ROLE": "app", "VAULT_JWT_FILE": "f", "VAULT_AUTH_MOUNT": "k8s-eu"},
			plainLogin{Method: "kubernetes", Mount: "k8s-eu", Role: "app", JWTFile: "f"},
		},
		"JWT": {
			map[string]string{"VAULT_AUTH": "jwt", "VAULT_ROLE": "app", "VAULT_JWT_FILE": "f"},
			plainLogin{Method: "jwt", Mount: "jwt", Role: "app", JWTFile: "f"},
		},
		"a certificate": {map[string]string{"VAULT_AUTH": "cert"}, plainLogin{Method: "cert", Mount: "cert"}},
		"a certificate and a role": {
			map[string]string{"VAULT_AUTH": "cert", "VAULT_ROLE": "app"},
			plainLogin{Method: "cert", Mount: "cert", Role: "app"},
		},
		"of a token and a file, what ranks higher": {
			map[string]string{"OPENBAO_TOKEN_FILE": "f", "VAULT_TOKEN": "t"},
			plainLogin{Method: "token", TokenFile: "f"},
		},
		"of a file and a token, what ranks higher": {
			map[string]string{"OPENBAO_TOKEN": "t", "VAULT_TOKEN_FILE": "f"},
			plainLogin{Method: "token", Token: "t"},
		},
		"of two SecretIDs, what ranks higher": {
			map[string]string{"VAULT_AUTH": "approle", "BAO_SECRET_ID_FILE": "f", "VAULT_SECRET_ID": "s"},
			plainLogin{Method: "approle", Mount: "approle", SecretIDFile: "f"},
		},
		"a method that ranks higher than what is for another": {
			map[string]string{"OPENBAO_TOKEN": "t", "VAULT_ROLE_ID": "r", "VAULT_SECRET_ID": "s", "VAULT_SECRET_ID_WRAPPED": "true", "VAULT_ROLE": "x", "VAULT_AUTH_MOUNT": "m"},
			plainLogin{Method: "token", Token: "t"},
		},
		"a method that ranks higher than a role": {
			map[string]string{"OPENBAO_AUTH": "approle", "OPENBAO_ROLE_ID": "r", "OPENBAO_SECRET_ID": "s", "VAULT_ROLE": "x"},
			plainLogin{Method: "approle", Mount: "approle", RoleID: "r", SecretID: "s"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := reader(test.vars)
			kv := settings.ReadKV(r, "openbao")
			if diff := cmp.Diff(test.want, plain(kv)); diff != "" {
				t.Errorf("login (-want +got):\n%s", diff)
			}
			if got := problems(t, r); got != nil {
				t.Errorf("problems %v", got)
			}
		})
	}
}

func TestALoginThatIsRefused(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		vars map[string]string
		want []string
	}{
		"a method that there is not":     {map[string]string{"VAULT_AUTH": "canary"}, []string{"VAULT_AUTH"}},
		"a method in another case":       {map[string]string{"BAO_AUTH": "AppRole"}, []string{"BAO_AUTH"}},
		"a token and a file":             {map[string]string{"VAULT_TOKEN": "canary", "VAULT_TOKEN_FILE": "canary"}, []string{"VAULT_TOKEN_FILE"}},
		"of one rank under two prefixes": {map[string]string{"BAO_TOKEN": "canary", "OPENBAO_TOKEN_FILE": "canary"}, []string{"OPENBAO_TOKEN_FILE"}},
		"two SecretIDs":                  {map[string]string{"VAULT_AUTH": "approle", "VAULT_SECRET_ID": "canary", "VAULT_SECRET_ID_FILE": "canary"}, []string{"VAULT_SECRET_ID_FILE"}},
		"a token beside AppRole":         {map[string]string{"VAULT_AUTH": "approle", "VAULT_TOKEN": "canary"}, []string{"VAULT_TOKEN"}},
		"a token that outranks AppRole":  {map[string]string{"VAULT_AUTH": "approle", "OPENBAO_TOKEN": "canary"}, []string{"OPENBAO_TOKEN"}},
		"a RoleID beside a token":        {map[string]string{"VAULT_TOKEN": "canary", "VAULT_ROLE_ID": "canary"}, []string{"VAULT_ROLE_ID"}},
		"all that is not for a token": {
			map[string]string{"VAULT_TOKEN_FILE": "canary", "VAULT_AUTH_MOUNT": "canary", "VAULT_ROLE": "canary", "VAULT_SECRET_ID": "canary", "VAULT_SECRET_ID_WRAPPED": "false", "VAULT_JWT_FILE": "canary"},
			[]string{"VAULT_AUTH_MOUNT", "VAULT_JWT_FILE", "VAULT_ROLE", "VAULT_SECRET_ID", "VAULT_SECRET_ID_WRAPPED"},
		},
		"a SecretID beside Kubernetes":          {map[string]string{"VAULT_AUTH": "kubernetes", "VAULT_SECRET_ID_FILE": "canary"}, []string{"VAULT_SECRET_ID_FILE"}},
		"a JWT beside a certificate":            {map[string]string{"VAULT_AUTH": "cert", "VAULT_JWT_FILE": "canary"}, []string{"VAULT_JWT_FILE"}},
		"a role for a SecretID not wrapped":     {map[string]string{"VAULT_AUTH": "approle", "VAULT_ROLE": "canary"}, []string{"VAULT_ROLE"}},
		"a role that is no segment":             {map[string]string{"VAULT_AUTH": "approle", "VAULT_ROLE": "canary/x", "VAULT_SECRET_ID_WRAPPED": "1"}, []string{"VAULT_ROLE"}},
		"wrapped or not, who knows":             {map[string]string{"VAULT_AUTH": "approle", "VAULT_SECRET_ID_WRAPPED": "canary"}, []string{"VAULT_SECRET_ID_WRAPPED"}},
		"a mount that goes up":                  {map[string]string{"VAULT_AUTH": "jwt", "VAULT_AUTH_MOUNT": "canary/../sys"}, []string{"VAULT_AUTH_MOUNT"}},
		"a mount with an empty segment":         {map[string]string{"VAULT_AUTH": "jwt", "VAULT_AUTH_MOUNT": "canary//x"}, []string{"VAULT_AUTH_MOUNT"}},
		"a mount that ends in a point":          {map[string]string{"VAULT_AUTH": "jwt", "VAULT_AUTH_MOUNT": "canary."}, []string{"VAULT_AUTH_MOUNT"}},
		"a mount with two points":               {map[string]string{"VAULT_AUTH": "jwt", "VAULT_AUTH_MOUNT": "can..ary"}, []string{"VAULT_AUTH_MOUNT"}},
		"a mount with a query":                  {map[string]string{"VAULT_AUTH": "jwt", "VAULT_AUTH_MOUNT": "canary?x"}, []string{"VAULT_AUTH_MOUNT"}},
		"a mount with a space":                  {map[string]string{"VAULT_AUTH": "jwt", "VAULT_AUTH_MOUNT": "canary x"}, []string{"VAULT_AUTH_MOUNT"}},
		"a mount of a slash":                    {map[string]string{"VAULT_AUTH": "jwt", "VAULT_AUTH_MOUNT": "/"}, []string{"VAULT_AUTH_MOUNT"}},
		"a mount with auth before it":           {map[string]string{"VAULT_AUTH": "jwt", "VAULT_AUTH_MOUNT": "auth/canary"}, []string{"VAULT_AUTH_MOUNT"}},
		"two names of one rank that disagree":   {map[string]string{"BAO_ROLE_ID": "canary1", "OPENBAO_ROLE_ID": "canary2", "VAULT_AUTH": "approle"}, []string{"BAO_ROLE_ID"}},
		"what an instance is not to be without": {map[string]string{"OPENBAO_EU_AUTH": "canary", "VAULT_AUTH": "approle"}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := reader(test.vars)
			settings.ReadKV(r, "openbao")
			if diff := cmp.Diff(test.want, problems(t, r)); diff != "" {
				t.Errorf("problems (-want +got):\n%s", diff)
			}
			if err := r.Err(); err != nil && strings.Contains(err.Error(), "canary") {
				t.Errorf("the error shows a value: %v", err)
			}
		})
	}
}

func TestAnInstanceLogsInWithItsOwn(t *testing.T) {
	t.Parallel()
	vars := map[string]string{"OPENBAO_EU_AUTH": "approle", "OPENBAO_EU_ROLE_ID": "r", "OPENBAO_EU_SECRET_ID": "s"}
	shared := map[string]string{"VAULT_AUTH": "jwt", "VAULT_ROLE": "x", "VAULT_TOKEN": "x", "OPENBAO_ROLE_ID": "x", "OPENBAO_AUTH_MOUNT": "x"}
	maps.Copy(shared, vars)
	want := plainLogin{Method: "approle", Mount: "approle", RoleID: "r", SecretID: "s"}
	r := reader(shared)
	if diff := cmp.Diff(want, plain(settings.ReadKV(r, "openbao-eu"))); diff != "" || r.Err() != nil {
		t.Errorf("login (-want +got):\n%s%v", diff, r.Err())
	}
}

func TestEachSettingOfALoginKnowsItsVariable(t *testing.T) {
	t.Parallel()
	r := reader(map[string]string{"BAO_AUTH": "approle", "OPENBAO_ROLE_ID": "r", "VAULT_SECRET_ID_FILE": "s"})
	want := settings.KVLoginNames{
		Method: "BAO_AUTH", Mount: "VAULT_AUTH_MOUNT", TokenFile: "VAULT_TOKEN_FILE", RoleID: "OPENBAO_ROLE_ID",
		SecretID: "VAULT_SECRET_ID", SecretIDFile: "VAULT_SECRET_ID_FILE", SecretIDWrapped: "VAULT_SECRET_ID_WRAPPED",
		Role: "VAULT_ROLE", JWTFile: "VAULT_JWT_FILE",
	}
	if diff := cmp.Diff(want, settings.ReadKV(r, "openbao").Login.Names); diff != "" {
		t.Errorf("names (-want +got):\n%s", diff)
	}
}

func TestALoginShowsNothingWhenPrinted(t *testing.T) {
	t.Parallel()
	login := settings.ReadKV(reader(map[string]string{"VAULT_AUTH": "approle", "VAULT_ROLE_ID": "canary", "VAULT_SECRET_ID": "canary"}), "openbao").Login
	var out bytes.Buffer
	fmt.Fprintf(&out, "%v %+v %#v %s %q %x %d %v", login, login, login, login, login, login, login, &login)
	slog.New(slog.NewJSONHandler(&out, nil)).Info("json", "printed", login)
	slog.New(slog.NewTextHandler(&out, nil)).Info("text", "printed", login)
	for _, form := range []string{"canary", fmt.Sprintf("%x", "canary"), "approle"} {
		if strings.Contains(out.String(), form) {
			t.Errorf("%s is shown: %s", form, out.String())
		}
	}
}
