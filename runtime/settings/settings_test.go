package settings_test

import (
	"bytes"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/secretsgen/secretsgen/runtime/settings"
)

func reader(vars map[string]string) *settings.Reader {
	return settings.NewReader(settings.FromMap(vars))
}

func problems(t *testing.T, r *settings.Reader) []string {
	t.Helper()
	err := r.Err()
	if err == nil {
		return nil
	}
	all, ok := errors.AsType[*settings.Error](err)
	if !ok {
		t.Fatalf("got %T", err)
	}
	var names []string
	for _, p := range all.Problems {
		names = append(names, p.Name)
	}
	return names
}

func TestDurationsAreGoDurationsOrSeconds(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]time.Duration{"250ms": 250 * time.Millisecond, "30": 30 * time.Second, "0.5": 500 * time.Millisecond, "": time.Minute} {
		r := reader(map[string]string{"D": text})
		if got := r.Duration("D", time.Minute, 0, time.Hour); got != want || r.Err() != nil {
			t.Errorf("%q is %v (%v), want %v", text, got, r.Err(), want)
		}
	}
	for _, text := range []string{"soon", "-1", "2h", "NaN", "Inf", "1e300", "30 s"} {
		r := reader(map[string]string{"D": text})
		if got := r.Duration("D", time.Minute, 0, time.Hour); got != time.Minute || r.Err() == nil {
			t.Errorf("%q is %v (%v), want a problem and the default", text, got, r.Err())
		}
	}
}

func TestBooleansAreReadInAnyCase(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]bool{"true": true, "True": true, "TRUE": true, "1": true, "false": false, "False": false, "0": false} {
		r := reader(map[string]string{"B": text})
		if got := r.Bool("B", !want); got != want || r.Err() != nil {
			t.Errorf("%q is %v (%v)", text, got, r.Err())
		}
	}
	r := reader(map[string]string{"B": "yes"})
	if got := r.Bool("B", true); !got || r.Err() == nil {
		t.Errorf("yes is %v (%v)", got, r.Err())
	}
}

func TestTheNamesOfAServerHaveTheirRank(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		vars     map[string]string
		provider string
		address  string
		problems []string
	}{
		"a scheme's own name wins over the common one": {map[string]string{"OPENBAO_URL": "a", "VAULT_URL": "b"}, "openbao", "a", nil},
		"the short prefix ranks with the long one":     {map[string]string{"BAO_ADDR": "a", "VAULT_URL": "b"}, "openbao", "a", nil},
		"URL wins over ADDR":                           {map[string]string{"VAULT_URL": "a", "VAULT_ADDR": "b"}, "hashicorp", "a", nil},
		"one scheme does not read another's":           {map[string]string{"OPENBAO_URL": "a"}, "hashicorp", "", nil},
		"two of one rank that agree":                   {map[string]string{"OPENBAO_URL": "a", "BAO_URL": "a"}, "openbao", "a", nil},
		"two of one rank that disagree":                {map[string]string{"OPENBAO_URL": "a", "BAO_URL": "b"}, "openbao", "a", []string{"BAO_URL"}},
		"an instance reads its own":                    {map[string]string{"OPENBAO_EU_URL": "a"}, "openbao-eu", "a", nil},
		"an instance falls back to nothing":            {map[string]string{"OPENBAO_URL": "a", "VAULT_URL": "b"}, "openbao-eu", "", nil},
		"an empty variable is not set":                 {map[string]string{"OPENBAO_URL": "", "VAULT_URL": "b"}, "openbao", "b", nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := reader(test.vars)
			if got := settings.ReadKV(r, test.provider); got.Address != test.address {
				t.Errorf("address %q, want %q", got.Address, test.address)
			}
			if diff := cmp.Diff(test.problems, problems(t, r)); diff != "" {
				t.Errorf("problems (-want +got):\n%s", diff)
			}
		})
	}
}

func TestProblemsComeTogetherSortedAndOnce(t *testing.T) {
	t.Parallel()
	r := reader(map[string]string{"N": "canary", "B": "canary"})
	r.Int("N", 1, 0, 9)
	r.Bool("B", false)
	r.Int("N", 1, 0, 9)
	if diff := cmp.Diff([]string{"B", "N"}, problems(t, r)); diff != "" {
		t.Errorf("problems (-want +got):\n%s", diff)
	}
	if strings.Contains(r.Err().Error(), "canary") {
		t.Errorf("the error shows a value: %v", r.Err())
	}
}

func TestEachSettingOfAServerKnowsItsVariable(t *testing.T) {
	t.Parallel()
	// named is the names of settings that all come from one prefix.
	named := func(prefix string) settings.KVNames {
		return settings.KVNames{
			Address: prefix + "_URL", Token: prefix + "_TOKEN", Timeout: prefix + "_TIMEOUT",
			VerifyTLS: prefix + "_VERIFY_SSL", Namespace: prefix + "_NAMESPACE", CACert: prefix + "_CACERT",
			ClientCert: prefix + "_CLIENT_CERT", ClientKey: prefix + "_CLIENT_KEY", ServerName: prefix + "_TLS_SERVER_NAME",
			Proxy: prefix + "_PROXY_ADDR", Redirects: prefix + "_REDIRECT_ADDRS",
			MaxRetries: prefix + "_MAX_RETRIES", MaxBody: prefix + "_MAX_RESPONSE_BYTES", MaxInFlight: prefix + "_MAX_IN_FLIGHT",
			Mounts: prefix + "_MOUNTS", ChildNamespaces: prefix + "_CHILD_NAMESPACES",
		}
	}
	ranks := named("OPENBAO")
	ranks.Address, ranks.Token, ranks.VerifyTLS, ranks.Mounts = "VAULT_ADDR", "BAO_TOKEN", "BAO_VERIFY_SSL", "VAULT_MOUNTS"
	instance := named("OPENBAO_EU")
	instance.Address = "OPENBAO_EU_ADDR"
	for name, test := range map[string]struct {
		vars     map[string]string
		provider string
		want     settings.KVNames
	}{
		"none is set": {nil, "openbao", named("VAULT")},
		"each is set at another rank": {
			map[string]string{
				"VAULT_ADDR": "a", "BAO_TOKEN": "a", "OPENBAO_TIMEOUT": "1", "BAO_VERIFY_SSL": "true",
				"VAULT_NAMESPACE": "a", "OPENBAO_NAMESPACE": "b", "OPENBAO_CACERT": "a",
				"OPENBAO_CLIENT_CERT": "a", "OPENBAO_CLIENT_KEY": "a", "OPENBAO_TLS_SERVER_NAME": "a", "OPENBAO_PROXY_ADDR": "a",
				"OPENBAO_REDIRECT_ADDRS": "a", "OPENBAO_MAX_RETRIES": "1", "VAULT_MAX_RETRIES": "2", "OPENBAO_MAX_RESPONSE_BYTES": "4096",
				"OPENBAO_MAX_IN_FLIGHT": "1", "VAULT_MOUNTS": "a", "OPENBAO_CHILD_NAMESPACES": "a",
			}, "openbao", ranks,
		},
		"an instance": {map[string]string{"VAULT_TOKEN": "a", "OPENBAO_EU_ADDR": "a"}, "openbao-eu", instance},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := reader(test.vars)
			if diff := cmp.Diff(test.want, settings.ReadKV(r, test.provider).Names); diff != "" {
				t.Errorf("names (-want +got):\n%s", diff)
			}
			if got := problems(t, r); got != nil {
				t.Errorf("problems %v", got)
			}
		})
	}
}

func TestTheSettingsOfAServerAreRead(t *testing.T) {
	t.Parallel()
	r := reader(map[string]string{
		"HASHICORP_URL": "a", "HASHICORP_TOKEN": "b", "HASHICORP_NAMESPACE": "c", "HASHICORP_CACERT": "d",
		"HASHICORP_TIMEOUT": "7", "HASHICORP_VERIFY_SSL": "False",
		"HASHICORP_CLIENT_CERT": "e", "HASHICORP_CLIENT_KEY": "f", "HASHICORP_TLS_SERVER_NAME": "g", "HASHICORP_PROXY_ADDR": "h",
		"HASHICORP_REDIRECT_ADDRS": "i, j", "HASHICORP_MAX_RETRIES": "0", "HASHICORP_MAX_RESPONSE_BYTES": "16777216",
		"HASHICORP_MAX_IN_FLIGHT": "8", "HASHICORP_MOUNTS": "k=l/m,n=o", "HASHICORP_CHILD_NAMESPACES": "p,q",
	})
	got := settings.ReadKV(r, "hashicorp")
	if token, proxy := got.Token.Reveal(), got.Proxy.Reveal(); token != "b" || proxy != "h" {
		t.Errorf("the token is %q, the proxy %q", token, proxy)
	}
	hidden := cmp.Comparer(func(a, b settings.Hidden) bool { return a.Reveal() == b.Reveal() })
	got.Names, got.Login, got.Token, got.Proxy = settings.KVNames{}, settings.KVLogin{}, settings.Hidden{}, settings.Hidden{}
	want := settings.KV{
		Address: "a", Namespace: "c", CACert: "d", Timeout: 7 * time.Second,
		ClientCert: "e", ClientKey: "f", ServerName: "g", Redirects: []string{"i", "j"}, MaxBody: 16 << 20, MaxInFlight: 8,
		Mounts: []string{"k=l/m", "n=o"}, ChildNamespaces: []string{"p", "q"},
	}
	if diff := cmp.Diff(want, got, hidden); diff != "" || r.Err() != nil {
		t.Errorf("settings (-want +got):\n%s%v", diff, r.Err())
	}
	got = settings.ReadKV(reader(nil), "hashicorp")
	got.Names, got.Login = settings.KVNames{}, settings.KVLogin{}
	want = settings.KV{Timeout: 30 * time.Second, VerifyTLS: true, MaxRetries: 2, MaxBody: 1 << 20, MaxInFlight: 256}
	if diff := cmp.Diff(want, got, hidden); diff != "" {
		t.Errorf("defaults (-want +got):\n%s", diff)
	}
}

func TestNumbersOfAServerThatAreRefused(t *testing.T) {
	t.Parallel()
	for name, values := range map[string][]string{
		"OPENBAO_EU_MAX_RETRIES":        {"11", "-1", "canary"},
		"OPENBAO_EU_MAX_RESPONSE_BYTES": {"1023", "16777217", "1MiB"},
		"OPENBAO_EU_MAX_IN_FLIGHT":      {"0", "65537", "canary"},
	} {
		for _, value := range values {
			r := reader(map[string]string{name: value})
			settings.ReadKV(r, "openbao-eu")
			if diff := cmp.Diff([]string{name}, problems(t, r)); diff != "" || strings.Contains(r.Err().Error(), "canary") {
				t.Errorf("%s=%s: problems (-want +got):\n%s%v", name, value, diff, r.Err())
			}
		}
	}
}

func TestSettingsShowNothingWhenPrinted(t *testing.T) {
	t.Parallel()
	src := settings.FromMap(map[string]string{
		"VAULT_TOKEN": "canary", "VAULT_PROXY_ADDR": "http://user:canary@proxy", "BAO_AUTH": "approle", "BAO_ROLE_ID": "canary", "BAO_SECRET_ID": "canary",
	})
	kv, login := settings.ReadKV(settings.NewReader(src), "hashicorp"), settings.ReadKV(settings.NewReader(src), "openbao").Login
	if kv.Token.Reveal() != "canary" || login.SecretID.Reveal() != "canary" || login.RoleID.Reveal() != "canary" {
		t.Fatal("there is nothing to be shown")
	}
	for name, printed := range map[string]any{
		"a source": src, "a pointer to a source": &src, "a source in a field": struct{ s settings.Source }{src},
		"a server": kv, "a pointer to a server": &kv, "a server in a field": struct{ kv settings.KV }{kv}, "a pointer in a field": struct{ kv *settings.KV }{&kv},
		"a login in a field": struct{ l settings.KVLogin }{login}, "a credential": kv.Token, "a credential in a field": struct{ h settings.Hidden }{login.SecretID},
	} {
		var out bytes.Buffer
		fmt.Fprintf(&out, "%v %+v %#v %s %q %x %d", printed, printed, printed, printed, printed, printed, printed)
		slog.New(slog.NewJSONHandler(&out, nil)).Info("json", "printed", printed)
		slog.New(slog.NewTextHandler(&out, nil)).Info("text", "printed", printed)
		forms := []string{"canary", fmt.Sprintf("%x", "canary"), fmt.Sprint([]byte("canary"))}
		if !strings.HasSuffix(name, "in a field") { // where the names of variables stand open
			forms = append(forms, "VAULT_TOKEN")
		}
		for _, form := range forms {
			if strings.Contains(out.String(), form) {
				t.Errorf("%s is printed with %s: %s", name, form, out.String())
			}
		}
	}
}

func TestTheZeroCredentialIsNone(t *testing.T) {
	t.Parallel()
	if got := (settings.Hidden{}).Reveal(); got != "" {
		t.Errorf("it is %q", got)
	}
}

func TestTheZeroSourceHoldsNothing(t *testing.T) {
	t.Parallel()
	if value, ok := (settings.Source{}).Lookup("PATH"); ok || value != "" {
		t.Errorf("it holds %q", value)
	}
}

func TestASourceIsASnapshot(t *testing.T) {
	t.Parallel()
	vars := map[string]string{"A": "1"}
	src := settings.FromMap(vars)
	vars["A"] = "2"
	if value, _ := src.Lookup("A"); value != "1" {
		t.Errorf("a later change reached it: %q", value)
	}
}

func TestAListDropsSpaceAndEmptyItems(t *testing.T) {
	t.Parallel()
	got := reader(map[string]string{"L": " secret, kv ,,"}).List("L")
	if diff := cmp.Diff([]string{"secret", "kv"}, got); diff != "" {
		t.Errorf("list (-want +got):\n%s", diff)
	}
}
