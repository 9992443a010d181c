package runtime

import (
	"sync"
	"sync/atomic"
)

// maxIdle bounds the goroutines of a store that wait for a flight.
const maxIdle = 8

// crew are the goroutines that fly. A few of them stay for the next flight, with
// stacks that have grown to what a provider needs, which a new goroutine would have
// to grow anew for every read.
type crew struct {
	task func(*flight)
	next chan *flight
	idle atomic.Int32
	done chan struct{}
	once sync.Once
}

func newCrew(task func(*flight)) *crew {
	return &crew{task: task, next: make(chan *flight), done: make(chan struct{})}
}

// fly gives f to one who waits, or to somebody new.
func (c *crew) fly(f *flight) {
	select {
	case c.next <- f:
	default:
		go c.work(f)
	}
}

func (c *crew) work(f *flight) {
	for f != nil {
		c.task(f)
		f = c.wait()
	}
}

// wait returns the next flight, or nil to one who is not needed any more.
func (c *crew) wait() *flight {
	defer c.idle.Add(-1)
	if c.idle.Add(1) > maxIdle {
		return nil
	}
	select {
	case f := <-c.next:
		return f
	case <-c.done:
		return nil
	}
}

// dismiss lets nobody wait any more.
func (c *crew) dismiss() { c.once.Do(func() { close(c.done) }) }
