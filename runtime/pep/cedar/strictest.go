package cedar

import (
	"slices"

	"github.com/secretsgen/secretsgen/runtime/pep"
)

// strictest combines the limits of two policies that both permit: the smaller
// of each number that is set, and all conditions.
func strictest(a, b pep.Obligations) pep.Obligations {
	conditions := slices.Concat(a.MustRevalidateOn, b.MustRevalidateOn)
	slices.Sort(conditions)
	return pep.Obligations{
		TTL:              smaller(a.TTL, b.TTL),
		MaxUses:          smaller(a.MaxUses, b.MaxUses),
		ResponseWrap:     smaller(a.ResponseWrap, b.ResponseWrap),
		MustRevalidateOn: slices.Compact(conditions),
	}
}

// smaller takes 0 for "not set".
func smaller[T ~int | ~int64](a, b T) T {
	if a == 0 || b != 0 && b < a {
		return b
	}
	return a
}
