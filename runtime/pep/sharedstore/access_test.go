package sharedstore_test

import (
	"crypto/tls"
	"crypto/x509"
	"io"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/secretsgen/secretsgen/internal/servertest"
	"github.com/secretsgen/secretsgen/internal/testpem"
	"github.com/secretsgen/secretsgen/runtime/pep"
)

// leastRights are what docs/settings.md lists.
func leastRights(t *testing.T) []string {
	t.Helper()
	page, err := os.ReadFile("../../../docs/settings.md")
	if err != nil {
		t.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(page), "ACL SETUSER service on >PASSWORD ")
	rights, _, ok := strings.Cut(rest, "\n\n")
	if !ok {
		t.Fatal("docs/settings.md lists no rights")
	}
	return strings.Fields(rights)
}

// exercise does everything that a store can do.
func exercise(t *testing.T, store pep.SharedStore) {
	t.Helper()
	if err := store.Check(t.Context()); err != nil {
		t.Fatal(err)
	}
	const ttl = 300 * time.Millisecond
	settle(t, store, ttl)
	k := key(t, "billing")
	add(t, store, k, ask(t, store, k, grant("G", 3)))
	used, err := store.Use(t.Context(), pep.Use{Attempt: pep.Attempt{Key: k}, Spend: true, Proof: claim("proof", ttl), Token: claim("token", ttl)})
	if err != nil || !used.Live {
		t.Fatalf("%+v, %v", used, err)
	}
	if _, err := store.Claimed(t.Context(), claim("token", ttl)); err != nil {
		t.Error(err)
	}
	if err := store.Deny(t.Context(), k, pep.Denial{TTL: time.Millisecond, Known: time.Millisecond}); err != nil {
		t.Error(err)
	}
	for i := range 4100 {
		r := pep.Revocation{Issuer: "i", Subject: "s", Accessor: string(rune('a' + i))}
		if err := store.Revoke(t.Context(), r, 0); err != nil {
			t.Fatal(err)
		}
	}
	if err := store.Revoke(t.Context(), pep.Revocation{Accessor: "some"}, 0); err != nil {
		t.Error(err)
	}
	if _, err := store.Revoked(t.Context(), k, used.Grant.Generation); err != nil {
		t.Error(err)
	}
	spend(t, store, pep.Attempt{Key: k})
	if err := store.Revoke(t.Context(), pep.Revocation{}, 0); err != nil {
		t.Error(err)
	}
}

func TestAUserWithTheRightsThatAreListedCanDoEverything(t *testing.T) {
	t.Parallel()
	onAll(t, func(t *testing.T, s *servertest.Server) {
		s.Do(append([]string{"ACL", "SETUSER", "service", "on", ">pass word"}, leastRights(t)...)...)
		s.Do("ACL", "SETUSER", "default", "-@all", "+acl", "+cluster", "+info")
		exercise(t, openWith(t, instance("redis://service:pass%20word@"+s.Addr, nil)))

		file := filepath.Join(t.TempDir(), "password")
		if err := os.WriteFile(file, []byte("pass word\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		store := openWith(t, instance("redis://service@"+s.Addr, map[string]string{"SECRETS_STORE_PASSWORD_FILE": file}))
		if err := store.Check(t.Context()); err != nil {
			t.Error(err)
		}
	})
}

func TestAUserWithoutTheRightsIsToldSo(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, s *servertest.Server) {
		for _, missing := range []string{"-info", "-evalsha", "-set", "resetkeys"} {
			s.Do(append(append([]string{"ACL", "SETUSER", "service", "reset", "on", ">pw"}, leastRights(t)...), missing)...)
			s.Do("FLUSHALL")
			store := openWith(t, instance("redis://service:pw@"+s.Addr, nil))
			if detail := problems(t, store.Check(t.Context()))["SECRETS_STORE_URL"]; !strings.Contains(detail, "may not run the commands") {
				t.Errorf("%s: %q", missing, detail)
			}
		}
	})
}

func TestAPasswordThatChangesIsReadAgain(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, s *servertest.Server) {
		file := filepath.Join(t.TempDir(), "password")
		store := openWith(t, instance("redis://service@"+s.Addr, map[string]string{"SECRETS_STORE_PASSWORD_FILE": write(t, file, "first")}))
		for _, password := range []string{"first", "second"} {
			write(t, file, password)
			s.Do(append([]string{"ACL", "SETUSER", "service", "reset", "on", ">" + password}, leastRights(t)...)...)
			s.Do("CLIENT", "KILL", "USER", "service")
			eventually(t, "it logs in with the "+password, func() bool { return store.Check(t.Context()) == nil })
		}
	})
}

func TestAStoreIsSpokenToOverTLS(t *testing.T) {
	t.Parallel()
	s := servertest.Start(t, servertest.Valkey)
	dir := t.TempDir()
	serverKey, clientKey := testpem.ECDSA(t), testpem.ECDSA(t)
	serverChain, clientChain := testpem.Chain(t, serverKey, "localhost"), testpem.Chain(t, clientKey, "service.example")
	clients := x509.NewCertPool()
	clients.AddCert(clientChain[1])
	secured := proxied(t, s.Addr, &tls.Config{
		Certificates: []tls.Certificate{{Certificate: [][]byte{serverChain[0].Raw}, PrivateKey: serverKey}},
		ClientAuth:   tls.RequireAndVerifyClientCert, ClientCAs: clients, MinVersion: tls.VersionTLS12,
	})
	_, port, _ := net.SplitHostPort(secured)
	vars := map[string]string{
		"SECRETS_STORE_CA_FILE":   write(t, filepath.Join(dir, "ca.pem"), testpem.Certificates(serverChain[1:])),
		"SECRETS_STORE_CERT_FILE": write(t, filepath.Join(dir, "cert.pem"), testpem.Certificates(clientChain[:1])),
		"SECRETS_STORE_KEY_FILE":  write(t, filepath.Join(dir, "key.pem"), testpem.PKCS8(t, clientKey)),
	}
	exercise(t, openWith(t, instance("rediss://localhost:"+port, vars)))

	for name, tt := range map[string]struct {
		url   string
		unset string
		want  string
	}{
		"an authority that is not known": {"rediss://localhost:" + port, "SECRETS_STORE_CA_FILE", "showed a certificate of an unknown authority"},
		"a certificate of another host":  {"rediss://127.0.0.1:" + port, "", "showed a certificate of another host"},
		"no certificate to show":         {"rediss://localhost:" + port, "SECRETS_STORE_CERT_FILE SECRETS_STORE_KEY_FILE", "certificate"},
		"no TLS at all":                  {"redis://localhost:" + port, "SECRETS_STORE_CA_FILE SECRETS_STORE_CERT_FILE SECRETS_STORE_KEY_FILE", "TLS"},
	} {
		with := map[string]string{"SECRETS_STORE_TIMEOUT": "2s"}
		for name, value := range vars {
			if !strings.Contains(tt.unset, name) {
				with[name] = value
			}
		}
		detail := problems(t, openWith(t, instance(tt.url, with)).Check(t.Context()))["SECRETS_STORE_URL"]
		if !strings.Contains(detail, tt.want) {
			t.Errorf("%s: %q, want %q in it", name, detail, tt.want)
		}
	}
}

// proxied puts TLS before a server that speaks none.
func proxied(t *testing.T, to string, cfg *tls.Config) string {
	t.Helper()
	return listener(t, func(plain net.Conn) {
		defer plain.Close()
		conn := tls.Server(plain, cfg)
		behind, err := net.Dial("tcp", to)
		if err != nil {
			return
		}
		defer behind.Close()
		go func() { _, _ = io.Copy(behind, conn); _ = behind.Close() }()
		_, _ = io.Copy(conn, behind)
	})
}

func write(t *testing.T, path, text string) string {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}
