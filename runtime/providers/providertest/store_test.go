package providertest

import (
	"context"
	"errors"
	"maps"
	"slices"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/secretsgen/secretsgen/runtime/providers"
)

// store is a provider that is everything a provider can be. Each of its funcs
// takes the place of what would be right.
type store struct {
	memory   memory
	closed   atomic.Bool
	reached  chan struct{}
	stalled  func(ctx context.Context, reached chan<- struct{}) error
	wrapped  func(providers.Document, error) (providers.Document, error)
	metadata func(context.Context, providers.Location) (providers.Metadata, error)
	keys     func([]string, providers.Metadata, error) ([]string, providers.Metadata, error)
	close    func() error
	after    func() error // what a read of a closed provider says
}

// complete is the harness of a store with versions, a stall and all else.
func complete(s *store) Harness {
	var h Harness
	s.memory, h = versioned()
	s.reached = make(chan struct{})
	h.Provider, h.Stalled = s, &Stall{At: at("x/stalled", 0), Reached: s.reached}
	return h
}

func (s *store) Read(ctx context.Context, at providers.Location) (providers.Document, error) {
	switch {
	case s.closed.Load() && s.after != nil:
		return providers.Document{}, s.after()
	case s.closed.Load():
		return providers.Document{}, providers.ErrClosed
	case at.Path != "x/stalled":
		return s.memory.Read(ctx, at)
	case s.stalled != nil:
		return providers.Document{}, s.stalled(ctx, s.reached)
	}
	select {
	case s.reached <- struct{}{}:
		<-ctx.Done()
	case <-ctx.Done():
	}
	return providers.Document{}, ctx.Err()
}

func (s *store) ReadWrapped(ctx context.Context, at providers.Location, _ time.Duration) (providers.Document, error) {
	doc, err := s.Read(ctx, at)
	if s.wrapped != nil {
		return s.wrapped(doc, err)
	}
	return doc, err
}

func (s *store) ReadMetadata(ctx context.Context, at providers.Location) (providers.Metadata, error) {
	if s.metadata != nil {
		return s.metadata(ctx, at)
	}
	doc, err := s.Read(ctx, at)
	return doc.Metadata(), err
}

func (s *store) ReadKeys(ctx context.Context, at providers.Location) ([]string, providers.Metadata, error) {
	doc, err := s.Read(ctx, at)
	fields, _ := doc.Fields()
	var keys []string
	if err == nil {
		keys = slices.Sorted(maps.Keys(fields))
	}
	if s.keys != nil {
		return s.keys(keys, doc.Metadata(), err)
	}
	return keys, doc.Metadata(), err
}

func (s *store) Close(context.Context) error {
	s.closed.Store(true)
	if s.close != nil {
		return s.close()
	}
	return nil
}

func TestSuiteFindsWhatIsBrokenBesideReads(t *testing.T) {
	t.Parallel()
	const (
		stalled, metadata = "a read that is canceled under way returns the context's error", "metadata is that of the document"
		latest, missing   = "the latest version is read", "what is missing is not found"
		keys              = "keys are those of the document"
	)
	wrong := func() error { return errors.New("wrong") }
	closes := 0
	for name, c := range map[string]struct {
		broken *store
		want   []string
	}{
		"nothing": {&store{}, nil},
		"a read that never gets there": {&store{stalled: func(context.Context, chan<- struct{}) error {
			time.Sleep(time.Hour) //nolint:forbidigo // in a synctest bubble
			return nil
		}}, []string{stalled, "wrapped: " + stalled}},
		"a read that goes on": {&store{stalled: func(_ context.Context, reached chan<- struct{}) error {
			reached <- struct{}{}
			time.Sleep(time.Hour) //nolint:forbidigo // in a synctest bubble
			return nil
		}}, []string{stalled, "wrapped: " + stalled}},
		"a read that gives up by itself": {&store{stalled: func(context.Context, chan<- struct{}) error {
			return context.Canceled
		}}, []string{stalled, "wrapped: " + stalled}},
		"a cause in place of the error": {&store{stalled: func(ctx context.Context, reached chan<- struct{}) error {
			reached <- struct{}{}
			<-ctx.Done()
			return context.Cause(ctx)
		}}, []string{stalled, "wrapped: " + stalled}},
		"wrapped reads of one version": {&store{wrapped: func(doc providers.Document, err error) (providers.Document, error) {
			if err == nil {
				doc = fields(1)
			}
			return doc, err
		}}, []string{"wrapped: " + latest, "wrapped: a pinned version is read", "wrapped: many goroutines read at once"}},
		"what is missing is wrap_invalid": {&store{wrapped: func(doc providers.Document, err error) (providers.Document, error) {
			if _, ok := errors.AsType[*providers.SecretNotFoundError](err); ok {
				err = &providers.ProviderError{Code: providers.WrapInvalid}
			}
			return doc, err
		}}, []string{"wrapped: " + missing, "wrapped: many goroutines read at once"}},
		"metadata of another version": {&store{metadata: func(context.Context, providers.Location) (providers.Metadata, error) {
			return providers.Metadata{Version: 2}, nil
		}}, []string{metadata, closed}},
		"metadata that can't be had": {&store{metadata: func(context.Context, providers.Location) (providers.Metadata, error) {
			return providers.Metadata{}, wrong()
		}}, []string{metadata, closed}},
		"metadata of what is deleted": {&store{metadata: func(ctx context.Context, where providers.Location) (providers.Metadata, error) {
			m, _ := versioned()
			doc, err := m.Read(ctx, where)
			if _, ok := errors.AsType[*providers.SecretVersionDeletedError](err); ok {
				return providers.Metadata{Version: 2}, nil
			}
			return doc.Metadata(), err
		}}, []string{metadata, closed}},
		"keys of what is destroyed": {&store{keys: func(all []string, meta providers.Metadata, err error) ([]string, providers.Metadata, error) {
			if _, ok := errors.AsType[*providers.SecretVersionDestroyedError](err); ok {
				return []string{"k"}, providers.Metadata{Version: 1}, nil
			}
			return all, meta, err
		}}, []string{keys}},
		"keys beside an error": {&store{keys: func(_ []string, meta providers.Metadata, err error) ([]string, providers.Metadata, error) {
			return []string{"k"}, meta, err
		}}, []string{keys}},
		"a version of metadata that was never written": {&store{metadata: func(ctx context.Context, where providers.Location) (providers.Metadata, error) {
			m, _ := versioned()
			where.Version = min(where.Version, 3)
			doc, err := m.Read(ctx, where)
			return doc.Metadata(), err
		}}, []string{metadata, closed}},
		"keys that are values": {&store{keys: func(_ []string, meta providers.Metadata, err error) ([]string, providers.Metadata, error) {
			return []string{canary}, meta, err
		}}, []string{keys}},
		"keys of another version": {&store{keys: func(all []string, _ providers.Metadata, err error) ([]string, providers.Metadata, error) {
			return all, providers.Metadata{Version: 2}, err
		}}, []string{keys}},
		"no keys and no error": {&store{keys: func([]string, providers.Metadata, error) ([]string, providers.Metadata, error) {
			return nil, providers.Metadata{}, nil
		}}, []string{keys, closed}},
		"a Close that fails":               {&store{close: wrong}, []string{closed}},
		"a Close that can't be done again": {&store{close: func() error { closes++; return map[int]error{2: wrong()}[closes] }}, []string{closed}},
		"closed in words of its own":       {&store{after: wrong}, []string{closed}},
		"closed and read all the same":     {&store{after: func() error { return nil }}, []string{closed}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				got := found(t, complete(c.broken))
				slices.Sort(got)
				if diff := cmp.Diff(slices.Sorted(slices.Values(c.want)), got); diff != "" {
					t.Errorf("checks that failed (-want +got):\n%s", diff)
				}
				time.Sleep(2 * time.Hour) //nolint:forbidigo // in a synctest bubble: reads that are under way end
			})
		})
	}
}
