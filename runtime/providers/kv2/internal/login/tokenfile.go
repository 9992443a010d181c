package login

import (
	"context"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/secretsgen/secretsgen/runtime/providers"
)

// lookEvery is how often a token file is read, at most, once it has given a token
// and unless that is refused.
const lookEvery = time.Second

// tokenFile is a token that somebody else keeps good in a file, such as an agent
// beside the process. A file that can't be used leaves the last token in place.
type tokenFile struct {
	file Credential
	log  *slog.Logger
	tell func(providers.Notice)

	start   time.Time
	next    atomic.Int64 // when to read again, in nanoseconds after start
	current atomic.Pointer[func() string]

	mu     sync.Mutex // held while reading
	broken bool
}

// File is a session with the token of a file.
func File(in providers.Instance, file Credential) *Session {
	return &Session{source: &tokenFile{file: file, log: logger(in), tell: in.Tell, start: time.Now()}}
}

func logger(in providers.Instance) *slog.Logger {
	return in.Logger.With(slog.String("provider", in.Name))
}

func (f *tokenFile) token(ctx context.Context) (string, error) {
	if current := f.current.Load(); current != nil {
		if !f.due() || !f.mu.TryLock() { // being read: a file system that hangs holds up one caller only
			return (*current)(), nil
		}
	} else {
		if err := ctx.Err(); err != nil {
			return "", err
		}
		f.mu.Lock()
	}
	var seen looked
	if f.current.Load() == nil || f.due() {
		seen = f.look()
	}
	f.mu.Unlock()
	f.pass(seen)
	if current := f.current.Load(); current != nil {
		return (*current)(), nil
	}
	return "", failure(seen.err)
}

func (f *tokenFile) due() bool { return int64(time.Since(f.start)) >= f.next.Load() }

// replace reads the file at once.
func (f *tokenFile) replace(_ context.Context, rejected string) (token string, ok bool, err error) {
	f.mu.Lock()
	seen := f.look()
	f.mu.Unlock()
	f.pass(seen)
	if seen.err == nil {
		token = (*f.current.Load())()
	}
	return token, seen.err == nil && token != rejected, nil
}

// looked is what came of reading the file.
type looked struct {
	err  error
	news providers.Notice // another token, or a file that can't be used any more; empty: neither
}

// look reads the file. Hold mu.
func (f *tokenFile) look() looked {
	token, err := f.file.read()
	f.next.Store(int64(time.Since(f.start) + lookEvery))
	wasBroken := f.broken
	f.broken = err != nil
	if err != nil {
		if wasBroken {
			return looked{err: err}
		}
		return looked{err, providers.LoginFailed}
	}
	if current := f.current.Load(); current != nil && (*current)() == token {
		return looked{}
	}
	held := func() string { return token }
	f.current.Store(&held)
	return looked{news: providers.LoggedIn}
}

// pass tells the news, once and outside mu, since whoever listens may read a
// secret.
func (f *tokenFile) pass(seen looked) {
	if seen.news == providers.LoginFailed {
		f.log.Warn("KV token file can't be used", failureAttrs(seen.err)...)
	}
	if seen.news != "" {
		f.tell(seen.news)
	}
}

func (*tokenFile) close(context.Context) error { return nil }
