package decode

import (
	"bytes"
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
// has its members for fields.
func FieldsOf(doc Document) *FieldSet {
	value, whole := doc.Scalar()
	if !whole {
		return &FieldSet{doc: doc}
	}
	members, err := providers.ParseObject(bytes.Clone(value.Bytes()))
	if err != nil {
		return &FieldSet{err: fail("is one value and not a document of fields")}
	}
	return &FieldSet{doc: providers.Fields(members, doc.Metadata())}
}

// Err is the first thing that went wrong: an [*Error], or a
// [*providers.SecretKeyNotFoundError] for a field that is not there.
func (f *FieldSet) Err() error { return f.err }

// Field decodes the field stored under key. After an error it returns zero
// values.
func Field[T any](f *FieldSet, key string, decode Decoder[T]) T {
	var zero T
	if f.err != nil {
		return zero
	}
	value, err := f.doc.Pick(key)
	if err != nil {
		f.err = &providers.SecretKeyNotFoundError{Field: key}
		return zero
	}
	v, err := decode(providers.Scalar(value, providers.Metadata{}))
	if err != nil {
		f.err = inField(key, err)
		return zero
	}
	return v
}

func inField(key string, err error) error {
	if e, ok := errors.AsType[*Error](err); ok {
		c := *e
		c.Field = key
		return &c
	}
	return &Error{Field: key, Rule: "cannot be decoded"}
}
