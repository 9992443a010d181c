package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"time"

	log "github.com/hashicorp/go-hclog"
	jwt "github.com/hashicorp/vault-plugin-auth-jwt"
	kubernetes "github.com/hashicorp/vault-plugin-auth-kubernetes"
	kv "github.com/hashicorp/vault-plugin-secrets-kv"
	"github.com/hashicorp/vault/audit"
	auditfile "github.com/hashicorp/vault/builtin/audit/file"
	"github.com/hashicorp/vault/builtin/credential/approle"
	"github.com/hashicorp/vault/builtin/credential/cert"
	"github.com/hashicorp/vault/builtin/credential/userpass"
	"github.com/hashicorp/vault/helper/namespace"
	vaulthttp "github.com/hashicorp/vault/http"
	"github.com/hashicorp/vault/internalshared/configutil"
	"github.com/hashicorp/vault/sdk/helper/consts"
	"github.com/hashicorp/vault/sdk/logical"
	"github.com/hashicorp/vault/sdk/physical"
	"github.com/hashicorp/vault/sdk/physical/file"
	"github.com/hashicorp/vault/sdk/physical/inmem"
	"github.com/hashicorp/vault/vault"
)

// testCore is a Vault core and the one key that unseals it.
type testCore struct {
	core      *vault.Core
	unsealKey []byte // nil: the storage was there before, and the core is sealed
}

// startCore makes a core. With storage that holds nothing yet it initializes and
// unseals the core and gives it a root token with the wanted id; with one that
// another core has used it leaves the core sealed, as its key is elsewhere.
func startCore(storage, rootToken string) (*testCore, error) {
	ctx := namespace.RootContext(context.Background())
	core, err := newCore(storage)
	if err != nil {
		return nil, fmt.Errorf("new core: %w", err)
	}
	used, err := core.Initialized(ctx)
	if err != nil {
		return nil, fmt.Errorf("storage: %w", err)
	}
	if used {
		return &testCore{core: core}, nil
	}
	keys, err := core.Initialize(ctx, &vault.InitParams{
		BarrierConfig: &vault.SealConfig{SecretShares: 1, SecretThreshold: 1},
	})
	if err != nil {
		return nil, fmt.Errorf("initialize: %w", err)
	}
	unsealed, err := core.Unseal(keys.SecretShares[0])
	if err != nil {
		return nil, fmt.Errorf("unseal: %w", err)
	}
	if !unsealed {
		return nil, errors.New("unseal: the core is still sealed")
	}
	if err := createRootToken(ctx, core, keys.RootToken, rootToken); err != nil {
		return nil, fmt.Errorf("root token: %w", err)
	}
	return &testCore{core: core, unsealKey: keys.SecretShares[0]}, nil
}

// newCore makes a sealed core with only the backends that the tests use.
func newCore(storage string) (*vault.Core, error) {
	logger := log.New(&log.LoggerOptions{Level: log.Warn, Output: os.Stderr})
	backend, err := newStorage(storage, logger)
	if err != nil {
		return nil, err
	}
	return vault.NewCore(&vault.CoreConfig{
		Physical:        backend,
		Logger:          logger,
		DisableMlock:    true,
		BuiltinRegistry: noBuiltins{},
		LogicalBackends: map[string]logical.Factory{"kv": kv.Factory},
		CredentialBackends: map[string]logical.Factory{
			"approle":    approle.Factory,
			"cert":       cert.Factory,
			"jwt":        jwt.Factory,
			"kubernetes": kubernetes.Factory,
			"userpass":   userpass.Factory,
		},
		AuditBackends:   map[string]audit.Factory{"file": auditfile.Factory},
		DefaultLeaseTTL: time.Hour,
		MaxLeaseTTL:     24 * time.Hour,
	})
}

// newStorage keeps everything in a folder, or in memory where none is named.
func newStorage(folder string, logger log.Logger) (physical.Backend, error) {
	if folder == "" {
		return inmem.NewInmem(nil, logger)
	}
	return file.NewFileBackend(map[string]string{"path": folder}, logger)
}

// createRootToken makes a second root token, with an id of our choice, the way
// Vault's own development server does.
func createRootToken(ctx context.Context, core *vault.Core, initial, id string) error {
	resp, err := core.HandleRequest(ctx, &logical.Request{
		ID:          "vaultserver-root-token",
		Operation:   logical.UpdateOperation,
		ClientToken: initial,
		Path:        "auth/token/create",
		Data: map[string]any{
			"id":                id,
			"policies":          []string{"root"},
			"no_parent":         true,
			"no_default_policy": true,
		},
	})
	if err != nil {
		return err
	}
	return resp.Error()
}

// handler serves the HTTP API of the core.
func (c *testCore) handler() http.Handler {
	return vaulthttp.Handler.Handler(&vault.HandlerProperties{
		Core:           c.core,
		ListenerConfig: &configutil.Listener{},
	})
}

// stop seals the core; storage in memory ends with the process.
func (c *testCore) stop() error { return c.core.Shutdown() }

// noBuiltins is an empty plugin registry: every backend is given to the core
// by its factory, and nothing else can be mounted.
type noBuiltins struct{}

func (noBuiltins) Contains(string, consts.PluginType) bool { return false }

func (noBuiltins) Get(string, consts.PluginType) (func() (any, error), bool) { return nil, false }

func (noBuiltins) Keys(consts.PluginType) []string { return nil }

func (noBuiltins) DeprecationStatus(string, consts.PluginType) (consts.DeprecationStatus, bool) {
	return consts.Unknown, false
}

func (noBuiltins) IsBuiltinEntPlugin(string, consts.PluginType) bool { return false }
