package decode

import "encoding"

// Text decodes text into a type of the user's, with its UnmarshalText. What that
// says, or panics with, is replaced by a fixed text, since it could hold the
// value. It gets text that is UTF-8 and not empty, and never sees a document that
// is absent or null.
func Text[T any, PT interface {
	*T
	encoding.TextUnmarshaler
}](doc Document) (T, error) {
	text, err := String(doc)
	if err != nil {
		var zero T
		return zero, err
	}
	return byItsType(func(value *T) error { return PT(value).UnmarshalText([]byte(text)) })
}

// byItsType fills a T by code of the user's, and lets nothing out of it but
// the T.
func byItsType[T any](fill func(*T) error) (value T, err error) {
	defer func() {
		if recover() != nil {
			var zero T
			value, err = zero, fail(byType)
		}
	}()
	filled := new(T)
	if fill(filled) != nil {
		return value, fail(byType)
	}
	return *filled, nil
}

const byType = "cannot be decoded by its type"
