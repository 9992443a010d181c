// Package fake is the door by which a test's values reach a client without
// having been stored anywhere.
//
// Package secretstest puts them in and runtime.New takes them out; being
// internal to the runtime, nobody else can name the type that does it, and a
// service has no way to read a secret past its store (DESIGN section 1). It
// links nothing, so that whoever looks for what it brings into a binary finds
// this file.
package fake

import (
	"context"
	"reflect"
)

// Values are what the reads of a client return in the place of stored values,
// by accessor. It is an extension.Extension.
type Values map[string]Value

// ExtensionName implements extension.Extension.
func (Values) ExtensionName() string { return "values of a test" }

// Value gives the value of one accessor, of whatever type that is.
type Value struct {
	read any // func(context.Context) (T, error)
	of   reflect.Type
}

// Of makes a Value of what a read calls. read is called once a read, by many
// goroutines at once.
func Of[T any](read func(context.Context) (T, error)) Value {
	return Value{read: read, of: reflect.TypeFor[T]()}
}

// Type is the type that the value was given as, nil for the zero Value.
func (v Value) Type() reflect.Type { return v.of }

// As returns what was given to [Of] for the same T, and whether it was.
func As[T any](v Value) (read func(context.Context) (T, error), ok bool) {
	read, ok = v.read.(func(context.Context) (T, error))
	return read, ok
}
