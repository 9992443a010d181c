package secretstest

import (
	"context"
	"maps"
	"strings"
	"sync"

	"github.com/secretsgen/secretsgen/runtime/providers"
	"github.com/secretsgen/secretsgen/runtime/uri"
)

// store is a provider of every built-in scheme, and of those that a test names,
// which holds what the test put there.
type store struct {
	mu        sync.Mutex
	documents map[place]*history
	reads     int
}

type place struct{ scheme, mount, path string }

// history is what is stored at one place, by version. The highest is the
// latest.
type history struct {
	versions map[int]providers.Document
	latest   int
	failures map[int]error // 0: of every version
}

func newStore() *store { return &store{documents: map[place]*history{}} }

func (s *store) factory(schemes []string) providers.Factory {
	return providers.Factory{
		Package: "github.com/secretsgen/secretsgen/runtime/secretstest",
		Schemes: append(uri.BuiltinSchemes(), schemes...),
		Local:   true,
		Open: func(_ context.Context, in providers.Instance) (providers.Provider, error) {
			return view{store: s, scheme: in.Scheme}, nil
		},
	}
}

// view is the store under one scheme.
type view struct {
	store  *store
	scheme string
}

// Read implements providers.Provider.
func (v view) Read(ctx context.Context, at providers.Location) (providers.Document, error) {
	if err := ctx.Err(); err != nil {
		return providers.Document{}, err
	}
	v.store.mu.Lock()
	defer v.store.mu.Unlock()
	v.store.reads++
	h, ok := v.store.documents[place{v.scheme, at.Mount, at.Path}]
	if !ok {
		return providers.Document{}, &providers.SecretNotFoundError{}
	}
	return h.read(at.Version)
}

func (h *history) read(version int) (providers.Document, error) {
	if version == 0 {
		version = h.latest
	}
	for _, failing := range []int{0, version} {
		if err := h.failures[failing]; err != nil {
			return providers.Document{}, err
		}
	}
	doc, ok := h.versions[version]
	if !ok {
		return providers.Document{}, &providers.SecretNotFoundError{}
	}
	return doc, nil
}

// parse accepts any mount and any scheme that could be declared.
func parse(ref string) (uri.URI, error) {
	scheme, _, _ := strings.Cut(ref, "://")
	return uri.Parse(ref, uri.Scope{AnyMount: true, Schemes: []string{strings.ToLower(scheme)}})
}

// at returns the history of a place. The caller holds the lock.
func (s *store) at(ref uri.URI) *history {
	p := place{ref.Scheme(), ref.Mount(), ref.Path()}
	h, ok := s.documents[p]
	if !ok {
		h = &history{versions: map[int]providers.Document{}, failures: map[int]error{}}
		s.documents[p] = h
	}
	return h
}

func (s *store) set(reference string, value any) error {
	ref, err := parse(reference)
	if err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	h := s.at(ref)
	version := max(ref.Version(), 1)
	if ref.Version() == 0 {
		version = max(h.latest, 1)
	}
	var meta providers.Metadata
	if ref.Engine() == "kv2" {
		meta.Version = version
	}
	doc, err := merge(h.versions[version], ref.Key(), value, meta)
	if err != nil {
		return err
	}
	h.versions[version], h.latest = doc, max(h.latest, version)
	return nil
}

func (s *store) fail(reference string, failure error) error {
	ref, err := parse(reference)
	if err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.at(ref).failures[ref.Version()] = failure
	return nil
}

func (s *store) count() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.reads
}

// merge returns a document like doc with value under key.
func merge(doc providers.Document, key string, value any, meta providers.Metadata) (providers.Document, error) {
	if key == "" {
		return documentOf(value, meta)
	}
	v, err := valueOf(value)
	if err != nil {
		return providers.Document{}, err
	}
	old, _ := doc.Fields()
	fields := maps.Clone(old)
	if fields == nil {
		fields = map[string]providers.Value{}
	}
	fields[key] = v
	return providers.Fields(fields, meta), nil
}
