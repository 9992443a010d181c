package runtime

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/secretsgen/secretsgen/runtime/decode"
	"github.com/secretsgen/secretsgen/runtime/uri"
)

// Set is the declarations of one package bound to one client. Generated code
// makes one in its New, binds every accessor with [Bind] and then asks
// [Set.Err].
type Set struct {
	client   *Client
	declared map[string]Declaration
	targets  []*target
	failures []error
}

// NewSet returns a set that nothing is bound to yet. What is wrong with its
// arguments is kept for [Set.Err]; so is a profile of the client's that none of
// the declarations has, unless [New] was passed declarations and has checked it.
func NewSet(client *Client, declarations []Declaration) *Set {
	s := &Set{client: client, declared: make(map[string]Declaration, len(declarations))}
	if !client.made() {
		s.failures = append(s.failures, errors.New("secretsgen: there is no client: pass the one that runtime.New returned"))
	} else if err := client.core().checkProfile(declarations); err != nil {
		s.failures = append(s.failures, err)
	}
	for _, d := range declarations {
		if _, twice := s.declared[d.Accessor]; twice {
			s.fail(d.Accessor, errors.New("is declared twice: run \"go generate\" again"))
		}
		s.declared[d.Accessor] = d
	}
	return s
}

func (s *Set) fail(accessor string, err error) {
	s.failures = append(s.failures, fmt.Errorf("secretsgen: %s: %w", accessor, err))
}

// Bind parses the reference that the client's profile chooses for an accessor,
// finds its provider and returns the handle. What fails is kept for [Set.Err].
// It reads no secret. Like the other calls that fill a set it is for one
// goroutine.
func Bind[T any](s *Set, accessor string, decoder decode.Decoder[T]) Handle[T] {
	t, err := s.bind(accessor)
	if err == nil && decoder == nil {
		err = errors.New("has no decoder: run \"go generate\" again")
	}
	if err == nil {
		decoder, err = faked(t, decoder)
	}
	if err != nil {
		s.fail(accessor, err)
		return Handle[T]{}
	}
	s.targets = append(s.targets, t)
	return Handle[T]{target: t, decode: decoder}
}

func (s *Set) bind(accessor string) (*target, error) {
	d, ok := s.declared[accessor]
	switch {
	case !s.client.made():
		return nil, errUnbound
	case !ok:
		return nil, errors.New("is not among the declarations: run \"go generate\" again")
	}
	k := s.client.core()
	d = d.under(k.profile)
	ref, err := uri.Parse(d.URI, k.scopeOf(d))
	if err != nil {
		return nil, err
	}
	if problem := d.problem(); problem != "" {
		return nil, errors.New(problem + ": run \"go generate\" again")
	}
	store, err := k.store(context.Background(), ref.Scheme())
	if err != nil {
		return nil, err
	}
	if !d.wrapsBy(store) {
		return nil, errors.New("asks for response_wrap, and the provider of " + ref.Scheme() + " can't wrap")
	}
	t := newTarget(s.client, store, accessor, ref)
	if d.Cache > 0 {
		t.kept = store.keep(t.location, d.Cache)
	}
	if !store.local {
		t.wrap = d.ResponseWrap
	}
	return t, nil
}

// scopeOf is the client's scope with the scheme of one declaration, which the
// generator has checked. The client may have been made without knowing it.
func (k *core) scopeOf(d Declaration) uri.Scope {
	scope := k.scope
	if scheme, ok := d.scheme(); ok {
		scope.Schemes = append(slices.Clone(scope.Schemes), scheme)
	}
	return scope
}

// Err is everything that could not be bound, or nil.
func (s *Set) Err() error { return errors.Join(s.failures...) }

// Close closes the client that the set is bound to.
func (s *Set) Close(ctx context.Context) error { return s.client.Close(ctx) }
