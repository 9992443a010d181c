package bench

import (
	"errors"
	"fmt"
	"sync"
)

// loadsPerOp is how many bare loads a live grant's whole enforcement may cost at
// the most: the baseline of everything that is done in memory.
const loadsPerOp = 12

// loads is a sync.Map as a cache of a service would be: 1,000 entries with keys
// of 27 bytes.
type loads struct {
	m    sync.Map
	keys [1000]string
}

func newLoads() *loads {
	l := &loads{}
	for i := range l.keys {
		l.keys[i] = fmt.Sprintf("tenant/service/secret-%05d", i)
		l.m.Store(l.keys[i], i)
	}
	return l
}

// run is n operations of loadsPerOp loads each, through the keys from the one
// numbered first on.
func (l *loads) run(first, n int) error {
	i := first
	for range n * loadsPerOp {
		if _, ok := l.m.Load(l.keys[i]); !ok {
			return errors.New("a key that was stored is not there")
		}
		if i++; i == len(l.keys) {
			i = 0
		}
	}
	return nil
}
