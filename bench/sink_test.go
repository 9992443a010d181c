package bench

import (
	"context"

	"github.com/secretsgen/secretsgen/runtime/audit"
)

// drain is an audit sink that takes every event and keeps none.
type drain struct{}

// sinkName is what SECRETS_AUDIT would call it.
const sinkName = "drain"

func (d drain) factory() audit.Factory {
	return audit.Factory{
		Name: sinkName,
		Open: func(context.Context, audit.Instance, string) (audit.Sink, error) { return d, nil },
	}
}

// Write implements [audit.Sink].
func (drain) Write(context.Context, *audit.Event) error { return nil }

// Close implements [audit.Sink].
func (drain) Close(context.Context) error { return nil }
