package settings_test

import (
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/secretsgen/secretsgen/runtime/settings"
)

// variables are all that the settings of a server may come from.
func variables(provider, prefix string) []string {
	kv := settings.ReadKV(reader(map[string]string{prefix + "_ADDR": "a"}), provider)
	all := []string{prefix + "_URL"}
	for _, names := range []reflect.Value{reflect.ValueOf(kv.Names), reflect.ValueOf(kv.Login.Names)} {
		for i := range names.NumField() {
			all = append(all, names.Field(i).String())
		}
	}
	return all
}

// OPENBAO_PROXY_ADDR is the proxy of openbao, and must not be the address of
// openbao-proxy as well: one server's requests would go to the other.
func TestNoVariableIsReadByTwoInstances(t *testing.T) {
	t.Parallel()
	for _, provider := range []string{"openbao-eu", "openbao-eu-west", "hashicorp-x"} {
		prefix := strings.ToUpper(strings.ReplaceAll(provider, "-", "_"))
		for _, name := range variables(provider, prefix) {
			words := strings.Split(strings.TrimPrefix(name, prefix+"_"), "_")
			for n := 1; n < len(words); n++ {
				longer := provider + "-" + strings.ToLower(strings.Join(words[:n], "-"))
				if slices.Contains(variables(longer, prefix+"_"+strings.Join(words[:n], "_")), name) {
					t.Errorf("%s is read by %s and by %s", name, provider, longer)
				}
			}
		}
	}
	proxied := map[string]string{"OPENBAO_PROXY_ADDR": "proxy", "OPENBAO_PROXY_URL": "server"}
	if kv := settings.ReadKV(reader(proxied), "openbao-proxy"); kv.Address != "server" || kv.Names.Address != "OPENBAO_PROXY_URL" {
		t.Errorf("the address is %q, by %s", kv.Address, kv.Names.Address)
	}
}
