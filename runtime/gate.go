package runtime

import (
	"context"
	"math"
	"sync"
	"sync/atomic"
)

// gate counts what is under way, until it is shut: then nothing enters any
// more, and idle is closed once all that had entered has left.
type gate struct {
	inside atomic.Int64 // plus shutMark once it is shut
	idle   chan struct{}
	shutIt sync.Once
	idleIt sync.Once
}

// shutMark is far below anything that can be inside.
const shutMark = math.MinInt64 / 2

func newGate() *gate { return &gate{idle: make(chan struct{})} }

// enter reports whether the gate is open. Who entered must leave.
func (g *gate) enter() bool {
	if g.inside.Add(1) > 0 {
		return true
	}
	g.leave()
	return false
}

// stay counts one more for somebody who is inside, whether or not the gate is
// still open. It must leave too.
func (g *gate) stay() { g.inside.Add(1) }

func (g *gate) leave() { g.settle(g.inside.Add(-1)) }

// shut lets nobody in any more. Shutting twice is harmless.
func (g *gate) shut() {
	g.shutIt.Do(func() { g.settle(g.inside.Add(shutMark)) })
}

// wait returns when the gate is idle, or the error of ctx.
func (g *gate) wait(ctx context.Context) error {
	select {
	case <-g.idle:
		return nil
	default:
	}
	select {
	case <-g.idle:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (g *gate) isShut() bool { return g.inside.Load() < 0 }

func (g *gate) settle(inside int64) {
	if inside == shutMark {
		g.idleIt.Do(func() { close(g.idle) })
	}
}
