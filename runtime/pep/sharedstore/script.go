package sharedstore

import (
	"context"
	_ "embed" // for the scripts
	"errors"

	"github.com/redis/go-redis/v9"
)

//go:embed scripts/prelude.lua
var prelude string

//go:embed scripts/use.lua
var useSource string

//go:embed scripts/add.lua
var addSource string

//go:embed scripts/deny.lua
var denySource string

//go:embed scripts/claim.lua
var claimSource string

//go:embed scripts/revoke.lua
var revokeSource string

//go:embed scripts/revoked.lua
var revokedSource string

//go:embed scripts/greet.lua
var greetSource string

// script is what the server runs, by its hash where it knows it.
type script struct {
	*redis.Script
	source string
}

func newScript(body string) *script {
	source := prelude + body
	return &script{redis.NewScript(source), source}
}

//nolint:gochecknoglobals // texts and their hashes, which nothing changes
var (
	useScript     = newScript(useSource)
	addScript     = newScript(addSource)
	denyScript    = newScript(denySource)
	claimScript   = newScript(claimSource)
	revokeScript  = newScript(revokeSource)
	revokedScript = newScript(revokedSource)
	greetScript   = newScript(greetSource)
)

// run runs a script in the bucket of its first key. The second value of its answer
// tells that an epoch began there: all other buckets are then looked at too, so that
// they don't find out one after the other.
func (s *store) run(ctx context.Context, of *script, keys []string, args ...any) (reply, error) {
	ctx, cancel := context.WithTimeout(ctx, s.cfg.timeout)
	defer cancel()
	answer, err := s.runOnce(ctx, of, keys, args)
	if cluster := s.cluster.Load(); err != nil && cluster != nil && redis.HasErrorPrefix(err, "MOVED") {
		cluster.ReloadState(ctx) // it was not done: another node has the slot
		answer, err = s.runOnce(ctx, of, keys, args)
	}
	if err != nil {
		return reply{}, plain(err)
	}
	r := reply{answer}
	if r.number(1) == 1 {
		s.warnBegun()
		_ = s.everywhere(ctx, greetScript) // those that it doesn't reach find out themselves
	}
	return r, nil
}

func (s *store) runOnce(ctx context.Context, of *script, keys []string, args []any) ([]any, error) {
	node, err := s.node(ctx, keys[0])
	if err != nil {
		return nil, err
	}
	answer, err := of.Run(ctx, node, keys, args...).Slice()
	if errors.Is(err, errCluster) {
		if _, err = s.joinCluster(); err != nil {
			return nil, err
		}
		if node, err = s.node(ctx, keys[0]); err != nil {
			return nil, err
		}
		return of.Run(ctx, node, keys, args...).Slice()
	}
	return answer, err
}

// node is who has a key.
func (s *store) node(ctx context.Context, key string) (*redis.Client, error) {
	cluster := s.cluster.Load()
	if cluster == nil {
		return s.single, nil
	}
	return cluster.MasterForKey(ctx, key)
}

// reply is what a script returned.
type reply struct{ values []any }

func (r reply) text(at int) string {
	if at >= len(r.values) {
		return ""
	}
	text, _ := r.values[at].(string)
	return text
}

func (r reply) number(at int) int64 {
	if at >= len(r.values) {
		return 0
	}
	n, _ := r.values[at].(int64)
	return n
}
