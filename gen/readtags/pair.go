package readtags

import (
	"fmt"
	"go/ast"
	"strconv"
	"strings"

	"github.com/secretsgen/secretsgen/gen/diag"
)

// The tags of ours.
const (
	keySecret  = "secret"
	keyOptions = "secretopt"
)

// A pair is one key:"value" of a tag. Its places are indices of the tag's text.
type pair struct {
	key     string
	keyAt   int
	value   string
	valueAt int  // of the first byte inside the quotes
	plain   bool // the value stands in the text as it is
}

// at returns the place of byte i of the value, or of the value as a whole where
// escapes hide it.
func (p pair) at(i int) int {
	if p.plain {
		return p.valueAt + i
	}
	return p.valueAt
}

// A tagFault is the first place where a tag is not made of pairs.
type tagFault struct {
	at      int
	message string
}

// pairs splits a tag as reflect.StructTag does, and faults what that skips
// without a word: a secret that nobody reads must not look like a declared one.
// The pairs before the fault are returned with it.
func (t tag) pairs() ([]pair, *tagFault) {
	var pairs []pair
	for i := 0; ; {
		for i < len(t.text) && t.text[i] == ' ' {
			i++
		}
		if i == len(t.text) {
			return pairs, nil
		}
		p := pair{keyAt: i}
		for i < len(t.text) && t.text[i] > ' ' && t.text[i] != ':' && t.text[i] != '"' && t.text[i] != 0x7f {
			i++
		}
		p.key = t.text[p.keyAt:i]
		if p.key == "" || !strings.HasPrefix(t.text[i:], `:"`) {
			return pairs, &tagFault{p.keyAt, `the tag is not made of key:"value" pairs`}
		}
		quoted, err := strconv.QuotedPrefix(t.text[i+1:])
		if err != nil {
			return pairs, &tagFault{i + 1, "the quotes in the tag do not match"}
		}
		p.valueAt = i + 2
		p.value, _ = strconv.Unquote(quoted)
		p.plain = p.value == quoted[1:len(quoted)-1]
		pairs = append(pairs, p)
		i += 1 + len(quoted)
		if i < len(t.text) && t.text[i] != ' ' {
			return pairs, &tagFault{i, "the pairs of the tag are not separated by spaces"}
		}
	}
}

// A secretTag is a field's tag with the pairs in it that are for this package.
type secretTag struct {
	tag
	reference *pair // secret:"…", or nil
	options   *pair // secretopt:"…", or nil
}

// secretTag reads the tag of a field. It reports one that can't be split, or that
// gives a key twice, and then returns false.
func (r *reader) secretTag(f *file, field *ast.Field) (secretTag, bool) {
	t := secretTag{tag: f.tag(field)}
	pairs, fault := t.pairs()
	if fault != nil {
		r.diags.Add(diag.Diagnostic{
			Pos:     f.tagPos(t.tag, fault.at),
			Code:    diag.Syntax,
			Message: fault.message,
			Hint:    "write `secret:\"…\" secretopt:\"…\"`, each value in double quotes, one space between",
		})
		return t, false
	}
	for i, p := range pairs {
		var place **pair
		switch p.key {
		case keySecret:
			place = &t.reference
		case keyOptions:
			place = &t.options
		default:
			continue
		}
		if first := *place; first != nil {
			r.diags.Add(diag.Diagnostic{
				Pos:     f.tagPos(t.tag, p.keyAt),
				Code:    diag.DuplicateKey,
				Message: fmt.Sprintf("the tag gives %s twice", p.key),
				Hint:    "keep one",
				Related: []diag.Related{{Pos: f.tagPos(t.tag, first.keyAt), Message: "the first one"}},
			})
			return t, false
		}
		*place = &pairs[i]
	}
	return t, true
}
