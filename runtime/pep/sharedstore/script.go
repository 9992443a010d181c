package sharedstore

import (
	"context"
	"embed"
	"errors"
	"strings"

	"github.com/redis/go-redis/v9"
)

//go:embed scripts/*.lua
var sources embed.FS

// script is what the server runs, by its hash where it knows it.
type script struct {
	*redis.Script
	source string
}

// newScript puts a script together: the prelude, the functions that it calls, and
// its own text, each a file.
func newScript(parts ...string) *script {
	var source strings.Builder
	for _, part := range append([]string{"prelude"}, parts...) {
		text, _ := sources.ReadFile("scripts/" + part + ".lua") // a test runs each
		source.Write(text)
	}
	return &script{redis.NewScript(source.String()), source.String()}
}

//nolint:gochecknoglobals // texts and their hashes, which nothing changes
var (
	useScript     = newScript("alone", "selected", "owner", "use")
	addScript     = newScript("selected", "record", "add")
	denyScript    = newScript("advance", "record", "deny")
	claimScript   = newScript("owner", "claim")
	revokeScript  = newScript("advance", "revoke")
	revokedScript = newScript("selected", "revoked")
	greetScript   = newScript("greet")
)

// request is a script with its keys and arguments.
type request struct {
	of   *script
	keys []string
	args []any
	// whole is the command, if it was put together before; nil: it was not. Nothing
	// changes it.
	whole []any
}

// send asks a server, by the hash of the script first.
func (q request) send(ctx context.Context, node *redis.Client) (string, error) {
	if q.whole != nil {
		command := redis.NewCmd(ctx, q.whole...)
		_ = node.Process(ctx, command) // the answer has the error
		if answer, err := command.Text(); err == nil || !redis.HasErrorPrefix(err, "NOSCRIPT") {
			return answer, err
		}
	}
	return q.of.Run(ctx, node, q.keys, q.args...).Text()
}

// run runs a script in the bucket of its first key. Where its answer tells that an
// epoch began there, all other buckets are looked at too, so that they don't find out
// one after the other.
func (s *store) run(ctx context.Context, q request) (reply, error) {
	answer, err := s.runOnce(ctx, q)
	if s.moved(ctx, err) {
		answer, err = s.runOnce(ctx, q)
	}
	if err != nil {
		return "", plain(err)
	}
	if answer.begun() {
		s.warnBegun()
		_ = s.everywhere(ctx, greetScript, greetArgument) // those that it doesn't reach find out themselves
	}
	return answer, nil
}

func (s *store) runOnce(ctx context.Context, q request) (reply, error) {
	node, err := s.node(ctx, q.keys[0])
	if err != nil {
		return "", err
	}
	answer, err := q.send(ctx, node)
	if errors.Is(err, errCluster) {
		if _, err = s.joinCluster(); err != nil {
			return "", err
		}
		if node, err = s.node(ctx, q.keys[0]); err != nil {
			return "", err
		}
		answer, err = q.send(ctx, node)
	}
	return reply(answer), err
}

// moved reports whether something was not done because another node has the slot,
// and has found out by then which.
func (s *store) moved(ctx context.Context, err error) bool {
	cluster := s.cluster.Load()
	return cluster != nil && redis.HasErrorPrefix(err, "MOVED") && relearn(ctx, cluster) == nil
}

// relearn asks a cluster which node has which slot. Unlike ReloadState of the
// library, it returns when that is known.
func relearn(ctx context.Context, cluster *redis.ClusterClient) error {
	return cluster.ForEachMaster(ctx, func(context.Context, *redis.Client) error { return nil })
}

// node is who has a key.
func (s *store) node(ctx context.Context, key string) (*redis.Client, error) {
	cluster := s.cluster.Load()
	if cluster == nil {
		return s.single, nil
	}
	return cluster.MasterForKey(ctx, key)
}

// reply is what a script returned: a letter, whether an epoch began, and numbers
// with the most significant byte first.
type reply string

// The letters.
const (
	replyYes      = 'y'
	replyNo       = 'n'
	replyDenied   = 'd'
	replyForgot   = 'f'
	replyLive     = 'l'
	replyOwned    = 'o'
	replyReplayed = 'r'
)

func (r reply) letter() byte {
	if r == "" {
		return 0
	}
	return r[0]
}

func (r reply) begun() bool { return len(r) > 1 && r[1] == 1 }

// numbers reads numbers of so many bytes after the first two, and returns the rest.
// It reports false if there are not that many.
func (r reply) numbers(sizes ...int) (all [6]int64, rest string, ok bool) {
	if len(r) < 2 {
		return all, "", false
	}
	return readNumbers(string(r[2:]), sizes...)
}

func readNumbers(rest string, sizes ...int) (all [6]int64, _ string, ok bool) {
	for i, size := range sizes {
		if len(rest) < size {
			return all, "", false
		}
		for at := range size {
			all[i] = all[i]<<8 | int64(rest[at])
		}
		rest = rest[size:]
	}
	return all, rest, true
}
