package yaml

import (
	"cmp"
	"context"
	"errors"
	"log/slog"
	"os"
	"slices"

	"github.com/secretsgen/secretsgen/internal/yamltree"
	"github.com/secretsgen/secretsgen/runtime/providers"
	"github.com/secretsgen/secretsgen/runtime/providers/internal/regularfile"
	"github.com/secretsgen/secretsgen/runtime/settings"
)

const (
	pathVariable     = "YAML_VAULT_PATH"
	standsInVariable = "YAML_VAULT_FOR"
)

// Provider returns the factory of the development store, an extension for
// runtime.New. Its Open returns a [*settings.Error] outside development, or if
// the file is not there.
func Provider() providers.Factory {
	return providers.Factory{
		Package: "github.com/secretsgen/secretsgen/runtime/providers/yaml",
		Schemes: []string{"yaml"},
		Local:   true,
		StandsIn: func(src settings.Source) []string {
			return settings.NewReader(src).List(standsInVariable)
		},
		Open: open,
	}
}

func open(_ context.Context, in providers.Instance) (providers.Provider, error) {
	r := settings.NewReader(in.Settings)
	if !in.Development {
		r.Report("ENVIRONMENT", "the yaml store is for development: set it to dev or test, or name no reference yaml:// and unset "+standsInVariable)
	}
	path, ok := r.Lookup(pathVariable)
	if !ok {
		r.Report(pathVariable, "is not set: give the path of the YAML file that holds the development secrets")
	} else if info, err := os.Stat(path); err != nil || !info.Mode().IsRegular() {
		r.Report(pathVariable, "does not name a file that this process can see: give the path of a YAML file")
	}
	if err := r.Err(); err != nil {
		return nil, err
	}
	return &provider{path: path, logger: in.Logger}, nil
}

// provider has no state but its settings.
type provider struct {
	path   string
	logger *slog.Logger
}

// Read implements [providers.Provider].
func (p *provider) Read(ctx context.Context, at providers.Location) (providers.Document, error) {
	if err := ctx.Err(); err != nil {
		return providers.Document{}, err
	}
	root, err := p.load()
	if err != nil {
		return providers.Document{}, p.report(err)
	}
	doc, err := find(root, at)
	if err != nil {
		return providers.Document{}, p.report(err)
	}
	return doc, nil
}

// load reads the file. The error is a *fault or one of package providers.
func (p *provider) load() (*yamltree.Node, error) {
	f, err := os.OpenFile(p.path, regularfile.Flags, 0)
	if err != nil {
		return nil, regularfile.Failure(err)
	}
	data, err := regularfile.Read(f, yamltree.MaxBytes)
	if err != nil {
		return nil, regularfile.Failure(err)
	}
	root, problems := yamltree.Parse(data)
	if len(problems) > 0 {
		first := slices.MinFunc(problems, func(a, b yamltree.Problem) int {
			return cmp.Or(cmp.Compare(a.Line, b.Line), cmp.Compare(a.Col, b.Col))
		})
		return nil, &fault{line: first.Line, column: first.Col, message: first.Message}
	}
	return root, nil
}

// report logs a fault of the file, for the developer who wrote it, and makes it
// an error that says no more than others do.
func (p *provider) report(err error) error {
	f, ok := errors.AsType[*fault](err)
	if !ok {
		return err
	}
	p.logger.Warn("YAML store: "+f.message, slog.Int("line", f.line), slog.Int("column", f.column))
	return &providers.ProviderError{Code: providers.Malformed}
}
