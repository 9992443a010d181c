package decode_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/secretsgen/secretsgen/internal/testpem"
	"github.com/secretsgen/secretsgen/runtime/constraint"
	"github.com/secretsgen/secretsgen/runtime/decode"
	"github.com/secretsgen/secretsgen/runtime/providers"
	"github.com/secretsgen/secretsgen/runtime/secretstest/leakcheck"
)

// tellsAll is a type of the user's whose errors quote everything.
type tellsAll struct{}

func (*tellsAll) UnmarshalText(text []byte) error { return fmt.Errorf("text %q", text) }
func (*tellsAll) UnmarshalJSON(text []byte) error { panic(fmt.Sprintf("text %q", text)) }

// every is each decoder of the package, and each that wraps another, in the ways
// in which generated code puts them together.
func every() map[string]func(decode.Document) error {
	return map[string]func(decode.Document) error{
		"string":           failing(decode.String),
		"bytes":            failing(decode.Bytes),
		"base64":           failing(decode.Base64),
		"base64url":        failing(decode.Base64URL),
		"hex":              failing(decode.Hex),
		"int":              failing(decode.Int),
		"uint":             failing(decode.Uint),
		"float":            failing(decode.Float),
		"bool":             failing(decode.Bool),
		"duration":         failing(decode.Duration),
		"time":             failing(decode.Time),
		"url":              failing(decode.URL),
		"json":             failing(decode.JSON),
		"map":              failing(decode.Map),
		"any map":          failing(decode.MapAllowEmpty),
		"certificates":     failing(decode.Certificates),
		"private key":      failing(decode.PrivateKey),
		"key pair":         failing(decode.TLSKeyPair("a", "b")),
		"text":             failing(decode.Text[tellsAll]),
		"JSON into a type": failing(decode.JSONInto[tellsAll]),
		"JSON into any":    failing(decode.JSONInto[any]),
		"JSON into a time": failing(decode.JSONInto[time.Time]),
		"JSON into a struct": failing(decode.JSONInto[struct {
			A json.Number
			B []struct{ C int }
		}]),
		"checked": failing(decode.Check(decode.AllowEmpty(decode.String),
			constraint.MinLength[string](1000), constraint.Pattern("^x$"), constraint.Min("x"), constraint.OneOf("x"))),
		"checked bytes":    failing(decode.Check(decode.Bytes, constraint.MinLength[[]byte](1000))),
		"checked map":      failing(decode.Check(decode.Map, constraint.MinLength[map[string]string](1000))),
		"checked number":   failing(decode.Check(decode.Float, constraint.Max(-1e300))),
		"default":          failing(decode.Default(decode.Int, 1)),
		"default text":     failing(decode.DefaultText(decode.Int, "1")),
		"optional":         failing(decode.Optional(decode.Int)),
		"nullable":         failing(decode.Nullable(decode.Hex)),
		"optional or null": failing(decode.OptionalOrNull(decode.Text[tellsAll])),
		"struct": failing(func(doc decode.Document) (any, error) {
			f := decode.FieldsOf(doc)
			decode.Field(f, "a", decode.Optional(decode.Int))
			decode.Field(f, "b", decodeLogin)
			return nil, f.Err()
		}),
	}
}

// failing runs a decoder and keeps its error alone.
func failing[T any](d decode.Decoder[T]) func(decode.Document) error {
	return func(doc decode.Document) error {
		_, err := d(doc)
		return err
	}
}

// FuzzDecoders holds that no stored bytes make a decoder panic, and that no
// error shows them: a canary is planted at any place of the bytes.
func FuzzDecoders(f *testing.F) {
	const canary = "canary-9f2c61d0a7"
	key := testpem.Ed25519(f)
	chain := testpem.Certificates(testpem.Chain(f, key, "host.example"))
	for _, seed := range []string{
		"", "\n", "0x10", "-1.5e3", "true", "null", "1m30s", "2026-01-02T12:00:00Z", "https://u:p@host/%zz", "/+8=",
		`{"a":1,"b":{"user":"u","port":"x"}}`, `{"a":null,"b":[{"C":"x"}]}`, `["\ud83d"]`, "\xff\x00",
		"-----BEGIN " + canary + "-----\n-----END " + canary + "-----\n",
		chain, testpem.PKCS8(f, key), chain + testpem.PKCS8(f, key), "-----BEGIN PRIVATE KEY-----\nDEK-Info: x\n\n-----END PRIVATE KEY-----\n",
	} {
		f.Add([]byte(seed), uint16(0))
		f.Add([]byte(seed), uint16(len(seed)/2))
	}
	decoders := every()
	f.Fuzz(func(t *testing.T, text []byte, at uint16) {
		place := int(at) % (len(text) + 1)
		planted := append(append(append([]byte(nil), text[:place]...), canary...), text[place:]...)
		told := map[string]string{} // what errors say, and which decoder's say it
		for _, stored := range [][]byte{text, planted} {
			for name, doc := range documents(stored, canary) {
				for decoder, fail := range decoders {
					told[tell(t, fail(doc))] = decoder + " of " + name
				}
			}
		}
		if leakcheck.Find([]byte(strings.Join(slices.Collect(maps.Keys(told)), "")), canary) == nil {
			return
		}
		for text, who := range told {
			if forms := leakcheck.Find([]byte(text), canary); forms != nil {
				t.Errorf("%s: the error shows what is stored, as %v: %s", who, forms, text)
			}
		}
	})
}

// documents are the forms in which a store may hold bytes.
func documents(stored []byte, canary string) map[string]decode.Document {
	all := map[string]decode.Document{"nothing": providers.Absent()}
	for _, kind := range []providers.Kind{providers.Binary, providers.Text, providers.Number, providers.Bool, providers.Null, providers.JSON} {
		value := providers.NewValue(kind, stored)
		all[fmt.Sprintf("kind %d", kind)] = providers.Scalar(value, providers.Metadata{})
		all[fmt.Sprintf("fields of kind %d", kind)] = providers.Fields(map[string]providers.Value{"a": value, "b": value, canary: value}, providers.Metadata{})
	}
	return all
}

// tell prints an error and what it wraps. It fails the test for an error that is
// none of the corridor's own.
func tell(t *testing.T, err error) string {
	t.Helper()
	if err != nil && !isA[*decode.Error](err) && !isA[*providers.SecretKeyNotFoundError](err) {
		t.Errorf("an error of type %T", err)
	}
	text := ""
	for ; err != nil; err = errors.Unwrap(err) {
		text += fmt.Sprintf("%v\n%+v\n%#v\n", err, err, err)
	}
	return text
}
