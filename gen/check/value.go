package check

import (
	"github.com/secretsgen/secretsgen/gen/model"
	"github.com/secretsgen/secretsgen/runtime/constraint"
)

// parse reads text as a value of a type, as the runtime would a stored one: both
// use one package, so that a default that builds is one that decodes. It returns
// the rule that the text breaks, or "".
func parse(t *model.Type, text string) (value any, rule string) {
	if text == "" && t.Empty.On && hasLength(t.Kind) {
		return "", ""
	}
	switch t.Kind {
	case model.String:
		return answer(constraint.ParseString(text))
	case model.Bytes:
		return parseBytes(t.Encoding, text)
	case model.Int:
		return answer(constraint.ParseInt(text))
	case model.Uint:
		return answer(constraint.ParseUint(text))
	case model.Float:
		return answer(constraint.ParseFloat(text))
	case model.Bool:
		return answer(constraint.ParseBool(text))
	case model.Duration:
		return answer(constraint.ParseDuration(text))
	case model.Time:
		return answer(constraint.ParseTime(text))
	case model.URL:
		return answer(constraint.ParseURL(text))
	case model.JSON:
		return answer(constraint.ParseJSON(text))
	default:
		return nil, "can't be checked before it is read"
	}
}

func parseBytes(e model.Encoding, text string) (value any, rule string) {
	switch e {
	case model.Base64:
		return answer(constraint.ParseBase64(text))
	case model.Base64URL:
		return answer(constraint.ParseBase64URL(text))
	case model.Hex:
		return answer(constraint.ParseHex(text))
	default:
		return []byte(text), ""
	}
}

// answer is that of a reader whatever its type.
func answer[T any](value T, rule string) (any, string) { return value, rule }

// example is a value of a kind, for a hint.
func example(k model.Kind) string {
	switch k {
	case model.Int:
		return "-5, 5432"
	case model.Uint:
		return "5432"
	case model.Float:
		return "0.5"
	case model.Bool:
		return "true"
	case model.Duration:
		return "1m30s, or seconds"
	case model.Time:
		return "2026-01-02T15:04:05Z"
	case model.URL:
		return "https://example.com/path"
	case model.JSON:
		return `{"key": "value"}`
	default:
		return "text"
	}
}
