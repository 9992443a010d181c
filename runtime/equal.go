package runtime

import (
	"crypto/sha256"
	"crypto/subtle"
	"math"
	"reflect"
)

// Equal tells whether both hold the same value, in a time that depends on the
// size of the values and not on where they differ; of a map, keys that only one
// has may show. A type that has an Equal method of its own, like time.Time, is
// compared by it. Metadata does not count.
func (s Secret[T]) Equal(other Secret[T]) bool {
	a, b := s.value(), other.value()
	return new(comparison).same(reflect.ValueOf(&a).Elem(), reflect.ValueOf(&b).Elem()) == 1
}

// comparison remembers what it compares, so that it ends for values which hold
// themselves.
type comparison struct{ under map[[2]memory]bool }

// same returns 1 for equal values of one type, else 0. Numbers are the same if
// their bits are: a NaN equals itself, as it was stored.
func (c *comparison) same(a, b reflect.Value) int {
	if equal, ok := byMethod(a, b); ok {
		return bit(equal)
	}
	switch a.Kind() {
	case reflect.String:
		return sameBytes([]byte(a.String()), []byte(b.String()))
	case reflect.Bool:
		return bit(a.Bool() == b.Bool())
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		return bit(a.Int() == b.Int())
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64, reflect.Uintptr:
		return bit(a.Uint() == b.Uint())
	case reflect.Float32, reflect.Float64:
		return sameFloats(a.Float(), b.Float())
	case reflect.Complex64, reflect.Complex128:
		x, y := a.Complex(), b.Complex()
		return sameFloats(real(x), real(y)) & sameFloats(imag(x), imag(y))
	case reflect.Array:
		return c.sameElements(a, b)
	case reflect.Struct:
		equal := 1
		for i := range a.NumField() {
			equal &= c.same(a.Field(i), b.Field(i))
		}
		return equal
	case reflect.Interface:
		if a.IsNil() || b.IsNil() || a.Elem().Type() != b.Elem().Type() {
			return bit(a.IsNil() && b.IsNil())
		}
		return c.same(a.Elem(), b.Elem())
	case reflect.Slice, reflect.Map, reflect.Pointer:
		return c.sameMemory(a, b)
	default: // functions and channels, which no store holds
		return bit(a.IsNil() && b.IsNil())
	}
}

func (c *comparison) sameMemory(a, b reflect.Value) int {
	switch {
	case a.Kind() == reflect.Pointer && (a.IsNil() || b.IsNil()):
		return bit(a.IsNil() && b.IsNil())
	case a.Kind() != reflect.Pointer && a.Len() != b.Len():
		return 0
	case a.Kind() == reflect.Slice && a.Type().Elem().Kind() == reflect.Uint8:
		return sameBytes(a.Bytes(), b.Bytes())
	}
	pair := [2]memory{memoryOf(a), memoryOf(b)}
	if pair[0] == pair[1] || c.under[pair] {
		return 1
	}
	if c.under == nil {
		c.under = map[[2]memory]bool{}
	}
	c.under[pair] = true
	switch a.Kind() {
	case reflect.Slice:
		return c.sameElements(a, b)
	case reflect.Map:
		return c.sameEntries(a, b)
	default:
		return c.same(a.Elem(), b.Elem())
	}
}

func (c *comparison) sameElements(a, b reflect.Value) int {
	equal := 1
	for i := range a.Len() {
		equal &= c.same(a.Index(i), b.Index(i))
	}
	return equal
}

func (c *comparison) sameEntries(a, b reflect.Value) int {
	equal := 1
	for entry := a.MapRange(); entry.Next(); {
		if other := b.MapIndex(entry.Key()); other.IsValid() {
			equal &= c.same(entry.Value(), other)
		} else {
			equal = 0
		}
	}
	return equal
}

// byMethod compares by the type's own Equal method, if it has one.
func byMethod(a, b reflect.Value) (equal, ok bool) {
	switch {
	case !a.CanInterface(), a.Kind() == reflect.Interface, a.Kind() == reflect.Pointer && (a.IsNil() || b.IsNil()):
		return false, false
	}
	method := a.MethodByName("Equal")
	if !method.IsValid() {
		return false, false
	}
	t := method.Type()
	if t.NumIn() != 1 || t.IsVariadic() || !a.Type().AssignableTo(t.In(0)) || t.NumOut() != 1 || t.Out(0).Kind() != reflect.Bool {
		return false, false
	}
	return method.Call([]reflect.Value{b})[0].Bool(), true
}

// sameBytes hashes first, so that a comparison sees 32 bytes whatever the
// length of the value.
func sameBytes(a, b []byte) int {
	x, y := sha256.Sum256(a), sha256.Sum256(b)
	return subtle.ConstantTimeCompare(x[:], y[:])
}

func sameFloats(a, b float64) int { return bit(math.Float64bits(a) == math.Float64bits(b)) }

func bit(b bool) int {
	if b {
		return 1
	}
	return 0
}
