package sharedstore_test

import (
	"context"
	"errors"
	"maps"
	"net"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/secretsgen/secretsgen/internal/servertest"
	"github.com/secretsgen/secretsgen/runtime/pep"
	"github.com/secretsgen/secretsgen/runtime/pep/sharedstore"
	"github.com/secretsgen/secretsgen/runtime/settings"
)

// problems are those of an error, by name.
func problems(t *testing.T, err error) map[string]string {
	t.Helper()
	config, ok := errors.AsType[*settings.Error](err)
	if !ok {
		t.Fatalf("%v is no error of the settings", err)
	}
	all := map[string]string{}
	for _, p := range config.Problems {
		all[p.Name] = p.Detail
		if strings.Contains(p.Detail, "canary") {
			t.Errorf("%s shows what was set: %s", p.Name, p.Detail)
		}
	}
	return all
}

func TestSettingsThatMakeNoStoreAreNamedTogether(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		url  string
		vars map[string]string
		want []string
	}{
		"no URL at all":             {"canary", nil, []string{"SECRETS_STORE_URL"}},
		"a URL that can't be read":  {"redis://canary:%zz@h", nil, []string{"SECRETS_STORE_URL"}},
		"another scheme":            {"https://canary.example", nil, []string{"SECRETS_STORE_URL"}},
		"no host":                   {"redis:///0", nil, []string{"SECRETS_STORE_URL"}},
		"a port that is none":       {"redis://canary:99999", nil, []string{"SECRETS_STORE_URL"}},
		"a database that is a name": {"redis://host/canary", nil, []string{"SECRETS_STORE_URL"}},
		"a parameter":               {"redis://host?canary=1", nil, []string{"SECRETS_STORE_URL"}},
		"two hosts":                 {"redis://canary-a:1,canary-b:2", nil, []string{"SECRETS_STORE_URL"}},
		"a password twice": {
			"redis://u:canary@host",
			map[string]string{"SECRETS_STORE_PASSWORD_FILE": "/dev/null"},
			[]string{"SECRETS_STORE_PASSWORD_FILE"},
		},
		"a password that is not there": {
			"redis://host",
			map[string]string{"SECRETS_STORE_PASSWORD_FILE": "/canary"},
			[]string{"SECRETS_STORE_PASSWORD_FILE"},
		},
		"files for TLS without it": {
			"redis://host",
			map[string]string{"SECRETS_STORE_CA_FILE": "/canary", "SECRETS_STORE_CERT_FILE": "/canary", "SECRETS_STORE_KEY_FILE": "/canary"},
			[]string{"SECRETS_STORE_CA_FILE", "SECRETS_STORE_CERT_FILE", "SECRETS_STORE_KEY_FILE"},
		},
		"files that are not there": {
			"rediss://host",
			map[string]string{"SECRETS_STORE_CA_FILE": "/canary", "SECRETS_STORE_CERT_FILE": "/canary", "SECRETS_STORE_KEY_FILE": "/canary"},
			[]string{"SECRETS_STORE_CA_FILE", "SECRETS_STORE_CERT_FILE"},
		},
		"a certificate without its key": {
			"rediss://host",
			map[string]string{"SECRETS_STORE_CERT_FILE": "/canary"},
			[]string{"SECRETS_STORE_CERT_FILE"},
		},
		"several at once": {
			"canary://",
			map[string]string{"SECRETS_STORE_TIMEOUT": "canary", "SECRETS_STORE_PASSWORD_FILE": "/canary"},
			[]string{"SECRETS_STORE_PASSWORD_FILE", "SECRETS_STORE_TIMEOUT", "SECRETS_STORE_URL"},
		},
		"an address":               {"redis://[::1]:6380/3", nil, nil},
		"a user, without the rest": {"rediss://user:password@store.example", nil, nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			store, err := sharedstore.Store().Open(t.Context(), instance(tt.url, tt.vars))
			if tt.want == nil {
				if err != nil {
					t.Fatal(err)
				}
				_ = store.Close(t.Context())
				return
			}
			if diff := cmp.Diff(tt.want, slices.Sorted(maps.Keys(problems(t, err)))); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestAStoreThatCannotBeUsedIsNamedWithWhatWasTried(t *testing.T) {
	t.Parallel()
	silent := listener(t, func(conn net.Conn) { <-t.Context().Done(); _ = conn.Close() })
	web := listener(t, func(conn net.Conn) { _, _ = conn.Write([]byte("HTTP/1.1 400 Bad Request\r\n\r\n")); _ = conn.Close() })
	short := listener(t, func(conn net.Conn) { _ = conn.Close() })
	plain := servertest.Start(t, servertest.Redis)
	locked := servertest.Start(t, servertest.Valkey, "--requirepass", "canary-password")
	evicting := servertest.Start(t, servertest.Redis, "--maxmemory", "100mb", "--maxmemory-policy", "allkeys-lru")
	_, port, _ := net.SplitHostPort(plain.Addr)
	replica := servertest.Start(t, servertest.Redis, "--replicaof", "127.0.0.1 "+port)
	cluster := servertest.Start(t, servertest.Cluster)
	for name, tt := range map[string]struct {
		url  string
		want string
	}{
		"nothing listens":          {"redis://127.0.0.1:1", "a connection was tried, and it was refused"},
		"a host that is not known": {"redis://canary.invalid", "the name of its host was looked up, and it is not known"},
		"nobody answers":           {"redis://" + silent, "a login was tried, and it was not answered in time"},
		"a web server":             {"redis://" + web, "a login was tried, and it was not answered as Redis or Valkey would"},
		"one that hangs up":        {"redis://" + short, "a login was tried, and it was cut off"},
		"TLS to one without":       {"rediss://" + plain.Addr, "TLS was tried, and it "},
		"no password":              {locked.URL(), "a login was tried, and it was refused: the server wants a password"},
		"a wrong password":         {"redis://:canary@" + locked.Addr, "a login was tried, and it was refused: the user or the password is wrong"},
		"a user that is not there": {"redis://canary:canary@" + plain.Addr, "a login was tried, and it was refused: the user or the password is wrong"},
		"no such database":         {plain.URL() + "/4711", "a login was tried, and it found no database of that number"},
		"a database of a cluster":  {cluster.URL() + "/1", "a login was tried, and it found no database of that number"},
		"one that evicts":          {evicting.URL(), "its maxmemory-policy was asked, and it has another one than noeviction"},
		"a replica":                {replica.URL(), "its role was asked, and it is a replica"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			store := openWith(t, instance(tt.url, map[string]string{"SECRETS_STORE_TIMEOUT": "1s"}))
			detail := problems(t, store.Check(t.Context()))["SECRETS_STORE_URL"]
			if want := "names a store that can't be used: " + tt.want; !strings.HasPrefix(detail, want) {
				t.Errorf("%q, want %q", detail, want)
			}
			if strings.Contains(detail, "127.0.0.1") {
				t.Errorf("%q shows an address", detail)
			}
			if _, _, err := store.Spend(t.Context(), pep.Attempt{Key: key(t, "billing")}); err == nil {
				t.Error("it is used all the same")
			} else if strings.Contains(err.Error(), "127.0.0.1") || strings.Contains(err.Error(), "canary") {
				t.Errorf("%q shows an address", err)
			}
		})
	}
}

func TestACheckEndsWithItsContext(t *testing.T) {
	t.Parallel()
	silent := listener(t, func(conn net.Conn) { <-t.Context().Done(); _ = conn.Close() })
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	store := openWith(t, instance("redis://"+silent, map[string]string{"SECRETS_STORE_TIMEOUT": "1m"}))
	detail := problems(t, store.Check(ctx))["SECRETS_STORE_URL"]
	if !strings.Contains(detail, "in time") {
		t.Errorf("%q", detail)
	}
}

func TestAStoreInTheClearOnAnotherMachineIsWarnedAbout(t *testing.T) {
	t.Parallel()
	for url, want := range map[string]bool{
		"redis://store.example": true, "rediss://store.example": false,
		"redis://127.0.0.1": false, "redis://[::1]:1": false, "redis://localhost": false,
	} {
		log := &logged{}
		in := instance(url, nil)
		in.Logger = logger(log)
		openWith(t, in)
		if got := strings.Contains(log.String(), "rediss://"); got != want || strings.Contains(log.String(), "store.example") {
			t.Errorf("%s: the log says %q", url, log)
		}
	}
}

func TestAClosedStoreIsDown(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, s *servertest.Server) {
		store := open(t, s)
		if err := store.Check(t.Context()); err != nil {
			t.Fatal(err)
		}
		for range 2 {
			if err := store.Close(t.Context()); err != nil {
				t.Error(err)
			}
		}
		if _, _, err := store.Spend(t.Context(), pep.Attempt{Key: key(t, "billing")}); err == nil {
			t.Error("a closed store answers")
		}
	})
}

// listener is a server that does one thing with each connection.
func listener(t *testing.T, serve func(net.Conn)) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			go serve(conn)
		}
	}()
	return l.Addr().String()
}
