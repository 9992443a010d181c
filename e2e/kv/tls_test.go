package kv

import (
	"net/http"
	"os"
	"strings"
	"testing"

	"github.com/secretsgen/secretsgen/e2e/internal/kvserver"
)

// secure starts a server with a certificate for this host, and a shelf on it.
func secure(t *testing.T) (kvserver.Admin, *authority, shelf) {
	t.Helper()
	ca := newAuthority(t)
	cert, key := ca.issue("kv", "127.0.0.1", "kv.example.com")
	a := own(t, kvserver.Options{Cert: cert, Key: key, TLS: ca.trust()})
	return a, ca, stock(a)
}

func TestACertificateLogsIn(t *testing.T) {
	t.Parallel()
	a, ca, s := secure(t)
	mount, policy := a.Method("cert"), a.Policy(s.mount)
	a.Must(http.MethodPost, "auth/"+mount+"/certs/payments", map[string]any{
		"certificate": ca.pem(), "allowed_common_names": "payments", "token_policies": []string{policy}, "token_ttl": "5s",
	})
	cert, key := ca.issue("payments")
	other, otherKey := ca.issue("orders")
	stranger, strangerKey := newAuthority(t).issue("payments")
	base := vars{"URL": a.Server.Address, "CACERT": ca.file, "AUTH": "cert", "AUTH_MOUNT": mount, "CLIENT_CERT": cert, "CLIENT_KEY": key}
	everyScheme(t, func(t *testing.T, scheme string) {
		for name, test := range map[string]struct {
			more vars
			want string
		}{
			"of whatever role fits":        {nil, "value"},
			"of a role that is named":      {vars{"ROLE": "payments"}, "value"},
			"of a role that is not there":  {vars{"ROLE": "orders"}, "denied"},
			"of another service":           {vars{"CLIENT_CERT": other, "CLIENT_KEY": otherKey}, "denied"},
			"of an authority of strangers": {vars{"CLIENT_CERT": stranger, "CLIENT_KEY": strangerKey}, "denied"},
		} {
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				p := open(t, scheme, base.with(test.more))
				p.fails(s.mount, "app/api", test.want)
			})
		}
		t.Run("again and again", func(t *testing.T) {
			t.Parallel()
			p := open(t, scheme, base)
			p.goesOn(s.mount, "app/api", s.latest(), leaseOver)
		})
	})
}

// The connection of the reads is never idle, and was made with the old certificate.
func TestACertificateThatIsRenewedLogsInWithoutARestart(t *testing.T) {
	t.Parallel()
	a, ca, s := secure(t)
	policy := a.Policy(s.mount)
	everyScheme(t, func(t *testing.T, scheme string) {
		mount := a.Method("cert")
		admit := func(name string) {
			a.Must(http.MethodPost, "auth/"+mount+"/certs/payments", map[string]any{
				"certificate": ca.pem(), "allowed_common_names": name, "token_policies": []string{policy}, "token_ttl": "5s",
			})
		}
		admit("old")
		cert, key := ca.issue("old")
		p := open(t, scheme, vars{"URL": a.Server.Address, "CACERT": ca.file, "AUTH": "cert", "AUTH_MOUNT": mount, "CLIENT_CERT": cert, "CLIENT_KEY": key})
		p.gets(s.mount, "app/api", s.latest())
		newCert, newKey := ca.issue("new")
		for from, to := range map[string]string{newCert: cert, newKey: key} {
			if err := os.Rename(from, to); err != nil {
				t.Fatal(err)
			}
		}
		admit("new")
		p.goesOn(s.mount, "app/api", s.latest(), leaseOver)
	})
}

func TestAServerIsTrustedByItsCertificateAlone(t *testing.T) {
	t.Parallel()
	a, ca, s := secure(t)
	base := at(a.Server, s.token)
	cert, key := ca.issue("payments")
	byName := strings.Replace(a.Server.Address, "127.0.0.1", "localhost", 1)
	everyScheme(t, func(t *testing.T, scheme string) {
		for name, test := range map[string]struct {
			more vars
			want string
		}{
			"its authority is named":               {vars{"CACERT": ca.file}, "value"},
			"its authority is not known":           {nil, "misconfigured"},
			"another authority is named":           {vars{"CACERT": newAuthority(t).file}, "misconfigured"},
			"its name is not that of the address":  {vars{"CACERT": ca.file, "URL": byName}, "misconfigured"},
			"its name is the one to expect":        {vars{"CACERT": ca.file, "URL": byName, "TLS_SERVER_NAME": "kv.example.com"}, "value"},
			"another name is to be expected":       {vars{"CACERT": ca.file, "TLS_SERVER_NAME": "kv.example.org"}, "misconfigured"},
			"nobody looks, in development":         {vars{"VERIFY_SSL": "false"}, "value"},
			"plain http is spoken to it":           {vars{"URL": strings.Replace(a.Server.Address, "https", "http", 1)}, "misconfigured"},
			"a client shows one that nobody asked": {vars{"CACERT": ca.file, "CLIENT_CERT": cert, "CLIENT_KEY": key}, "value"},
		} {
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				p := open(t, scheme, base.with(test.more))
				p.fails(s.mount, "app/api", test.want)
			})
		}
		t.Run("TLS is spoken to a server without", func(t *testing.T) {
			t.Parallel()
			p := open(t, scheme, at(shared, s.token).with(vars{"URL": strings.Replace(shared.Address, "http://", "https://", 1)}))
			p.fails(s.mount, "app/api", "misconfigured")
		})
	})
}
