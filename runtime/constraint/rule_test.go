package constraint_test

import (
	"encoding/json"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/secretsgen/secretsgen/runtime/constraint"
)

type level int

func (level) String() string { return "canary" }

func TestARuleIsBrokenByWhatItRefusesAndSaysItsBound(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct{ got, want string }{
		"an integer at its minimum":             {constraint.Min(1).Broken(1), ""},
		"an integer below its minimum":          {constraint.Min(1).Broken(0), "is below its minimum, 1"},
		"an integer at its maximum":             {constraint.Max(-1).Broken(-1), ""},
		"an integer above its maximum":          {constraint.Max(-1).Broken(0), "is above its maximum, -1"},
		"a named integer":                       {constraint.Min(level(3)).Broken(2), "is below its minimum, canary"},
		"the largest uint":                      {constraint.Max[uint](math.MaxUint).Broken(math.MaxUint), ""},
		"a uint above its maximum":              {constraint.Max[uint](7).Broken(8), "is above its maximum, 7"},
		"a float below its minimum":             {constraint.Min(0.1).Broken(0.05), "is below its minimum, 0.1"},
		"a large float":                         {constraint.Max(1e21).Broken(1e22), "is above its maximum, 1e+21"},
		"a float of 32 bits":                    {constraint.Min[float32](0.1).Broken(0), "is below its minimum, 0.1"},
		"a float that is no number, below":      {constraint.Min(1.0).Broken(math.NaN()), "is below its minimum, 1"},
		"a float that is no number, above":      {constraint.Max(1.0).Broken(math.NaN()), "is above its maximum, 1"},
		"a bound that is no number":             {constraint.Min(math.NaN()).Broken(1), "is below its minimum, NaN"},
		"kept for a second":                     {constraint.CacheTime().Broken(time.Second), ""},
		"kept for an hour":                      {constraint.CacheTime().Broken(time.Hour), ""},
		"kept for less than a second":           {constraint.CacheTime().Broken(time.Second - 1), "is not between 1s and 1h"},
		"kept for more than an hour":            {constraint.CacheTime().Broken(time.Hour + 1), "is not between 1s and 1h"},
		"wrapped for a minute":                  {constraint.WrapTime().Broken(time.Minute), ""},
		"wrapped for a part of a second":        {constraint.WrapTime().Broken(1500 * time.Millisecond), "is not a number of whole seconds between 1s and 1h"},
		"wrapped for no time":                   {constraint.WrapTime().Broken(0), "is not a number of whole seconds between 1s and 1h"},
		"a duration below its minimum":          {constraint.Min(90 * time.Second).Broken(time.Second), "is below its minimum, 1m30s"},
		"a duration at its maximum":             {constraint.Max(time.Hour).Broken(time.Hour), ""},
		"text below its minimum":                {constraint.Min("b\n").Broken("a"), `is below its minimum, "b\n"`},
		"text of its minimum length":            {constraint.MinLength[string](3).Broken("äöü"), ""},
		"text shorter than its minimum":         {constraint.MinLength[string](3).Broken("äö"), "is shorter than its minimum, 3 characters"},
		"text longer than its maximum":          {constraint.MaxLength[string](1).Broken("äö"), "is longer than its maximum, 1 character"},
		"text of four bytes a character":        {constraint.MaxLength[string](2).Broken("\U0001F600\U0001F600"), ""},
		"a named text":                          {constraint.MaxLength[named](1).Broken("äö"), "is longer than its maximum, 1 character"},
		"bytes of their minimum length":         {constraint.MinLength[[]byte](4).Broken([]byte("äö")), ""},
		"bytes shorter than their minimum":      {constraint.MinLength[[]byte](5).Broken([]byte("äö")), "is shorter than its minimum, 5 bytes"},
		"JSON longer than its maximum":          {constraint.MaxLength[json.RawMessage](1).Broken(json.RawMessage("10")), "is longer than its maximum, 1 byte"},
		"a map of its minimum length":           {constraint.MinLength[map[string]string](1).Broken(map[string]string{"": ""}), ""},
		"a map shorter than its minimum":        {constraint.MinLength[map[string]string](2).Broken(nil), "is shorter than its minimum, 2 entries"},
		"a map longer than its maximum":         {constraint.MaxLength[map[string]string](1).Broken(map[string]string{"a": "", "b": ""}), "is longer than its maximum, 1 entry"},
		"a pattern that matches somewhere":      {constraint.Pattern("b+").Broken("abbc"), ""},
		"a pattern that is anchored":            {constraint.Pattern("^b+$").Broken("abbc"), "does not match its pattern"},
		"a pattern that does not compile":       {constraint.Pattern("(").Broken("("), "has a pattern that is no regular expression"},
		"a pattern of another dialect":          {constraint.Pattern(`(?=a)a`).Broken("a"), "has a pattern that is no regular expression"},
		"one of the values":                     {constraint.OneOf("a", "b").Broken("b"), ""},
		"none of the values":                    {constraint.OneOf("a", "b").Broken("B"), "is none of the values that are allowed"},
		"one of no values":                      {constraint.OneOf[int]().Broken(0), "is none of the values that are allowed"},
		"the rule that nobody made":             {constraint.Rule[int]{}.Broken(1), ""},
		"one of the durations, in another unit": {constraint.OneOf(time.Minute).Broken(60 * time.Second), ""},
	} {
		if diff := cmp.Diff(test.want, test.got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

type named string

func TestOneOfKeepsItsOwnValues(t *testing.T) {
	t.Parallel()
	allowed := []string{"a"}
	rule := constraint.OneOf(allowed...)
	allowed[0] = "b"
	if rule.Broken("a") != "" || rule.Broken("b") == "" {
		t.Error("the rule changed with the list that it was made of")
	}
}

func TestARuleIsForManyGoroutines(t *testing.T) {
	t.Parallel()
	rule := constraint.Pattern("^a")
	done := make(chan string)
	for range 8 {
		go func() { done <- rule.Broken("abc") }()
	}
	for range 8 {
		if broken := <-done; broken != "" {
			t.Error(broken)
		}
	}
}

func TestNoRuleShowsTheValue(t *testing.T) {
	t.Parallel()
	const canary = "canary-9f2c61d0"
	for name, broken := range map[string]string{
		"min":        constraint.Min("x").Broken(canary),
		"max":        constraint.Max("a").Broken(canary),
		"min_length": constraint.MinLength[string](100).Broken(canary),
		"max_length": constraint.MaxLength[string](1).Broken(canary),
		"pattern":    constraint.Pattern("^x").Broken(canary),
		"one_of":     constraint.OneOf("x").Broken(canary),
	} {
		if broken == "" || strings.Contains(broken, canary) || strings.Contains(broken, "15") {
			t.Errorf("%s says %q", name, broken)
		}
	}
}
