package runtime

import (
	"math/big"
	"reflect"
	"time"
	"unsafe"
)

// clone returns a copy of value that shares nothing which the holder of one
// could change under the holder of the other: bytes, slices, maps and what
// pointers point to, at any depth. A struct with unexported fields is shared
// where it is behind a pointer: who has nothing but the value can't change what
// is inside, and not every one can be copied. Times and big integers can.
func clone[T any](value T) T {
	if plain(reflect.TypeFor[T]().Kind()) {
		return value
	}
	return cloneDeep(value)
}

func cloneDeep[T any](value T) T {
	new(cloner).own(reflect.ValueOf(&value).Elem())
	return value
}

// plain reports whether values of a kind are copied by assignment, whole.
func plain(k reflect.Kind) bool {
	return k <= reflect.Complex128 || k == reflect.String
}

// cloner remembers what it has copied, so that a value which holds itself has
// a copy that does too.
type cloner struct{ copies map[memory]reflect.Value }

// memory is what a pointer, map or slice refers to.
type memory struct {
	at  unsafe.Pointer
	of  reflect.Type
	len int // of a slice
}

func memoryOf(v reflect.Value) memory {
	m := memory{at: v.UnsafePointer(), of: v.Type()}
	if v.Kind() == reflect.Slice {
		m.len = v.Len()
	}
	return m
}

// own replaces everything that v refers to by copies. v is settable.
func (c *cloner) own(v reflect.Value) {
	switch v.Kind() {
	case reflect.Slice, reflect.Map, reflect.Pointer:
		c.ownMemory(v)
	case reflect.Array:
		for i := range v.Len() {
			c.own(v.Index(i))
		}
	case reflect.Struct:
		if v.Type() == reflect.TypeFor[big.Int]() {
			ownInt(v)
			return
		}
		for i := range v.NumField() {
			if field := v.Field(i); field.CanSet() {
				c.own(field)
			}
		}
	case reflect.Interface:
		if !v.IsNil() {
			v.Set(c.owned(v.Elem()))
		}
	default:
	}
}

// ownInt is own for a big integer, whose digits are in a slice that only its
// methods reach.
func ownInt(v reflect.Value) {
	if n, ok := v.Addr().Interface().(*big.Int); ok {
		v.Set(reflect.ValueOf(new(big.Int).Set(n)).Elem())
	}
}

// owned is own for what can't be set: an entry of a map, the inside of an
// interface.
func (c *cloner) owned(v reflect.Value) reflect.Value {
	fresh := reflect.New(v.Type()).Elem()
	fresh.Set(v)
	c.own(fresh)
	return fresh
}

func (c *cloner) ownMemory(v reflect.Value) {
	switch {
	case v.IsNil(), v.Kind() == reflect.Pointer && !copyable(v.Type().Elem()):
		return
	case v.Kind() == reflect.Slice && plain(v.Type().Elem().Kind()):
		v.Set(copyOf(v))
		return
	}
	old := memoryOf(v)
	if fresh, ok := c.copies[old]; ok {
		v.Set(fresh)
		return
	}
	fresh := copyOf(v)
	if c.copies == nil {
		c.copies = map[memory]reflect.Value{}
	}
	c.copies[old] = fresh
	v.Set(fresh)
	switch v.Kind() {
	case reflect.Slice:
		for i := range fresh.Len() {
			c.own(fresh.Index(i))
		}
	case reflect.Map:
		for entry := fresh.MapRange(); entry.Next(); {
			fresh.SetMapIndex(entry.Key(), c.owned(entry.Value()))
		}
	default:
		c.own(fresh.Elem())
	}
}

// copyOf copies a slice, a map or what is behind a pointer, one level deep.
func copyOf(v reflect.Value) reflect.Value {
	switch v.Kind() {
	case reflect.Slice:
		fresh := reflect.MakeSlice(v.Type(), v.Len(), v.Len())
		reflect.Copy(fresh, v)
		return fresh
	case reflect.Map:
		fresh := reflect.MakeMapWithSize(v.Type(), v.Len())
		for entry := v.MapRange(); entry.Next(); {
			fresh.SetMapIndex(entry.Key(), entry.Value())
		}
		return fresh
	default:
		fresh := reflect.New(v.Type().Elem())
		fresh.Elem().Set(v.Elem())
		return fresh
	}
}

// copyable reports whether what is behind a pointer may be copied.
func copyable(t reflect.Type) bool {
	if t.Kind() != reflect.Struct || t == reflect.TypeFor[time.Time]() || t == reflect.TypeFor[big.Int]() {
		return true
	}
	for i := range t.NumField() {
		if !t.Field(i).IsExported() {
			return false
		}
	}
	return true
}
