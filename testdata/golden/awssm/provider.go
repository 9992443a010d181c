// Package awssm stands for a third party's provider package, as generated code
// imports one.
package awssm

import (
	"context"

	"github.com/secretsgen/secretsgen/runtime"
	"github.com/secretsgen/secretsgen/runtime/providers"
)

// Provider serves the scheme aws+sm. It holds nothing.
func Provider() runtime.Extension {
	return providers.Factory{
		Package: "github.com/secretsgen/secretsgen/testdata/golden/awssm",
		Schemes: []string{"aws+sm"},
		Open:    func(context.Context, providers.Instance) (providers.Provider, error) { return empty{}, nil },
	}
}

type empty struct{}

// Read implements providers.Provider.
func (empty) Read(context.Context, providers.Location) (providers.Document, error) {
	return providers.Document{}, &providers.SecretNotFoundError{}
}
