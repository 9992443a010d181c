package verify

import (
	"crypto"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/json"
)

// keySet is the usable keys of one JWK Set (RFC 7517). It is immutable.
type keySet []key

type key struct {
	id     string // kid; may be empty
	alg    string // empty: any that fits
	public crypto.PublicKey
}

const (
	maxKeys  = 100
	maxKeyID = 256
	// maxSameID is how many keys of one id are tried.
	maxSameID = 4
)

// candidates returns the keys that a token with this header may be signed by. A
// token without a key id is taken only where that leaves no choice.
func (s keySet) candidates(id, alg string) []crypto.PublicKey {
	var found []crypto.PublicKey
	for _, k := range s {
		if (id == "" || k.id == id) && (k.alg == "" || k.alg == alg) && fits[alg](k.public) {
			found = append(found, k.public)
		}
	}
	if id == "" && len(found) > 1 || len(found) > maxSameID {
		return nil
	}
	return found
}

// parseKeySet reads a JWK Set. Keys that can't be used here are passed over
// (section 5); a set without one that can is refused, since it would lock
// everybody out.
func parseKeySet(data []byte) (keySet, bool) {
	document, ok := jsonObject(data)
	if !ok {
		return nil, false
	}
	all, ok := document["keys"].([]any)
	if !ok || len(all) > maxKeys {
		return nil, false
	}
	var set keySet
	for _, one := range all {
		members, _ := one.(map[string]any)
		if k, ok := parseKey(members); ok {
			set = append(set, k)
		}
	}
	return set, len(set) > 0
}

// parseKey reads one public key for signatures. One that gives away its private
// part is everybody's, and no key.
func parseKey(members map[string]any) (key, bool) {
	if has(members, privateMembers...) || !isForSignatures(members) {
		return key{}, false
	}
	var k key
	for name, field := range map[string]*string{"kid": &k.id, "alg": &k.alg} {
		if text, ok := textOf(members, name, maxKeyID); ok {
			*field = text
		} else if has(members, name) {
			return key{}, false
		}
	}
	// What makes up the key and nothing else, certificates for instance.
	public := map[string]any{}
	for _, name := range [...]string{"kty", "crv", "x", "y", "n", "e"} {
		if value, ok := members[name]; ok {
			public[name] = value
		}
	}
	text, err := json.Marshal(public)
	if err != nil {
		return key{}, false
	}
	var parsed jose.JSONWebKey
	if parsed.UnmarshalJSON(text) != nil || !parsed.IsPublic() {
		return key{}, false
	}
	k.public = parsed.Key
	return k, fitsAny(k)
}

// isForSignatures judges use and key_ops (RFC 7517 sections 4.2 and 4.3).
func isForSignatures(members map[string]any) bool {
	if has(members, "use") && members["use"] != "sig" {
		return false
	}
	if !has(members, "key_ops") {
		return true
	}
	operations, _ := members["key_ops"].([]any)
	for _, operation := range operations {
		if operation == "verify" {
			return true
		}
	}
	return false
}

// fitsAny reports whether there is an algorithm that the key may verify.
func fitsAny(k key) bool {
	for alg, fit := range fits {
		if (k.alg == "" || k.alg == alg) && fit(k.public) {
			return true
		}
	}
	return false
}
