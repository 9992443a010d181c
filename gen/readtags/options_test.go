package readtags

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/secretsgen/secretsgen/gen/diag"
	"github.com/secretsgen/secretsgen/gen/model"
	"github.com/secretsgen/secretsgen/runtime/uri"
)

func TestOptionsGoToTheModelWithTheirPlaces(t *testing.T) {
	t.Parallel()
	source, at := unmark("config.go", "package config\n\ntype secrets struct {\n"+
		"\tA int `secret:\"file://m/a\" secretopt:\"default=§5,§insecure_default,min=§-1,max=§1_0,one_of=§1|§5|§,§allow_empty=true\"`\n"+
		"\tB string `secret:\"file://m/b\" secretopt:\"pattern='§^[a-z]{1,3}''$',min_length=§3,max_length='§',§insecure_default=false,default='§,'\"`\n"+
		"\tC []byte \"secret:\\\"file://m/c\\\" secretopt:\\\"one_of='§a''|b|c',encoding=§hex,certificate=§tls.crt,private_key=§tls.key\\\"\"\n"+
		"\tD string `secret:\"file://m/d\" secretopt:\"§min=1,p\\x61ttern=2\"`\n"+
		"}\n")
	p, found := readSource(t, map[string]string{"config.go": source})
	if p == nil || len(found) > 0 {
		t.Fatalf("package %v, findings %+v", p, found)
	}
	next := func() diag.Pos {
		pos := at[0]
		at = at[1:]
		return pos
	}
	literal := func(text string) *model.Literal { return &model.Literal{Text: text, Pos: next()} }
	pos := func(s *model.Secret) diag.Pos { return s.Type.Pos }
	want := make([]model.Type, 4)
	want[0] = model.Type{Kind: model.Int, Pos: pos(p.Secrets[0]), Default: literal("5"), Insecure: model.Flag{On: true, Pos: next()}}
	want[0].Limits = model.Limits{
		Min: literal("-1"), Max: literal("1_0"),
		OneOf: []*model.Literal{literal("1"), literal("5"), literal("")},
	}
	want[0].Empty = model.Flag{On: true, Pos: next()}
	want[1] = model.Type{Kind: model.String, Pos: pos(p.Secrets[1])}
	want[1].Limits = model.Limits{Pattern: literal("^[a-z]{1,3}'$"), MinLength: literal("3"), MaxLength: literal("")}
	want[1].Insecure, want[1].Default = model.Flag{Pos: next()}, literal(",")
	values := next() // where a quote is written as two, each value stands at the first
	want[2] = model.Type{Kind: model.Bytes, Encoding: model.Hex, Pos: next()}
	want[2].Limits.OneOf = []*model.Literal{{Text: "a'", Pos: values}, {Text: "b", Pos: values}, {Text: "c", Pos: values}}
	want[2].Certificate, want[2].PrivateKey = *literal("tls.crt"), *literal("tls.key")
	start := next() // behind an escape, everything stands at the value's start
	want[3] = model.Type{Kind: model.String, Pos: pos(p.Secrets[3])}
	want[3].Limits = model.Limits{Min: &model.Literal{Text: "1", Pos: start}, Pattern: &model.Literal{Text: "2", Pos: start}}
	for i, s := range p.Secrets {
		if diff := cmp.Diff(want[i], s.Type); diff != "" {
			t.Errorf("%s: type (-want +got):\n%s", s.Path[0].Text, diff)
		}
	}
}

func TestTimesGoToTheModelWithTheirPlaces(t *testing.T) {
	t.Parallel()
	source, at := unmark("config.go", "package config\n\ntype secrets struct {\n"+
		"\tA, B string `secret:\"openbao+kv2://m/a#k\" secretopt:\"cache=§30s,response_wrap=§60\"`\n"+
		"}\n")
	p, found := readSource(t, map[string]string{"config.go": source})
	if p == nil || len(found) > 0 || len(p.Secrets) != 2 {
		t.Fatalf("package %v, findings %+v", p, found)
	}
	for _, s := range p.Secrets {
		want := []*model.Literal{{Text: "30s", Pos: at[0]}, {Text: "60", Pos: at[1]}}
		if diff := cmp.Diff(want, []*model.Literal{s.Cache, s.ResponseWrap}); diff != "" {
			t.Errorf("%s (-want +got):\n%s", s.Path[0].Text, diff)
		}
	}
}

func TestProfiles(t *testing.T) {
	t.Parallel()
	source, at := unmark("config.go", "package config\n\ntype secrets struct {\n"+
		"\tA, B string `secret:\"file://m/a\" secretopt:\"profile.§ci=§env://m/A,min_length=1,profile.§dev-1='§file://m/a#x,y'\"`\n"+
		"\tC string `secret:\"file://m/c\" secretopt:\"profile.§ci='§file://m/''c'\"`\n"+
		"\tD string `secret:\"file://m/d\" secretopt:\"§profile.ci=file://m/\\x64\"`\n"+
		"\tE string \"secret:\\\"file://m/e\\\" secretopt:\\\"profile.§ci=§file://m/e\\\"\"\n"+
		"\tF string \"secret:\\\"file://m/f\\\" secretopt:\\\"profile.§ci=§file://m/\\x66\\\"\"\n"+
		"}\n")
	p, found := readSource(t, map[string]string{"config.go": source})
	if p == nil || len(found) > 0 {
		t.Fatalf("package %v, findings %+v", p, found)
	}
	profile := func(name string, pos diag.Pos, text string, ref diag.Pos, exact bool) model.Profile {
		return model.Profile{Name: name, Pos: pos, Ref: model.Reference{Text: text, Pos: ref, Exact: exact}}
	}
	two := []model.Profile{
		profile("ci", at[0], "env://m/A", at[1], true),
		profile("dev-1", at[2], "file://m/a#x,y", at[3], true),
	}
	want := [][]model.Profile{
		two, two,
		{profile("ci", at[4], "file://m/'c", at[5], false)},
		{profile("ci", at[6], "file://m/d", at[6], false)},
		{profile("ci", at[7], "file://m/e", at[8], true)},
		{profile("ci", at[9], "file://m/f", at[10], false)},
	}
	for i, s := range p.Secrets {
		if diff := cmp.Diff(want[i], s.Profiles, cmpopts.EquateComparable(uri.URI{})); diff != "" {
			t.Errorf("%s: profiles (-want +got):\n%s", s.Path[0].Text, diff)
		}
	}
}

func TestOptionFindings(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name    string
		options string // § marks each finding
		codes   []diag.Code
		hint    string // part of that of the first
	}{
		{"a slip of the pen", "§patern=canary-4f1d", []diag.Code{diag.UnknownKey}, "did you mean pattern?"},
		{"a space behind a comma", "min=1,§ max=2", []diag.Code{diag.UnknownKey}, "without spaces"},
		{"nothing at all", "§", []diag.Code{diag.UnknownKey}, "name=value"},
		{"a comma at the end", "required,§", []diag.Code{diag.UnknownKey}, "name=value"},
		{"a key of secrets.yaml that is the other tag", "§uri=canary-4f1d", []diag.Code{diag.UnknownKey}, "secret tag"},
		{"a key of secrets.yaml that is the comment", "§description=canary-4f1d", []diag.Code{diag.UnknownKey}, "comment"},
		{"a key of secrets.yaml that is one of profiles", "§profiles=canary-4f1d", []diag.Code{diag.UnknownKey}, "profile.NAME=URI"},
		{"a key of secrets.yaml that is the Go type", "§into=canary-4f1d,§fields=x,§key=x", []diag.Code{diag.UnknownKey, diag.UnknownKey, diag.UnknownKey}, "type=json"},
		{"a profile without its name", "§profile=canary-4f1d", []diag.Code{diag.UnknownKey}, "did you mean profile.NAME?"},
		{"an option twice", "min=1,§min=canary-4f1d,max=1", []diag.Code{diag.DuplicateKey}, "keep one"},
		{"a flag twice", "required,§required=true", []diag.Code{diag.DuplicateKey}, "keep one"},
		{"a wrong one twice", "min§,§min=1", []diag.Code{diag.InvalidValue, diag.DuplicateKey}, "write min=value"},
		{"a profile twice", "profile.ci=file://m/a,§profile.ci=file://m/b,profile.dev=file://m/c", []diag.Code{diag.DuplicateKey}, "keep one"},
		{"a profile without a reference", "profile.ci§,profile.dev=§", []diag.Code{diag.InvalidProfile, diag.InvalidProfile}, "profile.NAME=URI"},
		{"a value that is missing", "pattern§", []diag.Code{diag.InvalidValue}, "write pattern=value"},
		{"a flag that is neither on nor off", "allow_empty=§canary-4f1d", []diag.Code{diag.InvalidValue}, "allow_empty=false"},
		{"a flag without its value", "insecure_default=§", []diag.Code{diag.InvalidValue}, "insecure_default=true"},
		{"a quote that is never closed", "min=1,pattern=§'canary-4f1d,max=2", []diag.Code{diag.Syntax}, "''"},
		{"a quote that is closed by two", "pattern=§'canary-4f1d''", []diag.Code{diag.Syntax}, "''"},
		{"a value behind the quotes", "pattern='a'§canary-4f1d,max=2", []diag.Code{diag.Syntax}, "''"},
		{"an encoding that is nearly known", "encoding=§base46", []diag.Code{diag.InvalidValue}, "did you mean base64?"},
		{"a type that is another", "type=§int", []diag.Code{diag.WrongType}, "remove it"},
		{"JSON of a type that has no name", "type=§json", []diag.Code{diag.WrongType}, "named type"},
		{"a type that is not known", "type=§canary-4f1d", []diag.Code{diag.WrongType}, "remove it"},
		{"what may be absent, without a pointer", "§required=false", []diag.Code{diag.WrongType}, "write *T"},
		{"what may be null, without a pointer", "§allow_null", []diag.Code{diag.WrongType}, "write *T"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			source, places := unmark("config.go", "package config\ntype secrets struct {\n\tA string `secret:\"file://m/a\" secretopt:\""+test.options+"\"`\n}\n")
			_, found := readSource(t, map[string]string{"config.go": source})
			var want []string
			for i, place := range places {
				want = append(want, fmt.Sprintf("%s %s", place, test.codes[i]))
			}
			if diff := cmp.Diff(want, lines(found)); diff != "" {
				t.Fatalf("findings (-want +got):\n%s", diff)
			}
			if !strings.Contains(found[0].Hint, test.hint) {
				t.Errorf("hint is %q, want one with %q", found[0].Hint, test.hint)
			}
			if found[0].Code == diag.DuplicateKey && len(found[0].Related) != 1 {
				t.Errorf("related is %+v, want the first one", found[0].Related)
			}
			if strings.Contains(fmt.Sprintf("%+v", found), canary) {
				t.Errorf("a finding quotes the file: %+v", found)
			}
		})
	}
}

func TestUnknownOptionsListThoseThatAreKnown(t *testing.T) {
	t.Parallel()
	source, places := unmark("config.go", "package config\ntype secrets struct {\n\tA struct {\n"+
		"\t\tB string `secretopt:\"§certificate=x\"`\n\t\tC string `secretopt:\"§profile.ci=x\"`\n\t} `secret:\"file://m/a\" secretopt:\"§x\"`\n}\n")
	_, found := readSource(t, map[string]string{"config.go": source})
	const field = "type, encoding, required, default, insecure_default, min, max, min_length, max_length, pattern, one_of, allow_null, allow_empty"
	var got []string
	for _, d := range found {
		got = append(got, d.Pos.String()+": "+d.Message)
	}
	want := []string{
		places[0].String() + ": unknown option of secretopt: known are " + field,
		places[1].String() + ": unknown option of secretopt: known are " + field,
		places[2].String() + ": unknown option of secretopt: known are " + field + ", certificate, private_key, cache, response_wrap, profile.NAME",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("findings (-want +got):\n%s", diff)
	}
}

// FuzzOptions takes options apart and puts them together again: nothing is lost.
func FuzzOptions(f *testing.F) {
	for _, text := range []string{
		"", ",", "a", "a=b", "a='b,c',d", "a=''", "a='''',b='x''y'", "a='b", "a='b'c", "=", "a==b", "a=b'c',d", "a='b''",
	} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		all, fault := splitOptions(text)
		var again []string
		for _, o := range all {
			if o.plain && text[o.valueAt:o.valueAt+len(o.value)] != o.value {
				t.Fatalf("value %q of %q is not at %d", o.value, text, o.valueAt)
			}
			whole := o.name
			if text[o.at:o.at+len(o.name)] != o.name || o.valueAt < o.at || o.valueAt > len(text) {
				t.Fatalf("option %+v is not in %q", o, text)
			}
			if o.valued {
				value := o.value
				if text[o.valueAt-1] == '\'' && text[o.valueAt-2] == '=' {
					value = "'" + strings.ReplaceAll(value, "'", "''") + "'"
				}
				whole += "=" + value
			}
			again = append(again, whole)
		}
		joined := strings.Join(again, ",")
		switch {
		case fault == nil && joined != text:
			t.Fatalf("%q is read as %q", text, joined)
		case fault != nil && (fault.at < 0 || fault.at >= len(text) || !strings.HasPrefix(text, joined)):
			t.Fatalf("%q is read as %q with a fault at %d", text, joined, fault.at)
		}
	})
}

func TestOptionsInTheWrongPlaceAreToldWhereTheyBelong(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct{ member, message, hint string }{
		"a time in a field of a document": {
			"A struct {\n\t\tB string `secretopt:\"§cache=30s\"`\n\t} `secret:\"file://m/a\"`",
			"unknown option of secretopt", "beside the document's secret tag",
		},
		"a profile in a field of a document": {
			"A struct {\n\t\tB string `secretopt:\"§profile.ci=env://m/A\"`\n\t} `secret:\"file://m/a\"`",
			"unknown option of secretopt", "beside the document's secret tag",
		},
		"a time on a group": {
			"§A struct {\n\t\tB string `secret:\"file://m/a\"`\n\t} `secretopt:\"cache=30s\"`",
			"field A has options and no secret tag", "in each of its secrets",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			source, places := unmark("config.go", "package config\ntype secrets struct {\n\t"+tt.member+"\n}\n")
			_, found := readSource(t, map[string]string{"config.go": source})
			if len(found) != 1 || found[0].Pos != places[0] {
				t.Fatalf("findings %v, want one at %v", lines(found), places)
			}
			if !strings.Contains(found[0].Message, tt.message) || !strings.Contains(found[0].Hint, tt.hint) {
				t.Errorf("%s: %s", found[0].Message, found[0].Hint)
			}
		})
	}
}
