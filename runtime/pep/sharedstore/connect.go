package sharedstore

import (
	"context"
	"crypto/tls"
	"errors"
	"net"
	"strconv"
	"strings"
	"time"

	"github.com/redis/go-redis/v9"
)

const (
	connections   = 64               // at the most, to one server
	lifetime      = 10 * time.Minute // of a connection, after which its server is looked at anew
	greetArgument = "greet"          // which the prelude looks for

	leastVersion = 7 // of Redis, or the one that Valkey says it is compatible with
)

// options are those of a connection pool. Nothing is tried twice: what looks like
// a failure may have been done.
func (s *store) options() *redis.Options {
	return &redis.Options{
		Addr:                s.cfg.address,
		DB:                  s.cfg.database,
		CredentialsProvider: s.cfg.credentials,
		Dialer:              s.dial,
		OnConnect:           s.greet,

		Protocol:              2,
		DisableIdentity:       true,
		MaxRetries:            -1,
		DialerRetries:         1,
		PoolSize:              connections,
		PipelinePoolSize:      -1,
		DialTimeout:           s.cfg.timeout,
		ReadTimeout:           s.cfg.timeout,
		WriteTimeout:          s.cfg.timeout,
		PoolTimeout:           s.cfg.timeout,
		ConnMaxLifetime:       lifetime,
		ConnMaxLifetimeJitter: lifetime / 5,
		ContextTimeoutEnabled: true,
	}
}

func (s *store) clusterOptions() *redis.ClusterOptions {
	o := s.options()
	return &redis.ClusterOptions{
		Addrs:               []string{o.Addr},
		CredentialsProvider: o.CredentialsProvider,
		Dialer:              o.Dialer,
		OnConnect:           o.OnConnect,

		Protocol:              o.Protocol,
		DisableIdentity:       o.DisableIdentity,
		MaxRetries:            o.MaxRetries,
		DialerRetries:         o.DialerRetries,
		MaxRedirects:          -1, // which would try what failed again: run follows a slot that has moved
		PoolSize:              o.PoolSize,
		PipelinePoolSize:      o.PipelinePoolSize,
		DialTimeout:           o.DialTimeout,
		ReadTimeout:           o.ReadTimeout,
		WriteTimeout:          o.WriteTimeout,
		PoolTimeout:           o.PoolTimeout,
		ConnMaxLifetime:       o.ConnMaxLifetime,
		ConnMaxLifetimeJitter: o.ConnMaxLifetimeJitter,
		ContextTimeoutEnabled: o.ContextTimeoutEnabled,
	}
}

// dial connects, with TLS where the settings say so. Its errors hold no address,
// since the library writes them to a log of its own.
func (s *store) dial(ctx context.Context, network, address string) (net.Conn, error) {
	dialer := net.Dialer{Timeout: s.cfg.timeout, KeepAlive: time.Minute}
	conn, err := dialer.DialContext(ctx, network, address)
	if err != nil {
		return nil, dialFault(err)
	}
	if s.cfg.tls == nil {
		return conn, nil
	}
	cfg := s.cfg.tls.Clone()
	cfg.ServerName = s.serverName(address)
	secured := tls.Client(conn, cfg)
	if err := secured.HandshakeContext(ctx); err != nil {
		_ = conn.Close()
		return nil, tlsFault(err)
	}
	return secured, nil
}

// serverName is the name that a certificate must have: that of the URL for nodes
// of which a cluster tells nothing but an address.
func (s *store) serverName(address string) string {
	host, _, _ := net.SplitHostPort(address)
	if net.ParseIP(host) != nil {
		host, _, _ = net.SplitHostPort(s.cfg.address)
	}
	return host
}

// greet looks at the server behind a new connection, before anything is said over
// it: a server that may forget on its own is refused, and one that has been started
// or promoted begins another epoch. A connection ends with its server, so whatever
// is asked over one is asked of the server that was looked at.
func (s *store) greet(ctx context.Context, conn *redis.Conn) error {
	text, err := conn.Info(ctx, "server", "memory", "replication", "cluster", "persistence").Result()
	if err != nil {
		return loginFault(err)
	}
	if err := judge(parseInfo(text), s.cluster.Load() != nil); err != nil {
		return err
	}
	pipe := conn.Pipeline()
	pipe.ScriptLoad(ctx, greetScript.source)
	greetings := make([]*redis.Cmd, buckets)
	for i := range greetings {
		b := &s.names.buckets[i]
		greetings[i] = pipe.EvalSha(ctx, greetScript.Hash(), []string{b.memory, b.revocations}, greetArgument)
	}
	_, _ = pipe.Exec(ctx) // each result is looked at
	begun := false
	for _, greeting := range greetings {
		answer, err := greeting.Text()
		switch {
		case err == nil && reply(answer).begun():
			begun = true
		case err == nil:
		case redis.HasErrorPrefix(err, "MOVED"), redis.HasErrorPrefix(err, "ASK"): // another node's
		default:
			return loginFault(err)
		}
	}
	if begun {
		s.warnBegun()
	}
	return nil
}

func (s *store) warnBegun() {
	s.logger.Warn("secretsgen: the shared store is new, or was restarted, failed over or flushed: grants from before end, and one-time ids are refused for ANTI_REPLAY_TTL_S")
}

// parseInfo reads the answer to INFO.
func parseInfo(text string) map[string]string {
	info := map[string]string{}
	for line := range strings.Lines(text) {
		if name, value, ok := strings.Cut(strings.TrimSpace(line), ":"); ok {
			info[name] = value
		}
	}
	return info
}

// errCluster is what a server says that is part of a cluster, to who did not know.
var errCluster = errors.New("sharedstore: the server is a node of a cluster")

// judge refuses a server that can't keep what it is told.
func judge(info map[string]string, cluster bool) error {
	major, _, _ := strings.Cut(info["redis_version"], ".")
	version, _ := strconv.Atoi(major)
	switch {
	case version < leastVersion || info["run_id"] == "":
		return &fault{"its version was asked", "is not Redis 7, Valkey 7.2 or newer"}
	case info["role"] != "master":
		return &fault{"its role was asked", "is a replica: name the primary"}
	case info["loading"] != "0":
		return &fault{"its state was asked", "is still loading its data"}
	case info["maxmemory_policy"] != "noeviction":
		return &fault{"its maxmemory-policy was asked", "has another one than noeviction, and would forget what must be remembered"}
	case info["cluster_enabled"] == "1" && !cluster:
		return errCluster
	}
	return nil
}
