package settings

import (
	"strings"
	"time"
)

// KV is how one KVv2 server is reached. It is read here, and not in the kv2
// provider, so that a malformed value is reported at start by programs that
// do not link that provider (DESIGN section 9).
type KV struct {
	Address   string        // base URL of the server
	Token     string        // client token
	Timeout   time.Duration // of one request
	VerifyTLS bool
	Namespace string // sent as X-Vault-Namespace; empty for the root namespace
	CACert    string // path of a PEM bundle; empty for the system's

	names kvNames
}

type kvNames struct{ address, token string }

// AddressName is the variable an operator should set to give this server an
// address, and TokenName the one for its token: for error messages.
func (k KV) AddressName() string { return k.names.address }

// TokenName is documented with [KV.AddressName].
func (k KV) TokenName() string { return k.names.token }

// ReadKV reads the settings of the server behind provider, the part of a
// scheme before its "+": "openbao", "hashicorp", or a declared instance such as
// "openbao-eu", which reads OPENBAO_EU_* and nothing else, so that an instance
// never falls back to another server's address or token.
func ReadKV(r *Reader, provider string) KV {
	layers := kvLayers(provider)
	kv := KV{names: kvNames{address: layers.fallback + "_URL", token: layers.fallback + "_TOKEN"}}
	kv.Address, _, _ = r.Layered(layers.names("URL", "ADDR")...)
	kv.Token, _, _ = r.Layered(layers.names("TOKEN")...)
	kv.Namespace, _, _ = r.Layered(layers.names("NAMESPACE")...)
	kv.CACert, _, _ = r.Layered(layers.names("CACERT")...)
	kv.Timeout = 30 * time.Second
	if _, name, ok := r.Layered(layers.names("TIMEOUT")...); ok {
		kv.Timeout = r.Duration(name, kv.Timeout, time.Millisecond, time.Hour)
	}
	kv.VerifyTLS = true
	if _, name, ok := r.Layered(layers.names("VERIFY_SSL")...); ok {
		kv.VerifyTLS = r.Bool(name, true)
	}
	return kv
}

// prefixLayers are the variable prefixes of one provider, by rank.
type prefixLayers struct {
	ranks    [][]string
	fallback string // the prefix to name in a remedy
}

func kvLayers(provider string) prefixLayers {
	switch provider {
	case "openbao":
		return prefixLayers{ranks: [][]string{{"OPENBAO", "BAO"}, {"VAULT"}}, fallback: "VAULT"}
	case "hashicorp":
		return prefixLayers{ranks: [][]string{{"HASHICORP"}, {"VAULT"}}, fallback: "VAULT"}
	}
	prefix := strings.ToUpper(strings.NewReplacer("-", "_", ".", "_").Replace(provider))
	return prefixLayers{ranks: [][]string{{prefix}}, fallback: prefix}
}

// names spells the layers for a setting with the given suffixes; an earlier
// suffix wins over a later one of the same rank (VAULT_URL over VAULT_ADDR).
func (p prefixLayers) names(suffixes ...string) [][]string {
	var layers [][]string
	for _, rank := range p.ranks {
		for _, suffix := range suffixes {
			layer := make([]string, len(rank))
			for i, prefix := range rank {
				layer[i] = prefix + "_" + suffix
			}
			layers = append(layers, layer)
		}
	}
	return layers
}
