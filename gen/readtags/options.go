package readtags

import (
	"fmt"
	"strings"

	"github.com/secretsgen/secretsgen/gen/diag"
	"github.com/secretsgen/secretsgen/gen/model"
)

const optionEncoding = "encoding"

// options applies the options of a tag, "name=value,…", to a type.
func (r *reader) options(f *file, t secretTag, typ *model.Type) {
	p := t.options
	if p == nil {
		return
	}
	given := map[string]diag.Pos{}
	for start := 0; start <= len(p.value); {
		option, _, _ := strings.Cut(p.value[start:], ",")
		name, value, _ := strings.Cut(option, "=")
		pos := f.tagPos(t.tag, p.at(start))
		valuePos := f.tagPos(t.tag, p.at(start+len(option)-len(value)))
		start += len(option) + 1
		if name != optionEncoding {
			r.diags.Add(diag.Diagnostic{
				Pos:     pos,
				Code:    diag.UnknownKey,
				Message: "an option of secretopt is not known",
				Hint:    `options are name=value, separated by commas without spaces; known: encoding`,
			})
			continue
		}
		if first, twice := given[name]; twice {
			r.diags.Add(diag.Diagnostic{
				Pos:     pos,
				Code:    diag.DuplicateKey,
				Message: fmt.Sprintf("secretopt gives %s twice", name),
				Hint:    "keep one",
				Related: []diag.Related{{Pos: first, Message: "the first one"}},
			})
			continue
		}
		given[name] = pos
		switch encoding := model.Encoding(value); encoding {
		case model.Raw, model.Base64, model.Base64URL, model.Hex:
			typ.Encoding = encoding
			typ.Pos = valuePos
		default:
			r.diags.Add(diag.Diagnostic{
				Pos:     valuePos,
				Code:    diag.InvalidValue,
				Message: "the encoding is not known",
				Hint:    "use raw, base64, base64url or hex",
			})
		}
	}
}
