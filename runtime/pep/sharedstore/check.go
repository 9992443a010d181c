package sharedstore

import (
	"context"
	"errors"

	"github.com/redis/go-redis/v9"

	"github.com/secretsgen/secretsgen/runtime/settings"
)

// Check implements [pep.SharedStore]: it makes a connection, to every node of a
// cluster, and says what was tried where that fails.
func (s *store) Check(ctx context.Context) error {
	err := s.ping(ctx)
	if err == nil {
		return nil
	}
	if ctx.Err() != nil && errors.Is(ctx.Err(), context.Canceled) {
		return ctx.Err()
	}
	f, ok := errors.AsType[*fault](err)
	if !ok {
		f, _ = errors.AsType[*fault](loginFault(err))
	}
	if f == nil {
		f = &fault{"a connection was tried", "ended before it could be used"}
	}
	detail := "names a store that can't be used: " + f.tried + ", and it " + f.result
	return settings.NewError([]settings.Problem{{Name: settingURL, Detail: detail}})
}

func (s *store) ping(ctx context.Context) error {
	if err := s.single.Ping(ctx).Err(); !errors.Is(err, errCluster) {
		return err
	}
	cluster, err := s.joinCluster()
	if err != nil {
		return err
	}
	return cluster.ForEachMaster(ctx, func(ctx context.Context, node *redis.Client) error {
		return node.Ping(ctx).Err()
	})
}

// joinCluster makes the client of a cluster, once.
func (s *store) joinCluster() (*redis.ClusterClient, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return nil, errStore
	}
	if s.cluster.Load() == nil {
		s.cluster.Store(redis.NewClusterClient(s.clusterOptions()))
	}
	return s.cluster.Load(), nil
}
