package sharedstore

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"sync/atomic"

	"github.com/redis/go-redis/v9"

	"github.com/secretsgen/secretsgen/runtime/pep"
)

// Store returns the shared store, for runtime.New.
func Store() pep.StoreFactory {
	return pep.StoreFactory{
		Package: "github.com/secretsgen/secretsgen/runtime/pep/sharedstore",
		Open: func(_ context.Context, in pep.StoreInstance) (pep.SharedStore, error) {
			cfg, err := readConfig(in)
			if err != nil {
				return nil, err
			}
			return newStore(cfg, in.Key, in.Logger)
		},
	}
}

// store is the [pep.SharedStore]. It is safe for concurrent use.
type store struct {
	cfg    config
	logger *slog.Logger
	names  *names
	single *redis.Client

	cluster atomic.Pointer[redis.ClusterClient] // nil until a server says that it is part of one
	mu      sync.Mutex                          // held by who sets it, or closes
	closed  bool
}

var _ pep.SharedStore = (*store)(nil)

func newStore(cfg config, key []byte, logger *slog.Logger) (*store, error) {
	names, err := newNames(key)
	if err != nil {
		return nil, err
	}
	s := &store{cfg: cfg, logger: logger, names: names}
	s.single = redis.NewClient(s.options())
	return s, nil
}

// Close implements [pep.SharedStore].
func (s *store) Close(context.Context) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return nil
	}
	s.closed = true
	err := s.single.Close()
	if cluster := s.cluster.Load(); cluster != nil {
		err = errors.Join(err, cluster.Close())
	}
	return plain(err)
}
