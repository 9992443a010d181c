package otelsecrets

import (
	"maps"
	"sync"
	"sync/atomic"
)

// memo keeps what was worked out for a key, for reads that take no lock and
// allocate nothing. What finds no room is worked out anew.
type memo[K comparable, V any] struct {
	work func(K) V

	mu    sync.Mutex
	known atomic.Pointer[map[K]V]
}

// memoRoom is far more than what programs declare.
const memoRoom = 4096

func (m *memo[K, V]) get(key K) V {
	if known := m.known.Load(); known != nil {
		if v, ok := (*known)[key]; ok {
			return v
		}
	}
	return m.learn(key)
}

func (m *memo[K, V]) learn(key K) V {
	v := m.work(key)
	m.mu.Lock()
	defer m.mu.Unlock()
	more := map[K]V{}
	if known := m.known.Load(); known != nil {
		if len(*known) >= memoRoom {
			return v
		}
		more = maps.Clone(*known)
	}
	more[key] = v
	m.known.Store(&more)
	return v
}
