package kv

import (
	"crypto/ecdsa"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"maps"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/secretsgen/secretsgen/e2e/internal/kvserver"
)

// role is what a login gives: the policy, and further parameters of the token.
type role map[string]any

func (r role) with(more role) map[string]any {
	all := map[string]any{}
	maps.Copy(all, r)
	maps.Copy(all, more)
	return all
}

// method sets a login method up on a server, with a role of its own, and returns
// the settings that log in with it. Each has its own mount, AUTH_MOUNT.
type method func(t *testing.T, a kvserver.Admin, r role) vars

// methods are those that need no TLS.
var methods = map[string]method{ //nolint:gochecknoglobals // a table
	"AppRole":                         appRole,
	"AppRole with a SecretID file":    appRoleFile,
	"AppRole with a wrapped SecretID": appRoleWrapped,
	"Kubernetes":                      kubernetes,
	"JWT":                             jwt,
}

func appRole(t *testing.T, a kvserver.Admin, r role) vars {
	t.Helper()
	mount := a.Method("approle")
	a.Must(http.MethodPost, "auth/"+mount+"/role/app", r.with(nil))
	return vars{
		"AUTH": "approle", "AUTH_MOUNT": mount,
		"ROLE_ID":   a.Get("auth/"+mount+"/role/app/role-id", "data", "role_id"),
		"SECRET_ID": a.Secret(a.Must(http.MethodPost, "auth/"+mount+"/role/app/secret-id", nil), "data", "secret_id"),
	}
}

func appRoleFile(t *testing.T, a kvserver.Admin, r role) vars {
	t.Helper()
	v := appRole(t, a, r)
	v["SECRET_ID_FILE"] = saveText(t, v["SECRET_ID"]+"\n")
	delete(v, "SECRET_ID")
	return v
}

func appRoleWrapped(t *testing.T, a kvserver.Admin, r role) vars {
	t.Helper()
	v := appRole(t, a, r)
	status, answer := a.As(a.Server.Token, http.MethodPost, "auth/"+v["AUTH_MOUNT"]+"/role/app/secret-id", nil,
		http.Header{"X-Vault-Wrap-Ttl": {"5m"}})
	if status != http.StatusOK {
		t.Fatalf("no wrapped SecretID: %d %s", status, answer)
	}
	v["SECRET_ID"], v["SECRET_ID_WRAPPED"] = a.Secret(answer, "wrap_info", "token"), "true"
	return v
}

func jwt(t *testing.T, a kvserver.Admin, r role) vars {
	t.Helper()
	mount, key := a.Method("jwt"), newKey(t)
	a.Must(http.MethodPost, "auth/"+mount+"/config", map[string]any{"jwt_validation_pubkeys": publicKey(t, key)})
	a.Must(http.MethodPost, "auth/"+mount+"/role/app", r.with(role{
		"role_type": "jwt", "user_claim": "sub", "bound_audiences": []string{"e2e"},
	}))
	return vars{
		"AUTH": "jwt", "AUTH_MOUNT": mount, "ROLE": "app",
		"JWT_FILE": saveText(t, signed(t, key, map[string]any{
			"sub": "payments", "aud": "e2e", "iat": time.Now().Unix(), "exp": time.Now().Add(time.Hour).Unix(),
		})+"\n"),
	}
}

// kubernetes is a cluster of which there is nothing but the endpoint that
// reviews tokens.
func kubernetes(t *testing.T, a kvserver.Admin, r role) vars {
	t.Helper()
	mount, key := a.Method("kubernetes"), newKey(t)
	account := map[string]any{
		"namespace": "shop", "serviceaccount": map[string]any{"name": "payments", "uid": "5bd6e6d4"},
	}
	projected := signed(t, key, map[string]any{
		"iss": "https://kubernetes.default.svc", "sub": "system:serviceaccount:shop:payments", "kubernetes.io": account,
		"iat": time.Now().Unix(), "exp": time.Now().Add(time.Hour).Unix(),
	})
	reviewer := signed(t, key, map[string]any{"sub": "system:serviceaccount:kube-system:reviewer"})
	cluster := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		var review struct {
			Spec struct {
				Token string `json:"token"`
			} `json:"spec"`
		}
		known := req.URL.Path == "/apis/authentication.k8s.io/v1/tokenreviews" && req.Header.Get("Authorization") == "Bearer "+reviewer &&
			json.NewDecoder(req.Body).Decode(&review) == nil && review.Spec.Token == projected
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(http.StatusCreated)
		_ = json.NewEncoder(w).Encode(map[string]any{
			"apiVersion": "authentication.k8s.io/v1", "kind": "TokenReview",
			"status": map[string]any{"authenticated": known, "user": map[string]any{
				"username": "system:serviceaccount:shop:payments", "uid": "5bd6e6d4",
			}},
		})
	}))
	t.Cleanup(cluster.Close)
	a.Must(http.MethodPost, "auth/"+mount+"/config", map[string]any{
		"kubernetes_host": cluster.URL, "token_reviewer_jwt": reviewer, "disable_local_ca_jwt": true,
		"kubernetes_ca_cert": string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: cluster.Certificate().Raw})),
	})
	a.Must(http.MethodPost, "auth/"+mount+"/role/app", r.with(role{
		"bound_service_account_names": []string{"payments"}, "bound_service_account_namespaces": []string{"shop"},
	}))
	return vars{"AUTH": "kubernetes", "AUTH_MOUNT": mount, "ROLE": "app", "JWT_FILE": saveText(t, projected)}
}

// signed is a JWT by ES256.
func signed(t *testing.T, key *ecdsa.PrivateKey, claims map[string]any) string {
	t.Helper()
	payload, err := json.Marshal(claims)
	if err != nil {
		t.Fatal(err)
	}
	encode := base64.RawURLEncoding.EncodeToString
	text := encode([]byte(`{"alg":"ES256","typ":"JWT"}`)) + "." + encode(payload)
	digest := sha256.Sum256([]byte(text))
	r, s, err := ecdsa.Sign(rand.Reader, key, digest[:])
	if err != nil {
		t.Fatal(err)
	}
	return text + "." + encode(append(r.FillBytes(make([]byte, 32)), s.FillBytes(make([]byte, 32))...))
}

func publicKey(t *testing.T, key *ecdsa.PrivateKey) string {
	t.Helper()
	der, err := x509.MarshalPKIXPublicKey(&key.PublicKey)
	if err != nil {
		t.Fatal(err)
	}
	return string(pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der}))
}
