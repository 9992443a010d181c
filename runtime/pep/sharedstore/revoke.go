package sharedstore

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/secretsgen/secretsgen/runtime/pep"
)

const (
	// maxRevocations is how many are told apart in one bucket.
	maxRevocations = 1 << 12

	// remembered is how long a revocation is, at the least: as long as a grant may
	// live that is added after it, though it was asked for before. Grants that are
	// there already, and live longer, count for themselves.
	remembered = 2 * time.Hour
)

// Revoke implements [pep.GrantStore]. A revocation of a subject is one operation;
// any other is one in each bucket, side by side, and has returned when all have.
func (s *store) Revoke(ctx context.Context, r pep.Revocation, _ time.Duration) error {
	selector := s.names.selector(r)
	args := []any{selector, remembered.Milliseconds(), maxRevocations}
	if r.Subject != "" {
		b := s.names.bucket(r.Issuer, r.Subject)
		_, err := s.run(ctx, request{of: revokeScript, keys: []string{b.memory, b.revocations}, args: args})
		return err
	}
	return s.everywhere(ctx, revokeScript, args...)
}

// Revoked implements [pep.GrantStore].
func (s *store) Revoked(ctx context.Context, key pep.Key, generation int64) (bool, error) {
	p, err := s.names.place(&key)
	if err != nil {
		return false, errStore
	}
	epoch, count := splitGeneration(generation)
	r, err := s.run(ctx, request{of: revokedScript, keys: []string{p.memory, p.revocations}, args: []any{epoch, count, p.parts}})
	return r.letter() == replyYes, err
}

// everywhere runs a script in every bucket, in one round trip to each server.
// What a server no longer has is asked of the one that has it.
func (s *store) everywhere(ctx context.Context, of *script, args ...any) error {
	pending := make([]*bucket, buckets)
	for i := range pending {
		pending[i] = &s.names.buckets[i]
	}
	moved, err := s.onNodes(ctx, of, pending, args)
	if errors.Is(err, errCluster) {
		if _, err = s.joinCluster(); err == nil {
			moved, err = s.onNodes(ctx, of, pending, args)
		}
	}
	if cluster := s.cluster.Load(); err == nil && len(moved) > 0 && cluster != nil {
		if err = relearn(ctx, cluster); err == nil {
			moved, err = s.onNodes(ctx, of, moved, args)
		}
	}
	if err == nil && len(moved) > 0 {
		return errStore
	}
	return plain(err)
}

// onNodes runs a script in some buckets, and returns those whose server has changed.
func (s *store) onNodes(ctx context.Context, of *script, all []*bucket, args []any) (moved []*bucket, err error) {
	groups := map[*redis.Client][]*bucket{}
	for _, b := range all {
		node, err := s.node(ctx, b.memory)
		if err != nil {
			return nil, err
		}
		groups[node] = append(groups[node], b)
	}
	var (
		mu   sync.Mutex
		wg   sync.WaitGroup
		errs []error
	)
	for node, group := range groups {
		wg.Go(func() {
			left, err := pipelined(ctx, node, of, group, args)
			mu.Lock()
			defer mu.Unlock()
			moved, errs = append(moved, left...), append(errs, err)
		})
	}
	wg.Wait()
	return moved, errors.Join(errs...)
}

func pipelined(ctx context.Context, node *redis.Client, of *script, group []*bucket, args []any) (moved []*bucket, err error) {
	pipe := node.Pipeline()
	pipe.ScriptLoad(ctx, of.source)
	answers := make([]*redis.Cmd, len(group))
	for i, b := range group {
		answers[i] = pipe.EvalSha(ctx, of.Hash(), []string{b.memory, b.revocations}, args...)
	}
	_, _ = pipe.Exec(ctx) // each answer is looked at
	for i, answer := range answers {
		switch failed := answer.Err(); {
		case failed == nil:
		case redis.HasErrorPrefix(failed, "MOVED"):
			moved = append(moved, group[i])
		default:
			err = errors.Join(err, failed)
		}
	}
	return moved, err
}
