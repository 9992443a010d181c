package sharedstore_test

import (
	"net"
	"strings"
	"testing"
	"time"

	"github.com/secretsgen/secretsgen/internal/servertest"
	"github.com/secretsgen/secretsgen/runtime/pep"
)

// TestASlotThatHasMovedIsFollowedAtOnce moves slots from one node of a cluster to
// another, in a state of it that the store has learned before.
func TestASlotThatHasMovedIsFollowedAtOnce(t *testing.T) {
	t.Parallel()
	for name, ask := range map[string]func(t *testing.T, store pep.SharedStore) error{
		"a use": func(t *testing.T, store pep.SharedStore) error {
			_, err := store.Use(t.Context(), pep.Use{Attempt: pep.Attempt{Key: key(t, "billing")}, Spend: true})
			return err
		},
		"a look for a claim": func(t *testing.T, store pep.SharedStore) error {
			_, err := store.Claimed(t.Context(), claim("id", time.Minute))
			return err
		},
		"a revocation of all": func(t *testing.T, store pep.SharedStore) error {
			return store.Revoke(t.Context(), pep.Revocation{}, 0)
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			from, to := pair(t)
			store := open(t, from)
			if err := store.Check(t.Context()); err != nil {
				t.Fatal(err)
			}
			move(t, from, to)
			if err := ask(t, store); err != nil {
				t.Errorf("%v, want the answer of the node that has the slot", err)
			}
		})
	}
}

// pair is a cluster of two nodes, the first of which has all slots.
func pair(t *testing.T) (from, to *servertest.Server) {
	t.Helper()
	from, to = servertest.Start(t, servertest.Cluster), servertest.Start(t, servertest.Cluster)
	do(t, to, "CLUSTER", "FLUSHSLOTS")
	host, port, _ := net.SplitHostPort(from.Addr)
	_, bus, _ := strings.Cut(from.Do("CLUSTER", "NODES"), "@")
	bus, _, _ = strings.Cut(bus, " ")
	do(t, to, "CLUSTER", "MEET", host, port, bus)
	for _, node := range []*servertest.Server{from, to} {
		eventually(t, "the nodes know each other", func() bool {
			info := node.Do("CLUSTER", "INFO")
			return strings.Contains(info, "cluster_state:ok") && strings.Contains(info, "cluster_known_nodes:2") && strings.Contains(info, "cluster_size:1")
		})
	}
	return from, to
}

// move moves all slots that have keys, with their keys.
func move(t *testing.T, from, to *servertest.Server) {
	t.Helper()
	id := func(s *servertest.Server) string {
		_, id, _ := strings.Cut(s.Do("CLUSTER", "MYID"), "\r\n")
		return strings.TrimSpace(id)
	}
	host, port, _ := net.SplitHostPort(to.Addr)
	for _, key := range keys(t, from) {
		slot := strings.TrimSpace(strings.TrimPrefix(from.Do("CLUSTER", "KEYSLOT", key), ":"))
		do(t, to, "CLUSTER", "SETSLOT", slot, "IMPORTING", id(from))
		do(t, from, "CLUSTER", "SETSLOT", slot, "MIGRATING", id(to))
		do(t, from, "MIGRATE", host, port, key, "0", "5000")
		do(t, to, "CLUSTER", "SETSLOT", slot, "NODE", id(to))
		do(t, from, "CLUSTER", "SETSLOT", slot, "NODE", id(to))
	}
}

func do(t *testing.T, s *servertest.Server, args ...string) {
	t.Helper()
	if got := s.Do(args...); !strings.HasPrefix(got, "+OK") && got != "" {
		t.Fatalf("%s: %q", strings.Join(args, " "), got)
	}
}
