package runtime

import (
	"context"
	"sync"
	"time"

	"github.com/secretsgen/secretsgen/runtime/providers"
)

// boarding is for how long a read that is under way takes further callers. A
// caller is never given what was current longer ago than that before its call,
// and a read that hangs does not keep those who come later.
const boarding = time.Second

// flights are the reads of one provider that are under way, so that callers who
// want one document at the same moment read it once. Whoever comes here has a
// permit of its own, and picks a key of its own afterwards (DESIGN section 6).
//
// A flight belongs to none of its callers: each leaves when its own context ends,
// and when the last has left the read is canceled. What a flight brought is for
// its callers; nothing of it is remembered but what shelf keeps.
type flights struct {
	read        readFunc
	readWrapped wrappedFunc
	shelf       *shelf
	gate        *gate
	crew        *crew

	mu   sync.Mutex
	open map[providers.Location]*flight
}

func newFlights(read readFunc, s *shelf, g *gate) *flights {
	fs := &flights{read: read, shelf: s, gate: g, open: map[providers.Location]*flight{}}
	fs.crew = newCrew(fs.fly)
	return fs
}

// flight is one read of a provider.
type flight struct {
	of     *flights
	outer  *flight // whose provider reads it; nil: a caller does
	at     providers.Location
	wrap   time.Duration // 0: it is not wrapped
	mark   mark
	began  time.Time
	own    flightContext
	ctx    context.Context
	cancel context.CancelFunc

	callers int // still waiting; guarded by flights.mu

	// Set before done is closed.
	doc  providers.Document
	err  error
	done chan struct{}
}

// fetch reads a document together with whoever else wants it now.
func (fs *flights) fetch(ctx context.Context, at providers.Location) (providers.Document, error) {
	if err := ctx.Err(); err != nil {
		return providers.Document{}, err
	}
	if outer := outerOf(ctx); outer != nil {
		return fs.alone(ctx, &flight{outer: outer, at: at, mark: fs.shelf.mark()})
	}
	return fs.await(ctx, fs.board(ctx, at))
}

// fetchWrapped reads a document for one caller: what was wrapped for one is not
// handed to another.
func (fs *flights) fetchWrapped(ctx context.Context, at providers.Location, ttl time.Duration) (providers.Document, error) {
	if err := ctx.Err(); err != nil {
		return providers.Document{}, err
	}
	return fs.alone(ctx, &flight{outer: outerOf(ctx), at: at, wrap: ttl})
}

// alone has f fly for one caller. A provider that reads through its client boards
// nothing either: two of them could wait for each other.
func (fs *flights) alone(ctx context.Context, f *flight) (providers.Document, error) {
	if f.outer.waitsFor(fs, f.at) {
		return providers.Document{}, errCircle()
	}
	fs.launch(ctx, f)
	return fs.await(ctx, f)
}

// board joins a flight that still takes callers, or opens one.
func (fs *flights) board(ctx context.Context, at providers.Location) *flight {
	fs.mu.Lock()
	defer fs.mu.Unlock()
	if f := fs.open[at]; f != nil && time.Since(f.began) < boarding {
		f.callers++
		return f
	}
	f := &flight{at: at, mark: fs.shelf.mark()}
	fs.open[at] = f
	fs.launch(ctx, f)
	return f
}

// launch has a goroutine of its own fly f, so that its first caller can leave like
// any other. The context has the values of that caller's, its spans above all, and
// not the caller itself. The gate is held until the provider has answered, whoever
// still waits.
func (fs *flights) launch(ctx context.Context, f *flight) {
	f.of, f.own = fs, flightContext{nobodys(ctx), f}
	f.ctx, f.cancel = context.WithCancel(&f.own)
	f.began, f.callers, f.done = time.Now(), 1, make(chan struct{})
	fs.gate.stay()
	fs.crew.fly(f)
}

func (fs *flights) fly(f *flight) {
	f.err = unanswered() // unless the provider returns
	defer fs.land(f)
	f.doc, f.err = answer(f.ctx, func() (providers.Document, error) {
		if f.wrap > 0 {
			return fs.readWrapped(f.ctx, f.at, f.wrap)
		}
		return fs.read(f.ctx, f.at)
	})
}

// land gives a flight's callers what it brought.
func (fs *flights) land(f *flight) {
	if f.wrap == 0 {
		fs.mu.Lock()
		left := f.callers == 0 && f.err != nil
		fs.mu.Unlock()
		if !left { // then it was stopped, which says nothing about the document
			fs.shelf.settle(f.at, f.mark, f.doc, f.err)
		}
		fs.close(f)
	}
	f.cancel()
	close(f.done)
	fs.gate.leave()
}

// close lets nobody board f any more.
func (fs *flights) close(f *flight) {
	fs.mu.Lock()
	defer fs.mu.Unlock()
	if fs.open[f.at] == f {
		delete(fs.open, f.at)
	}
}

// await returns what f brings, or the error of ctx as soon as that ends.
func (fs *flights) await(ctx context.Context, f *flight) (providers.Document, error) {
	select {
	case <-f.done:
	case <-ctx.Done():
		fs.leave(f)
		return providers.Document{}, ctx.Err()
	}
	if f.err != nil && ctx.Err() != nil {
		return providers.Document{}, ctx.Err()
	}
	return f.doc, f.err
}

// leave takes a caller off its flight, and stops a flight without callers.
func (fs *flights) leave(f *flight) {
	fs.mu.Lock()
	defer fs.mu.Unlock()
	f.callers--
	if f.callers > 0 {
		return
	}
	f.cancel()
	if fs.open[f.at] == f {
		delete(fs.open, f.at)
	}
}
