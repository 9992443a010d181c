package settings

import (
	"fmt"
	"io"
	"log/slog"
	"strings"
	"time"
)

// KV is how one KVv2 server is reached. It is read here, and not in the kv2
// provider, so that a malformed value is reported at start by programs that
// do not link that provider (DESIGN section 9). It redacts itself when printed.
type KV struct {
	Address   string        // base URL of the server
	Token     Hidden        // client token; empty where Login says how to get one
	Timeout   time.Duration // of one request, with its repetitions
	VerifyTLS bool
	Namespace string // sent as X-Vault-Namespace; empty for the root namespace
	CACert    string // path of a PEM bundle; empty for the system's
	Login     KVLogin

	ClientCert, ClientKey string // paths of PEM files; empty: none is shown
	ServerName            string // in the server's certificate; empty for the address's host
	Proxy                 Hidden // URL, perhaps with a password; empty: none, whatever the environment says
	Redirects             []string
	MaxRetries            int
	MaxBody               int // bytes of one answer
	MaxInFlight           int // requests side by side

	Mounts          []string // alias=path
	ChildNamespaces []string // names of namespaces right below Namespace

	// Names are for error messages.
	Names KVNames
}

// KVNames says which variable each setting of a [KV] came from, or, where none
// is set, which one an operator should set.
type KVNames struct {
	Address, Token, Timeout, VerifyTLS, Namespace, CACert     string
	ClientCert, ClientKey, ServerName, Proxy, Redirects       string
	MaxRetries, MaxBody, MaxInFlight, Mounts, ChildNamespaces string
}

const redactedKV = "settings.KV{[REDACTED]}"

// Format hides every setting from every verb of package fmt.
func (KV) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, redactedKV) }

// LogValue hides every setting from package log/slog.
func (KV) LogValue() slog.Value { return slog.StringValue(redactedKV) }

// MarshalText hides every setting from encoders.
func (KV) MarshalText() ([]byte, error) { return []byte(redactedKV), nil }

// ReadKV reads the settings of the server behind provider, the part of a
// scheme before its "+": "openbao", "hashicorp", or a declared instance such as
// "openbao-eu", which reads OPENBAO_EU_* and nothing else, so that an instance
// never falls back to another server's address or token.
func ReadKV(r *Reader, provider string) KV {
	layers := kvLayers(provider)
	var kv KV
	kv.Address, kv.Names.Address = layers.read(r, layers.addresses()...)
	kv.Token, kv.Names.Token = layers.readHidden(r, "TOKEN")
	kv.Namespace, kv.Names.Namespace = layers.read(r, "NAMESPACE")
	kv.CACert, kv.Names.CACert = layers.read(r, "CACERT")
	_, kv.Names.Timeout = layers.read(r, "TIMEOUT")
	kv.Timeout = r.Duration(kv.Names.Timeout, defaultKVTimeout, time.Millisecond, time.Hour)
	_, kv.Names.VerifyTLS = layers.read(r, "VERIFY_SSL")
	kv.VerifyTLS = r.Bool(kv.Names.VerifyTLS, true)
	kv.readTransport(r, layers)
	_, kv.Names.Mounts = layers.read(r, "MOUNTS")
	kv.Mounts = r.List(kv.Names.Mounts)
	_, kv.Names.ChildNamespaces = layers.read(r, "CHILD_NAMESPACES")
	kv.ChildNamespaces = r.List(kv.Names.ChildNamespaces)
	readKVLogin(r, layers, &kv)
	return kv
}

// readTransport reads how requests travel. Vault's own names are used where
// Vault's programs have one.
func (kv *KV) readTransport(r *Reader, layers prefixLayers) {
	kv.ClientCert, kv.Names.ClientCert = layers.read(r, "CLIENT_CERT")
	kv.ClientKey, kv.Names.ClientKey = layers.read(r, "CLIENT_KEY")
	kv.ServerName, kv.Names.ServerName = layers.read(r, "TLS_SERVER_NAME")
	kv.Proxy, kv.Names.Proxy = layers.readHidden(r, "PROXY_ADDR")
	_, kv.Names.Redirects = layers.read(r, "REDIRECT_ADDRS")
	kv.Redirects = r.List(kv.Names.Redirects)
	_, kv.Names.MaxRetries = layers.read(r, "MAX_RETRIES")
	kv.MaxRetries = r.Int(kv.Names.MaxRetries, defaultKVRetries, 0, 10)
	_, kv.Names.MaxBody = layers.read(r, "MAX_RESPONSE_BYTES")
	kv.MaxBody = r.Int(kv.Names.MaxBody, defaultKVBody, 1<<10, 16<<20)
	_, kv.Names.MaxInFlight = layers.read(r, "MAX_IN_FLIGHT")
	kv.MaxInFlight = r.Int(kv.Names.MaxInFlight, defaultKVInFlight, 1, 1<<16)
}

const (
	defaultKVTimeout  = 30 * time.Second
	defaultKVRetries  = 2
	defaultKVBody     = 1 << 20
	defaultKVInFlight = 256
)

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

// addresses are the suffixes of a server's address. An instance openbao-proxy has one
// less, since OPENBAO_PROXY_ADDR is the proxy of openbao.
func (p prefixLayers) addresses() []string {
	if strings.HasSuffix(p.fallback, "_PROXY") {
		return []string{"URL"}
	}
	return []string{"URL", "ADDR"}
}

// read returns a setting and the name it came from, or else the name to set.
func (p prefixLayers) read(r *Reader, suffixes ...string) (value, name string) {
	value, name, ok := r.Layered(p.names(suffixes...)...)
	if !ok {
		return "", p.fallback + "_" + suffixes[0]
	}
	return value, name
}

// readHidden is read for what may be secret.
func (p prefixLayers) readHidden(r *Reader, suffix string) (value Hidden, name string) {
	text, name := p.read(r, suffix)
	return hide(text), name
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
