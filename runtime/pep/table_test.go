package pep

import (
	"testing"
	"time"
)

// get returns the live value under key.
func get[K comparable, V any](t *table[K, V], hash uint64, key K, now int64) (value V, ok bool) {
	if n := t.find(hash, key, now); n != nil {
		return n.value, true
	}
	return value, false
}

// getOrAdd returns the live value under key, or adds the given one.
func getOrAdd[K comparable, V any](t *table[K, V], hash uint64, key K, value V, until, now int64) (V, bool) {
	n := newEntry[K, V](hash, key, 0, until)
	n.value = value
	if n = t.findOrAdd(n, now); n == nil {
		return value, false
	}
	return n.value, true
}

func TestPredecessorFaultP_TablesAreBoundedSweptAndGiveMemoryBack(t *testing.T) {
	t.Parallel()
	const capacity, lifetime = 4096, time.Second
	tab := newTable[int, int](capacity, 1)
	hash := func(k int) uint64 { return uint64(k) * 0x9e3779b97f4a7c15 >> 7 }
	insert := func(from, to int, now int64) (stored int) {
		for k := from; k < to; k++ {
			if _, ok := getOrAdd(tab, hash(k), k, k, after(now, lifetime), now); ok {
				stored++
			}
		}
		return stored
	}

	first := insert(0, 3*capacity, 0)
	if first > capacity || first < capacity*9/10 || tab.size.Load() != int64(first) {
		t.Fatalf("stored %d of a capacity of %d, size %d", first, capacity, tab.size.Load())
	}
	for k := range 100 {
		if v, ok := get(tab, hash(k), k, 0); !ok || v != k {
			t.Fatalf("a flood pushed out live entry %d", k)
		}
	}
	if got := insert(3*capacity, 4*capacity, int64(lifetime)); got < capacity*9/10 {
		t.Errorf("after all had expired there was room for %d, want %d", got, capacity)
	}
	tab.sweep(int64(3 * lifetime))
	if got := tab.size.Load(); got != 0 {
		t.Errorf("%d entries after a sweep, want none", got)
	}
	for i := range tab.shards {
		if s := &tab.shards[i]; s.slots.Load() != nil || s.size != 0 || s.taken != 0 {
			t.Errorf("shard %d still holds memory of %d entries", i, s.taken)
		}
	}
}

func TestEntriesOfOneHashAreToldApart(t *testing.T) {
	t.Parallel()
	tab := newTable[string, int](10, 1)
	const hash = 7
	for i, k := range []string{"a", "b", "c", "short"} {
		until := int64(10 * (i + 1))
		if k == "short" {
			until = 1
		}
		if _, ok := getOrAdd(tab, hash, k, i, until, 0); !ok {
			t.Fatalf("no room for %q", k)
		}
	}
	for i, k := range []string{"a", "b", "c"} {
		if v, ok := get(tab, hash, k, 5); !ok || v != i {
			t.Errorf("get(%q) = %d, %v, want %d", k, v, ok, i)
		}
	}
	if _, ok := get(tab, hash, "d", 5); ok {
		t.Error("found a key that was never added")
	}
	tab.sweep(5) // the newest alone has expired
	if v, ok := get(tab, hash, "a", 5); tab.size.Load() != 3 || !ok || v != 0 {
		t.Errorf("%d entries after the newest expired, and a is %d, %v", tab.size.Load(), v, ok)
	}
	tab.sweep(20) // a and b expire at 10 and 20
	if got := tab.size.Load(); got != 1 {
		t.Errorf("%d entries, want the one that lives", got)
	}
	if v, ok := get(tab, hash, "c", 20); !ok || v != 2 {
		t.Errorf("get(c) = %d, %v after its neighbors expired", v, ok)
	}
	if v, _ := getOrAdd(tab, hash, "c", 99, 1000, 29); v != 2 {
		t.Errorf("getOrAdd replaced a live entry with %d", v)
	}
	if v, _ := getOrAdd(tab, hash, "c", 99, 1000, 30); v != 99 {
		t.Errorf("getOrAdd returned an expired %d", v)
	}
}

func TestALifetimeCannotOverflowTheClock(t *testing.T) {
	t.Parallel()
	if until := after(1<<40, 1<<63-1); until < 1<<40 {
		t.Errorf("after a very long time = %d, which is in the past", until)
	}
	if until := after(1<<40, -5); until != 1<<40-5 {
		t.Errorf("after a lifetime that is over = %d, want the past", until)
	}
}

func TestAFullShardIsSweptOnceASecondAtMost(t *testing.T) {
	t.Parallel()
	tab := newTable[string, int](1, 1)
	add := func(key string, hash uint64, until, now int64) bool {
		_, ok := getOrAdd(tab, hash, key, 0, until, now)
		return ok
	}
	for _, step := range []struct {
		what       string
		key        string
		hash       uint64
		until, now int64
		want       bool
	}{
		{"the first of one", "a", 1, 10, 0, true},
		{"a second, which has the table swept", "b", 2, 99, 5, false},
		{"the first again once it has expired", "a", 1, 20, 10, true},
		{"a second before the next sweep", "b", 2, 99, 30, false},
		{"a second a second later", "b", 2, 2 * fullSweepEvery, 5 + fullSweepEvery, true},
	} {
		if got := add(step.key, step.hash, step.until, step.now); got != step.want {
			t.Errorf("%s: stored %v, want %v", step.what, got, step.want)
		}
	}
}
