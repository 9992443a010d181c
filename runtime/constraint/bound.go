package constraint

import (
	"cmp"
	"fmt"
	"reflect"
	"strconv"
	"time"
)

// Min refuses what is less than bound. A bound that is no number (NaN) refuses
// everything.
func Min[T cmp.Ordered](bound T) Rule[T] {
	return unless("is below its minimum, "+show(bound), func(v T) bool { return v >= bound })
}

// Max refuses what is greater than bound. A bound that is no number (NaN)
// refuses everything.
func Max[T cmp.Ordered](bound T) Rule[T] {
	return unless("is above its maximum, "+show(bound), func(v T) bool { return v <= bound })
}

// show writes a declared bound: a duration as Go does, a float in the shortest
// form that reads back as the same number, text quoted.
func show[T cmp.Ordered](bound T) string {
	if d, ok := any(bound).(time.Duration); ok {
		return d.String()
	}
	switch v := reflect.ValueOf(bound); v.Kind() {
	case reflect.Float32, reflect.Float64:
		return strconv.FormatFloat(v.Float(), 'g', -1, v.Type().Bits())
	case reflect.String:
		return strconv.Quote(v.String())
	default:
		return fmt.Sprint(bound)
	}
}
