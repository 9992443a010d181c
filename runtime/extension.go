package runtime

import "github.com/secretsgen/secretsgen/runtime/extension"

// Extension is what [New] takes beside the settings: a provider, an audit sink,
// a PDP, hooks. Nothing registers itself; what a program links is what it
// passes (DESIGN section 1).
type Extension = extension.Extension
