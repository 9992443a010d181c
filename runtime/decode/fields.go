package decode

import (
	"errors"

	"github.com/secretsgen/secretsgen/runtime/providers"
)

// FieldSet reads the fields of one document into a struct and keeps the first
// error. Generated code makes it, in one goroutine.
type FieldSet struct {
	doc providers.Document
	err error
}

// FieldsOf opens doc for [Field]. A file or variable that holds a JSON object
// has its members for fields. A document that is absent, null or empty is
// refused, whatever its fields allow.
func FieldsOf(doc Document) *FieldSet {
	if _, whole := doc.Fields(); whole {
		return &FieldSet{doc: doc}
	}
	members, err := entriesOf(doc)
	if err != nil {
		return &FieldSet{err: err}
	}
	return &FieldSet{doc: providers.Fields(members, doc.Metadata())}
}

// Err is the first thing that went wrong: an [*Error], or a
// [*providers.SecretKeyNotFoundError] for a field that is not there.
func (f *FieldSet) Err() error { return f.err }

// Field decodes the field stored under key. A key that is not there is offered
// to the decoder as absent. After an error it returns zero values.
func Field[T any](f *FieldSet, key string, decode Decoder[T]) T {
	var zero T
	if f.err != nil {
		return zero
	}
	value, err := f.doc.Pick(key)
	if err != nil {
		v, refused := decode(providers.Absent())
		if refused != nil {
			f.err = &providers.SecretKeyNotFoundError{Field: key}
			return zero
		}
		return v
	}
	v, err := decode(providers.Scalar(value, providers.Metadata{}))
	if err != nil {
		f.err = inField(key, err)
		return zero
	}
	return v
}

// inField says that err is about the field of that key. A field within a field
// is named by both keys, with a dot between.
func inField(key string, err error) error {
	if e, ok := errors.AsType[*Error](err); ok {
		c := *e
		c.Field = path(key, e.Field)
		return &c
	}
	if e, ok := errors.AsType[*providers.SecretKeyNotFoundError](err); ok {
		return &providers.SecretKeyNotFoundError{Field: path(key, e.Field)}
	}
	return &Error{Field: key, Rule: "cannot be decoded"}
}

func path(key, inner string) string {
	if inner == "" {
		return key
	}
	return key + "." + inner
}
