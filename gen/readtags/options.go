package readtags

import (
	"fmt"
	"slices"
	"strings"

	"github.com/secretsgen/secretsgen/gen/diag"
	"github.com/secretsgen/secretsgen/gen/model"
	"github.com/secretsgen/secretsgen/gen/nearest"
)

// The options of secretopt. They are the keys of secrets.yaml.
const (
	optionType      = "type"
	optionEncoding  = "encoding"
	optionRequired  = "required"
	optionDefault   = "default"
	optionInsecure  = "insecure_default"
	optionMin       = "min"
	optionMax       = "max"
	optionMinLength = "min_length"
	optionMaxLength = "max_length"
	optionPattern   = "pattern"
	optionOneOf     = "one_of"
	optionAllowNull = "allow_null"
	optionEmpty     = "allow_empty"
	optionCert      = "certificate"
	optionKey       = "private_key"
	optionCache     = "cache"
	optionWrap      = "response_wrap"
	optionProfile   = "profile." // and a name
)

// fieldOptions are the options of a document's field, in the order of the
// documentation.
func fieldOptions() []string {
	return []string{
		optionType, optionEncoding, optionRequired, optionDefault, optionInsecure, optionMin, optionMax,
		optionMinLength, optionMaxLength, optionPattern, optionOneOf, optionAllowNull, optionEmpty,
	}
}

// secretOptions are those of a secret.
func secretOptions() []string {
	return append(fieldOptions(), optionCert, optionKey, optionCache, optionWrap, optionProfile+"NAME")
}

// isFlag reports whether an option is on or off.
func isFlag(name string) bool {
	return name == optionRequired || name == optionInsecure || name == optionAllowNull || name == optionEmpty
}

// elsewhere says how a tag gives what in secrets.yaml is a key.
func elsewhere(name string) string {
	switch name {
	case "uri":
		return `the reference stands in the secret tag: secret:"…"`
	case "description":
		return "the description is the comment above the field, or behind it"
	case "key":
		return `the key of a document's field stands in its secret tag: secret:"#key"`
	case "fields":
		return "the fields are those of a struct type"
	case "into":
		return "JSON is decoded into the type of the field, with type=json"
	case "profiles":
		return "write profile.NAME=URI, once for each profile"
	}
	return ""
}

// An option is one name=value of secretopt, or a name alone. Places are byte
// indices of the tag's value.
type option struct {
	name    string
	at      int
	valued  bool // there is a "="
	value   string
	valueAt int  // of the first byte, inside of quotes
	plain   bool // the value stands there as it is
}

// splitOptions takes the value of secretopt apart:
//
//	name=value,name='a value with a comma, and a quote: ''',name
//
// It stops at the first fault, and returns what stands before it.
func splitOptions(text string) (all []option, fault *tagFault) {
	for i := 0; i <= len(text); i++ {
		o := option{at: i}
		i += lengthTo(text[i:], ",=")
		o.name = text[o.at:i]
		o.valueAt = i
		if strings.HasPrefix(text[i:], "=") {
			o.valued = true
			i++
			if strings.HasPrefix(text[i:], "'") {
				length, closed := o.quoted(text, i)
				if !closed {
					return all, &tagFault{i, "the single quotes in secretopt do not match"}
				}
				i += length
				if i < len(text) && text[i] != ',' {
					return all, &tagFault{i, "a quoted value in secretopt goes on behind its quotes"}
				}
			} else {
				o.valueAt, o.plain = i, true
				i += lengthTo(text[i:], ",")
				o.value = text[o.valueAt:i]
			}
		}
		all = append(all, o)
	}
	return all, nil
}

// lengthTo is the length of text up to the first of some characters.
func lengthTo(text, chars string) int {
	if i := strings.IndexAny(text, chars); i >= 0 {
		return i
	}
	return len(text)
}

// quoted reads the value that stands in single quotes from i, where two quotes
// are one. It returns its length in the text.
func (o *option) quoted(text string, i int) (length int, closed bool) {
	o.valueAt = i + 1
	for j := i + 1; ; {
		j += lengthTo(text[j:], "'")
		switch {
		case j == len(text):
			return 0, false
		case strings.HasPrefix(text[j:], "''"):
			j += 2
		default:
			raw := text[o.valueAt:j]
			o.value = strings.ReplaceAll(raw, "''", "'")
			o.plain = o.value == raw
			return j + 1 - i, true
		}
	}
}

// options are the options of one field that are known and stand there once.
type options struct {
	file *file
	tag  secretTag
	all  map[string]option
	// profiles are those that select one, in order.
	profiles []option
}

func (o options) pos(i int) diag.Pos { return o.file.tagPos(o.tag.tag, o.tag.options.at(i)) }

// literal returns the value of an option, or nil.
func (o options) literal(name string) *model.Literal {
	given, ok := o.all[name]
	if !ok {
		return nil
	}
	return &model.Literal{Text: given.value, Pos: o.pos(given.valueAt)}
}

// flag returns an option that is on or off.
func (o options) flag(name string) model.Flag {
	given, ok := o.all[name]
	if !ok {
		return model.Flag{}
	}
	return model.Flag{On: !given.valued || given.value == "true", Pos: o.pos(given.at)}
}

// list returns the values that "|" separates, or nil.
func (o options) list(name string) []*model.Literal {
	given, ok := o.all[name]
	if !ok {
		return nil
	}
	var values []*model.Literal
	for at := 0; at <= len(given.value); at++ {
		v := &model.Literal{Pos: o.pos(given.valueAt)}
		if given.plain {
			v.Pos = o.pos(given.valueAt + at)
		}
		length := lengthTo(given.value[at:], "|")
		v.Text = given.value[at : at+length]
		values = append(values, v)
		at += length
	}
	return values
}

// references returns those of the profiles.
func (o options) references() []model.Profile {
	var profiles []model.Profile
	for _, given := range o.profiles {
		p := o.tag.options
		profiles = append(profiles, model.Profile{
			Name: strings.TrimPrefix(given.name, optionProfile),
			Pos:  o.pos(given.at + len(optionProfile)),
			Ref: model.Reference{
				Text:  given.value,
				Pos:   o.pos(given.valueAt),
				Exact: given.plain && p.plain && o.tag.contiguous(p.at(given.valueAt), len(given.value)),
			},
		})
	}
	return profiles
}

// options reads secretopt, and reports the options that are none of known, that
// stand there twice, or that have another value than they take. They are left out.
func (r *reader) options(f *file, t secretTag, known func() []string) options {
	o := options{file: f, tag: t}
	if t.options == nil {
		return o
	}
	o.all = map[string]option{}
	split, fault := splitOptions(t.options.value)
	for _, given := range split {
		if !r.known(o, given, known()) || !r.once(o, given) {
			continue
		}
		o.all[given.name] = given
		if r.valued(o, given) && strings.HasPrefix(given.name, optionProfile) {
			o.profiles = append(o.profiles, given)
		}
	}
	for name, given := range o.all {
		if !takes(given) {
			delete(o.all, name) // it stood there for those that repeat it
		}
	}
	if fault != nil {
		r.diags.Add(diag.Diagnostic{
			Pos:     o.pos(fault.at),
			Code:    diag.Syntax,
			Message: fault.message,
			Hint:    "write name='value', with '' for a quote inside of it, and a comma behind it if another option follows",
		})
	}
	return o
}

// isOf reports whether an option is one of known, where a profile's stands for all.
func isOf(name string, known []string) bool {
	return slices.Contains(known, name) ||
		strings.HasPrefix(name, optionProfile) && slices.Contains(known, optionProfile+"NAME")
}

// known reports an option that is not.
func (r *reader) known(o options, given option, known []string) bool {
	if isOf(given.name, known) {
		return true
	}
	d := diag.Diagnostic{
		Pos:     o.pos(given.at),
		Code:    diag.UnknownKey,
		Message: "unknown option of secretopt: known are " + strings.Join(known, ", "),
		Hint:    "write name=value, or the name alone for what is on or off, separated by commas without spaces",
	}
	word := strings.TrimSpace(given.name)
	if hint := elsewhere(word); hint != "" {
		d.Hint = hint
	} else if isOf(word, secretOptions()) && !isOf(word, known) {
		d.Hint = "it is said of a whole document: write it beside the document's secret tag"
	} else if near := nearest.Word(word, known); near != "" {
		d.Hint = "did you mean " + near + "?"
		if near == word {
			d.Hint = "write it without spaces around it"
		}
	}
	r.diags.Add(d)
	return false
}

// once reports an option that stands there for a second time.
func (r *reader) once(o options, given option) bool {
	first, twice := o.all[given.name]
	if twice {
		r.diags.Add(diag.Diagnostic{
			Pos:     o.pos(given.at),
			Code:    diag.DuplicateKey,
			Message: fmt.Sprintf("secretopt gives %s twice", shownOption(given.name)),
			Hint:    "keep one",
			Related: []diag.Related{{Pos: o.pos(first.at), Message: "the first one"}},
		})
	}
	return !twice
}

// shownOption is an option's name as messages show it. A profile's is the
// author's own, and not checked yet.
func shownOption(name string) string {
	if strings.HasPrefix(name, optionProfile) {
		return "a profile"
	}
	return name
}

// takes says whether an option has a value where it takes one: a flag's is true or
// false, and a profile's a reference.
func takes(o option) bool {
	switch {
	case isFlag(o.name):
		return !o.valued || o.value == "true" || o.value == "false"
	case strings.HasPrefix(o.name, optionProfile):
		return o.value != ""
	default:
		return o.valued
	}
}

// valued reports an option without the value that it takes.
func (r *reader) valued(o options, given option) bool {
	if takes(given) {
		return true
	}
	d := diag.Diagnostic{Pos: o.pos(given.valueAt), Code: diag.InvalidValue}
	switch {
	case isFlag(given.name):
		d.Message = fmt.Sprintf("%s is neither true nor false", given.name)
		d.Hint = fmt.Sprintf("write %s, %s=true or %s=false", given.name, given.name, given.name)
	case strings.HasPrefix(given.name, optionProfile):
		d.Code = diag.InvalidProfile
		d.Message = "a profile has no reference"
		d.Hint = "write profile.NAME=URI"
	default:
		d.Message = fmt.Sprintf("the option %s has no value", given.name)
		d.Hint = fmt.Sprintf("write %s=value", given.name)
	}
	r.diags.Add(d)
	return false
}
