package runtime

import (
	"context"
	"crypto/hkdf"
	"crypto/sha256"
	"errors"
	"time"

	"github.com/secretsgen/secretsgen/runtime/pep"
	"github.com/secretsgen/secretsgen/runtime/settings"
)

const (
	storeSetting = "SECRETS_STORE_URL"
	storePackage = "github.com/secretsgen/secretsgen/runtime/pep/sharedstore"

	// storeReach bounds how long New tries to reach the shared store.
	storeReach = 5 * time.Second
)

// shared makes the store that replicas share, where the settings ask for one.
// It opens no connection.
func (b *builder) shared(ctx context.Context, k *core) {
	if b.cfg.StoreURL == "" || len(b.storeTypes) != 1 {
		return
	}
	key, err := hkdf.Key(sha256.New, b.cfg.Salt, nil, "secretsgen: shared store, version 1: "+b.cfg.TenantID, sha256.Size)
	if err != nil || len(b.cfg.Salt) == 0 { // which was reported
		return
	}
	in := pep.StoreInstance{
		URL:         b.cfg.StoreURL,
		TenantID:    b.cfg.TenantID,
		Key:         key,
		Settings:    b.cfg.Settings,
		Development: b.cfg.Development(),
		Logger:      b.logger,
	}
	factory := b.storeTypes[0]
	var store pep.SharedStore
	made := safely(func() error {
		store, err = factory.Open(ctx, in)
		return err
	})
	switch config, ok := errors.AsType[*settings.Error](err); {
	case made && store != nil:
		k.shared = store
	case ok:
		b.problems = append(b.problems, config.Problems...)
	default:
		b.report(storeSetting, "asks for a shared store, which "+factory.Package+" could not make from the settings")
	}
}

// reach tries the shared store, so that a process which could only refuse reads
// doesn't start.
func (k *core) reach(ctx context.Context) error {
	if k.shared == nil {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, storeReach)
	defer cancel()
	var err error
	if safely(func() error { err = k.shared.Check(ctx); return err }) {
		return nil
	}
	if config, ok := errors.AsType[*settings.Error](err); ok {
		return config
	}
	return settings.NewError([]settings.Problem{{Name: storeSetting, Detail: "names a shared store that can't be used"}})
}
