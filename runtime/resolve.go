package runtime

import (
	"context"
	"encoding/json"
	"fmt"
	"net/url"
	"reflect"
	"time"

	"github.com/secretsgen/secretsgen/runtime/decode"
	"github.com/secretsgen/secretsgen/runtime/uri"
)

// Resolve reads a reference that the program learned at run time, parsed with
// [Client.Parse], through the same corridor as a declared one. T is string,
// []byte, int, uint, float64, bool, time.Duration, time.Time, url.URL,
// json.RawMessage or map[string]string, each read as package decode says; a
// document without a key is a map or JSON. What is absent, null or empty is an
// error. The PDP sees no accessor. A provider that no declaration asked for is
// made on the first call, and then a missing setting is a [*ConfigError]; the
// other errors are those of [Handle.Read].
func Resolve[T any](ctx context.Context, client *Client, ref uri.URI) (Secret[T], error) {
	decoder, err := decoderOf[T]()
	if err != nil {
		return Secret[T]{}, err
	}
	if ref.IsZero() {
		return Secret[T]{}, errNoReference
	}
	k, err := client.enter(ctx)
	if err != nil {
		return Secret[T]{}, err
	}
	defer k.gate.leave()
	s, err := k.store(ctx, ref.Scheme())
	if err != nil {
		return Secret[T]{}, err
	}
	return read(ctx, k, newTarget(client, s, "", ref), decoder)
}

func decoderOf[T any]() (decode.Decoder[T], error) {
	var decoder any
	switch any(*new(T)).(type) {
	case string:
		decoder = decode.Decoder[string](decode.String)
	case []byte:
		decoder = decode.Decoder[[]byte](decode.Bytes)
	case int:
		decoder = decode.Decoder[int](decode.Int)
	case uint:
		decoder = decode.Decoder[uint](decode.Uint)
	case float64:
		decoder = decode.Decoder[float64](decode.Float)
	case bool:
		decoder = decode.Decoder[bool](decode.Bool)
	case time.Duration:
		decoder = decode.Decoder[time.Duration](decode.Duration)
	case time.Time:
		decoder = decode.Decoder[time.Time](decode.Time)
	case url.URL:
		decoder = decode.Decoder[url.URL](decode.URL)
	case json.RawMessage:
		decoder = decode.Decoder[json.RawMessage](decode.JSON)
	case map[string]string:
		decoder = decode.Decoder[map[string]string](decode.Map)
	}
	if d, ok := decoder.(decode.Decoder[T]); ok {
		return d, nil
	}
	return nil, fmt.Errorf("secretsgen: Resolve can't read a reference into %v: read it as json.RawMessage and decode that", reflect.TypeFor[T]())
}
