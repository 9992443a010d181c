package emit_test

import (
	"math"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/secretsgen/secretsgen/gen/model"
	"github.com/secretsgen/secretsgen/internal/testgo"
)

// checkedValue is a literal as check leaves it.
func checkedValue(value any) *model.Literal { return &model.Literal{Text: "text", Value: value} }

func on() model.Flag { return model.Flag{On: true} }

// decoderOf is the decoder that a secret of a type is bound with, which must
// compile.
func decoderOf(t *testing.T, typ model.Type) string {
	t.Helper()
	s := secret(t, "A/a", "file://secret/a", typ.Kind)
	s.Type = typ
	p := checked(s)
	src := generate(t, p)
	if err := testgo.Judge(p, testgo.Package{Accessors: []byte(src)}); err != nil {
		t.Fatalf("%v\n%s", err, src)
	}
	_, rest, _ := strings.Cut(src, "runtime.Bind(set, \"a\", ")
	decoder, _, _ := strings.Cut(rest, "),\n")
	return decoder
}

func TestDefaultsAreLiteralsOfTheirType(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name  string
		kind  model.Kind
		value any
		want  string
	}{
		{"an int of nothing", model.Int, 0, "decode.Default(decode.Int, 0)"},
		{"the largest int", model.Int, math.MaxInt64, "decode.Default(decode.Int, 9223372036854775807)"},
		{"the smallest int", model.Int, math.MinInt64, "decode.Default(decode.Int, -9223372036854775808)"},
		{"the largest uint", model.Uint, uint(math.MaxUint64), "decode.Default(decode.Uint, 18446744073709551615)"},
		{"a float of nothing", model.Float, 0.0, "decode.Default(decode.Float, 0.0)"},
		{"a float that is whole", model.Float, 3.0, "decode.Default(decode.Float, 3.0)"},
		{"a float below nothing", model.Float, -0.5, "decode.Default(decode.Float, -0.5)"},
		{"a large float", model.Float, 1e300, "decode.Default(decode.Float, 1e+300)"},
		{"a float that is whole and large", model.Float, 1e20, "decode.Default(decode.Float, 1e+20)"},
		{"the smallest float", model.Float, math.SmallestNonzeroFloat64, "decode.Default(decode.Float, 5e-324)"},
		{"the largest float", model.Float, math.MaxFloat64, "decode.Default(decode.Float, 1.7976931348623157e+308)"},
		{"a float with all digits", model.Float, math.Nextafter(0.3, 1), "decode.Default(decode.Float, 0.30000000000000004)"},
		{"true", model.Bool, true, "decode.Default(decode.Bool, true)"},
		{"false", model.Bool, false, "decode.Default(decode.Bool, false)"},
		{"no time", model.Duration, time.Duration(0), "decode.Default(decode.Duration, 0*time.Hour)"},
		{"an hour", model.Duration, time.Hour, "decode.Default(decode.Duration, time.Hour)"},
		{"a day", model.Duration, 24 * time.Hour, "decode.Default(decode.Duration, 24*time.Hour)"},
		{"a minute and a half", model.Duration, 90 * time.Second, "decode.Default(decode.Duration, 90*time.Second)"},
		{"a nanosecond", model.Duration, time.Nanosecond, "decode.Default(decode.Duration, time.Nanosecond)"},
		{"microseconds", model.Duration, 1500 * time.Microsecond, "decode.Default(decode.Duration, 1500*time.Microsecond)"},
		{"an hour less", model.Duration, -time.Hour, "decode.Default(decode.Duration, -1*time.Hour)"},
		{"the longest time", model.Duration, time.Duration(math.MaxInt64), "decode.Default(decode.Duration, 9223372036854775807*time.Nanosecond)"},
		{"the longest time less", model.Duration, time.Duration(math.MinInt64), "decode.Default(decode.Duration, -9223372036854775808*time.Nanosecond)"},
		{"a text", model.String, "a\"b`c\n\u202e\x00", `decode.Default(decode.String, "a\"b` + "`" + `c\n\u202e\x00")`},
		{"an empty text", model.String, "", `decode.Default(decode.String, "")`},
		{"a time", model.Time, time.Unix(0, 0), `decode.DefaultText(decode.Time, "text")`},
		{"bytes", model.Bytes, []byte{1}, `decode.DefaultText(decode.Bytes, "text")`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got := decoderOf(t, model.Type{Kind: tt.kind, Default: checkedValue(tt.value)})
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("decoder (-want +got):\n%s", diff)
			}
		})
	}
}

func TestDecodersAreComposedFromTheInsideOut(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name string
		typ  model.Type
		want string
	}{
		{
			"a range",
			model.Type{Kind: model.Int, Limits: model.Limits{Min: checkedValue(-5), Max: checkedValue(math.MaxInt64)}},
			"decode.Check(decode.Int, constraint.Min(-5), constraint.Max(9223372036854775807))",
		},
		{
			"a range whose type Go would guess wrong",
			model.Type{Kind: model.Uint, Limits: model.Limits{Min: checkedValue(uint(0)), Max: checkedValue(uint(math.MaxUint64)), OneOf: []*model.Literal{checkedValue(uint(1)), checkedValue(uint(2))}}},
			"decode.Check(decode.Uint, constraint.Min[uint](0), constraint.Max[uint](18446744073709551615), constraint.OneOf[uint](1, 2))",
		},
		{
			"a range of floats that are whole",
			model.Type{Kind: model.Float, Limits: model.Limits{Min: checkedValue(-1.0), Max: checkedValue(1e300)}},
			"decode.Check(decode.Float, constraint.Min(-1.0), constraint.Max(1e+300))",
		},
		{
			"a range of times",
			model.Type{Kind: model.Duration, Limits: model.Limits{Min: checkedValue(time.Duration(0)), Max: checkedValue(90 * time.Minute)}},
			"decode.Check(decode.Duration, constraint.Min(0*time.Hour), constraint.Max(90*time.Minute))",
		},
		{
			"every rule of a text, in the order in which they are checked",
			model.Type{Kind: model.String, Limits: model.Limits{
				OneOf: []*model.Literal{checkedValue("a\"b"), checkedValue("c")}, Pattern: checkedValue("text"),
				MaxLength: checkedValue(8), MinLength: checkedValue(1),
			}},
			`decode.Check(decode.String, constraint.MinLength[string](1), constraint.MaxLength[string](8), constraint.Pattern("text"), constraint.OneOf("a\"b", "c"))`,
		},
		{
			"lengths of bytes in their encoding",
			model.Type{Kind: model.Bytes, Encoding: model.Base64URL, Limits: model.Limits{MinLength: checkedValue(32)}},
			"decode.Check(decode.Base64URL, constraint.MinLength[[]byte](32))",
		},
		{
			"a map that may be empty",
			model.Type{Kind: model.Map, Empty: on(), Limits: model.Limits{MaxLength: checkedValue(3)}},
			"decode.Check(decode.MapAllowEmpty, constraint.MaxLength[map[string]string](3))",
		},
		{
			"emptiness within the rules, the default around them, and absence around all",
			model.Type{
				Kind: model.String, Empty: on(), Limits: model.Limits{MaxLength: checkedValue(4)},
				Default: checkedValue("x"), Nullable: on(),
			},
			`decode.Nullable(decode.Default(decode.Check(decode.AllowEmpty(decode.String), constraint.MaxLength[string](4)), "x"))`,
		},
		{
			"what may be absent",
			model.Type{Kind: model.URL, Optional: on()},
			"decode.Optional(decode.URL)",
		},
		{
			"what may be absent or null",
			model.Type{Kind: model.Certificates, Optional: on(), Nullable: on()},
			"decode.OptionalOrNull(decode.Certificates)",
		},
		{
			"the keys of a pair, quoted",
			model.Type{Kind: model.TLSKeyPair, Certificate: model.Literal{Text: "tls.crt"}, PrivateKey: model.Literal{Text: "a\"b"}},
			`decode.TLSKeyPair("tls.crt", "a\"b")`,
		},
		{
			"a type that reads text",
			model.Type{Kind: model.Named, Go: &model.GoType{Path: "example.com/levels", Package: "levels", Name: "Level", Reads: model.ByText}},
			"decode.Text[levels.Level]",
		},
		{
			"a type that reads JSON, of the package itself",
			model.Type{Kind: model.Named, Optional: on(), Go: &model.GoType{Name: "Level", Reads: model.ByJSON}},
			"decode.Optional(decode.JSONInto[Level])",
		},
		{
			"JSON into a type",
			model.Type{Kind: model.JSON, Go: &model.GoType{Name: "Settings"}},
			"decode.JSONInto[Settings]",
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if diff := cmp.Diff(tt.want, decoderOf(t, tt.typ)); diff != "" {
				t.Errorf("decoder (-want +got):\n%s", diff)
			}
		})
	}
}

func TestPatternsOfFieldsAreVariables(t *testing.T) {
	t.Parallel()
	const one = "// The pattern of a field. It is compiled when it is first used.\nvar patternSecretsAK = constraint.Pattern(\"text\")\n"
	const two = `
// The patterns of fields. Each is compiled when it is first used.
var (
	patternSecretsAK = constraint.Pattern("text")
	patternSecretsAL = constraint.Pattern("text")
)
`
	for n, want := range map[int]string{1: one, 2: two} {
		s := secret(t, "A/a", "file://secret/a", model.Document)
		s.Fields = []model.Field{field("K/k", "k", model.String), field("L/l", "l", model.String)}
		for i := range n {
			s.Fields[i].Type.Limits.Pattern = checkedValue("text")
		}
		p := checked(s)
		src := generate(t, p)
		if err := testgo.Judge(p, testgo.Package{Accessors: []byte(src)}); err != nil {
			t.Error(err)
		}
		if !strings.Contains(src, want) || !strings.Contains(src, `K: decode.Field(f, "k", decode.Check(decode.String, patternSecretsAK)),`) {
			t.Errorf("the file does not hold\n%s\nit is\n%s", want, src)
		}
	}
}
