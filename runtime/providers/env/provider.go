package env

import (
	"context"
	"os"
	"sync"

	"github.com/secretsgen/secretsgen/runtime/providers"
	"github.com/secretsgen/secretsgen/runtime/settings"
)

const scrubVariable = "ENV_SCRUB"

// Provider returns the factory of the environment, an extension for runtime.New.
// Its Open returns a [*settings.Error] if ENV_SCRUB is no boolean.
func Provider() providers.Factory {
	return providers.Factory{
		Package: "github.com/secretsgen/secretsgen/runtime/providers/env",
		Schemes: []string{"env"},
		Local:   true,
		Open:    open,
	}
}

func open(_ context.Context, in providers.Instance) (providers.Provider, error) {
	r := settings.NewReader(in.Settings)
	p := &provider{lookup: os.LookupEnv}
	if r.Bool(scrubVariable, false) {
		p.unset = os.Unsetenv
	}
	if err := r.Err(); err != nil {
		return nil, err
	}
	return p, nil
}

// provider reads with lookup and, where it scrubs, removes with unset. Any
// goroutine may call both.
type provider struct {
	lookup func(name string) (value string, ok bool)
	unset  func(name string) error // nil: nothing is removed

	mu     sync.Mutex
	kept   map[string]string // what was removed
	closed bool
}

// Read implements [providers.Provider].
func (p *provider) Read(ctx context.Context, at providers.Location) (providers.Document, error) {
	if err := ctx.Err(); err != nil {
		return providers.Document{}, err
	}
	value, ok, err := p.get(at)
	switch {
	case err != nil:
		return providers.Document{}, err
	case !ok:
		return providers.Document{}, &providers.SecretNotFoundError{}
	}
	return providers.Scalar(providers.NewValue(providers.Binary, []byte(value)), providers.Metadata{}), nil
}

// get returns a variable, and what it was if it has been removed. Looking,
// removing and keeping are one step, so that no two reads come between each other.
func (p *provider) get(at providers.Location) (value string, ok bool, err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	switch {
	case p.closed:
		return "", false, providers.ErrClosed
	case at.Version > 0:
		return "", false, nil
	}
	name := at.Path
	value, ok = p.lookup(name)
	switch {
	case p.unset == nil:
		return value, ok, nil
	case !ok:
		value, ok = p.kept[name]
		return value, ok, nil
	}
	if p.kept == nil {
		p.kept = map[string]string{}
	}
	p.kept[name] = value
	if p.unset(name) != nil { // only for what can be no name
		return "", false, &providers.ProviderError{Code: providers.Misconfigured}
	}
	return value, true, nil
}

// Close implements [providers.Closer]: what was removed is forgotten.
func (p *provider) Close(context.Context) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.closed, p.kept = true, nil
	return nil
}
