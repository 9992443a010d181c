// Package extension holds the one type through which a program hands the
// client what the core does not link: providers, PDPs, audit sinks, hooks.
//
// The rooms (runtime/providers, runtime/pep, runtime/audit) define what can be
// passed and implement [Extension] on it; runtime.New tells them apart by their
// concrete type. Nothing registers itself, so a program links exactly what it
// names (DESIGN section 1). Only the marker lives here: it must stay a leaf,
// since every room imports it.
package extension

// Extension is something that runtime.New takes beside its settings.
// The set of implementations is closed: a type that no room of the runtime
// defines is refused by runtime.New.
type Extension interface {
	// ExtensionName says in an error message what this is, for instance
	// "provider openbao+kv2". It holds no setting.
	ExtensionName() string
}
