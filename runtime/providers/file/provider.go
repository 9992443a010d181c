package file

import (
	"context"
	"errors"
	"io/fs"

	"github.com/secretsgen/secretsgen/runtime/providers"
	"github.com/secretsgen/secretsgen/runtime/providers/internal/regularfile"
)

// Provider returns the factory of the file store, an extension for runtime.New.
// Its Open returns a [*settings.Error] if a root is not a directory.
func Provider() providers.Factory {
	return providers.Factory{
		Package: "github.com/secretsgen/secretsgen/runtime/providers/file",
		Schemes: []string{"file"},
		Local:   true,
		Open:    open,
	}
}

func open(_ context.Context, in providers.Instance) (providers.Provider, error) {
	p, err := readRoots(in)
	if err != nil {
		return nil, err
	}
	return p, nil
}

// provider has nothing open between reads, and so nothing to close.
type provider struct {
	own   map[string]*root // by mount
	other *root            // of every other mount
}

// Read implements [providers.Provider].
func (p *provider) Read(ctx context.Context, at providers.Location) (providers.Document, error) {
	if err := ctx.Err(); err != nil {
		return providers.Document{}, err
	}
	if at.Version > 0 {
		return providers.Document{}, &providers.SecretNotFoundError{}
	}
	from, ok := p.own[at.Mount]
	if !ok {
		from = p.other
	}
	doc, err := from.read(at)
	if errors.Is(err, errNothing) || errors.Is(err, fs.ErrNotExist) {
		// The files may have been swapped for newer ones in between, and the older
		// ones removed: what is there now is looked for once more.
		doc, err = from.read(at)
	}
	switch {
	case errors.Is(err, errNothing):
		return providers.Document{}, &providers.SecretNotFoundError{}
	case err != nil:
		return providers.Document{}, regularfile.Failure(err)
	}
	return doc, nil
}
