package secretstest

import (
	"context"
	"fmt"
	"slices"

	"github.com/secretsgen/secretsgen/runtime"
	"github.com/secretsgen/secretsgen/runtime/internal/fake"
)

// Value is what a fake reads for one accessor: of the accessor's own type, so
// that nothing has to be written in the form in which a store would hold it. It
// is called once a read with the context of the read, by many goroutines at once
// where the service reads at once. The nil Value is a secret that is not there.
//
// What it returns is copied, as far as [runtime.Secret.Reveal] copies. Its error
// is what [Fails] says, and a panic is that of a broken store.
type Value[T any] func(context.Context) (T, error)

// Of is a Value that reads value. It holds a copy.
func Of[T any](value T) Value[T] {
	hidden := runtime.NewSecret(value)
	return func(context.Context) (T, error) { return hidden.Reveal(), nil }
}

// Fails is a Value whose reads fail. An error of the list of package runtime, or
// one that wraps it, comes back as the service would see it, about the accessor
// that was read: &runtime.SecretVersionDeletedError{} say, or
// &runtime.AuthzDeniedError{}. Any other becomes a *runtime.ProviderError, as it
// would for a real store. Once the context of the read has ended, its error
// comes back instead. Of a nil err it makes the nil Value.
func Fails[T any](err error) Value[T] {
	if err == nil {
		return nil
	}
	return func(context.Context) (T, error) {
		var zero T
		return zero, err
	}
}

// Stand is what one accessor reads. Make it with [For].
type Stand struct {
	accessor string
	value    fake.Value // zero: the secret is not there
}

// For has an accessor read value. The type must be that of the accessor, or the
// generated New says that it is not.
func For[T any](accessor string, value Value[T]) Stand {
	if value == nil {
		return Stand{accessor: accessor}
	}
	return Stand{accessor: accessor, value: fake.Of[T](value)}
}

// Fake makes a client that reads values of a test in the place of stored ones.
// It is what generated fakes call; tests call those. The client fits the
// declarations, whatever their mounts, schemes and profiles, and needs no
// setting, server or file. An accessor that no stand, or one of the nil Value, is
// for reads what the declaration makes of a secret that is not there: a
// *runtime.SecretNotFoundError, its default, or nil for an optional one.
//
// Everything else is that of a [Kit]: the enforcement point, whose PDP permits,
// the audit trail, the tenant "test", and the workload "test" for contexts
// without a caller. To deny, to count or to look at events, make a Kit with
// [WithFake]. The client is closed when the test ends. A stand for an accessor
// that is not declared, or a second one, ends the test.
func Fake(tb TB, declarations []runtime.Declaration, stands ...Stand) *runtime.Client {
	tb.Helper()
	return New(tb, WithFake(declarations, stands...)).Client
}

// WithFake has the kit's client read what [Fake]'s does. For the accessors of
// the stands, [Kit.Set] and [Kit.Fail] then change nothing, and [Kit.Reads]
// counts no read.
func WithFake(declarations []runtime.Declaration, stands ...Stand) Option {
	return func(o *options) {
		o.declarations = append(o.declarations, declarations...)
		for _, d := range declarations {
			o.allow(d.URI)
			for _, ref := range d.Profiles {
				o.allow(ref)
			}
		}
		for _, s := range stands {
			o.stand(declarations, s)
		}
	}
}

// fake is what the client is passed for WithFake.
func (o *options) fake() []runtime.Extension {
	if o.declarations == nil {
		return nil
	}
	return []runtime.Extension{runtime.Declared(o.declarations), o.values}
}

// allow makes the client one that may read a declared reference. One that is
// malformed is for the generated New to refuse.
func (o *options) allow(reference string) {
	ref, err := parse(reference)
	if err != nil {
		return
	}
	if !slices.Contains(o.cfg.AllowedMounts, ref.Mount()) {
		o.cfg.AllowedMounts = append(o.cfg.AllowedMounts, ref.Mount())
	}
	if !slices.Contains(o.schemes, ref.Scheme()) {
		o.schemes = append(o.schemes, ref.Scheme())
	}
}

func (o *options) stand(declarations []runtime.Declaration, s Stand) {
	declared := func(d runtime.Declaration) bool { return d.Accessor == s.accessor }
	switch {
	case !slices.ContainsFunc(declarations, declared):
		o.mistakes = append(o.mistakes, fmt.Errorf("%q is not declared: run \"go generate\" again", s.accessor))
	case slices.Contains(o.stands, s.accessor):
		o.mistakes = append(o.mistakes, fmt.Errorf("%q has two stands", s.accessor))
	}
	o.stands = append(o.stands, s.accessor)
	if s.value.Type() == nil {
		return
	}
	if o.values == nil {
		o.values = fake.Values{}
	}
	o.values[s.accessor] = s.value
}
