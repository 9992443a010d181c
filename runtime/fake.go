package runtime

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"reflect"
	"runtime"
	"sync"

	"github.com/secretsgen/secretsgen/runtime/decode"
	"github.com/secretsgen/secretsgen/runtime/internal/fake"
	"github.com/secretsgen/secretsgen/runtime/pep"
	"github.com/secretsgen/secretsgen/runtime/providers"
	"github.com/secretsgen/secretsgen/runtime/uri"
)

// takeFakes takes the values of a test. Only package secretstest can pass them,
// and a service that links it has them refused all the same.
func (b *builder) takeFakes(values fake.Values) {
	if !b.cfg.Development() {
		b.report("runtime.New", "was passed "+values.ExtensionName()+", which are refused unless ENVIRONMENT is dev or test")
	}
	if b.fakes != nil {
		b.report("runtime.New", "was passed "+values.ExtensionName()+" twice")
	}
	b.fakes = values
}

// faked puts the value that a test gives for a declaration in the place of the
// stored one, and returns what decodes it: decoder itself where there is none.
// The read takes the same corridor all the same. The value is had in the
// provider's place, and waits in a cloakroom for the decoder's, since what
// travels between the two is a document and can't hold it.
func faked[T any](t *target, decoder decode.Decoder[T]) (decode.Decoder[T], error) {
	value, ok := t.client.core().fakes[t.declaration.Accessor]
	if !ok {
		return decoder, nil
	}
	read, ok := fake.As[T](value)
	if !ok {
		return nil, fmt.Errorf("was given a value of type %v and reads one of type %v: run \"go generate\" again", value.Type(), reflect.TypeFor[T]())
	}
	room := &cloakroom[T]{}
	ref := t.declaration.Ref
	t.faked, t.kept, t.wrap = true, nil, 0 // it is called once a read, and with its context
	t.store = &store{
		scheme: t.store.scheme,
		read: func(ctx context.Context, _ providers.Location) (providers.Document, error) {
			return answer(ctx, func() (providers.Document, error) {
				value, err := read(ctx)
				if err != nil {
					return providers.Document{}, err
				}
				return ticketed(ref, room.hand(clone(value))), nil
			})
		},
	}
	return room.collect, nil
}

// ticketed is the document of a ticket: where its key is picked, and in the
// version that the reference names. Of a store with versions the one version of
// a fake is the first.
func ticketed(ref uri.URI, ticket providers.Value) providers.Document {
	m := providers.Metadata{Version: ref.Version()}
	if m.Version == 0 && ref.Engine() == "kv2" {
		m.Version = 1
	}
	if ref.Key() == "" {
		return providers.Scalar(ticket, m)
	}
	return providers.Fields(map[string]providers.Value{ref.Key(): ticket}, m)
}

// cloakroom keeps the values of one accessor for as long as their tickets
// travel: until nothing holds the document of a ticket any more.
type cloakroom[T any] struct {
	mu   sync.Mutex
	last uint64
	kept map[string]T // by ticket
}

// ticketSize is more than a ticket needs, in bytes: the smallest objects share
// memory, and would be held by each other.
const ticketSize = 32

func (c *cloakroom[T]) hand(value T) providers.Value {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.last++
	ticket := binary.BigEndian.AppendUint64(make([]byte, 0, ticketSize), c.last)
	if c.kept == nil {
		c.kept = map[string]T{}
	}
	c.kept[string(ticket)] = value
	runtime.AddCleanup(&ticket[0], c.drop, string(ticket))
	return providers.NewValue(providers.Binary, ticket)
}

func (c *cloakroom[T]) drop(ticket string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.kept, ticket)
}

// collect is the decoder. It refuses what holds no ticket, such as the document
// of a secret that is not there.
func (c *cloakroom[T]) collect(doc decode.Document) (T, error) {
	ticket, _ := doc.Scalar()
	c.mu.Lock()
	defer c.mu.Unlock()
	value, ok := c.kept[string(ticket.Bytes())]
	if !ok {
		return value, &DecodeError{Rule: "is not what the fake reads"}
	}
	return value, nil
}

// given is what a test's value failed with if that is an error which no provider
// has, but which a read can return; nil if not. What wraps it is dropped, as for
// the errors of providers.
func (t *target) given(err error) error {
	if !t.faked {
		return nil
	}
	accessor := t.declaration.Accessor
	if e, ok := errors.AsType[*AuthzDeniedError](err); ok {
		c := *e
		c.Accessor = accessor
		return &c
	}
	if e, ok := errors.AsType[*BindingDriftError](err); ok {
		c := *e
		c.Accessor = accessor
		return &c
	}
	if e, ok := errors.AsType[*ReplayError](err); ok {
		c := *e
		c.Accessor = accessor
		return &c
	}
	if e, ok := errors.AsType[*PDPUnavailableError](err); ok {
		c := *e
		c.Accessor = accessor
		return &c
	}
	if e, ok := errors.AsType[*CallerError](err); ok {
		c := *e
		c.Accessor = accessor
		return &c
	}
	if e, ok := errors.AsType[*URIError](err); ok {
		return e
	}
	if e, ok := errors.AsType[*ConfigError](err); ok {
		return e
	}
	switch {
	case errors.Is(err, ErrDenied):
		return &AuthzDeniedError{Accessor: accessor, Code: pep.DeniedByPolicy}
	case errors.Is(err, ErrClosed):
		return ErrClosed
	}
	return nil
}
