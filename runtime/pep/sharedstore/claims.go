package sharedstore

import (
	"context"
	"time"

	"github.com/secretsgen/secretsgen/runtime/pep"
)

// Claim implements [pep.ReplayStore].
func (s *store) Claim(ctx context.Context, c pep.Claim) (time.Duration, error) {
	b, key := s.claimKey(c)
	r, err := s.run(ctx, request{of: claimScript, keys: []string{b.memory, b.revocations, key}, args: []any{ownerName(c.Owner), milliseconds(c.TTL)}})
	if err != nil {
		return 0, err
	}
	switch r.letter() {
	case replyOwned:
		left, _, _ := r.numbers(6)
		return duration(left[0]), nil
	case replyReplayed:
		return 0, nil
	case replyForgot:
		return 0, pep.ErrStoreForgot
	}
	return 0, errDetails
}

// Claimed implements [pep.ReplayStore]. A store that has lost its memory says no:
// who then claims the id is refused.
func (s *store) Claimed(ctx context.Context, c pep.Claim) (bool, error) {
	_, key := s.claimKey(c)
	n, err := s.exists(ctx, key)
	if s.moved(ctx, err) {
		n, err = s.exists(ctx, key)
	}
	return n == 1, plain(err)
}

func (s *store) exists(ctx context.Context, key string) (int64, error) {
	node, err := s.node(ctx, key)
	if err != nil {
		return 0, err
	}
	return node.Exists(ctx, key).Result()
}

func (s *store) claimKey(c pep.Claim) (*bucket, string) {
	who := c.Identity.Value()
	b := s.names.bucket(who.Issuer, who.Subject)
	return b, s.names.claim(b, c.ID)
}
