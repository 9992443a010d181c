package cedar

import (
	"path/filepath"
	"time"
)

// lookEvery is how often the file is looked at, at most.
const lookEvery = time.Second

// look loads the file again if it changed. One goroutine looks; the others go
// on with what is in force.
func (p *PDP) look() {
	now, next := int64(time.Since(p.opened)), p.lookNext.Load()
	if now < next || !p.lookNext.CompareAndSwap(next, now+int64(lookEvery)) {
		return
	}
	if news, err := p.loadChanged(); news {
		p.onReload(err)
	}
}

// loadChanged loads the file unless it looks like the one that was parsed last.
// News is what differs from the last outcome: other policies, or another failure.
func (p *PDP) loadChanged() (news bool, err error) {
	if !p.mu.TryLock() {
		return false, nil // being loaded: a file system that hangs holds up one question only
	}
	defer p.mu.Unlock()
	if stampOf(p.path).equal(p.seen) {
		return false, nil
	}
	version, failure := p.inForce.Load().version, p.failure
	err = p.load()
	return p.failure != failure || p.inForce.Load().version != version, err
}

// Reload loads the file now, whether or not it looks changed. On an error,
// which is an [*Error], the policies that were in force stay.
func (p *PDP) Reload() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.load()
}

// load reads, parses and puts in force. A file that can't be read has no stamp
// and is tried again; one that can't be parsed waits for a change.
func (p *PDP) load() error {
	src, seen, err := read(p.path)
	p.seen = seen
	var loaded *policies
	if err == nil {
		loaded, err = parse(filepath.Base(p.path), src)
	}
	if err != nil {
		p.failure = err.Error()
		return err
	}
	p.failure = ""
	p.inForce.Store(loaded)
	return nil
}
