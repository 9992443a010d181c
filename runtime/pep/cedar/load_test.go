package cedar_test

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/secretsgen/secretsgen/runtime/pep/cedar"
)

const canary = "canary-c0ffee"

func TestOpenNamesThePlaceOfAMistake(t *testing.T) {
	t.Parallel()
	const all = "permit (principal, action, resource)"
	unknown := func(id, name string) string {
		return fmt.Sprintf("policy %q has the unknown annotation @%s: limits are ttl_seconds, max_uses, response_wrap and must_revalidate_on, notes are id, advice, author, comment, description, owner, reason and ticket", id, name)
	}
	for name, test := range map[string]struct {
		text string
		want []cedar.Problem
	}{
		"a missing semicolon":                  {all + "\n\n  forbid (principal, action, resource);", []cedar.Problem{{3, 3, "expected ;"}}},
		"a missing last semicolon":             {all, []cedar.Problem{{1, 37, "expected ;"}}},
		"a bracket too many":                   {all + "); // end", []cedar.Problem{{1, 37, "expected ;"}}},
		"a misspelt effect":                    {"// " + canary + "\n /* " + canary + " */ permt // " + canary + "\n/* ; */ (principal, action, resource);", []cedar.Problem{{2, 22, "expected permit or forbid"}}},
		"an equals sign":                       {all + " when { context.x = 3 };", []cedar.Problem{{1, 55, "expected }"}}},
		"an operator twice":                    {"permit (principal == ==, action, resource);", []cedar.Problem{{1, 22, "does not fit here"}}},
		"a list without commas":                {all + " when { [1 2] };", []cedar.Problem{{1, 48, "expected ,"}}},
		"an unknown function":                  {all + " when { canary(1) };", []cedar.Problem{{1, 51, "does not fit here"}}},
		"a column after an umlaut":             {`permit (principal == Subject::"ä", ation, resource);`, []cedar.Problem{{1, 37, "expected action"}}},
		"an open text":                         {`permit (principal == Subject::"` + canary + `, action, resource);` + "\n", []cedar.Problem{{1, 31, "literal not terminated"}}},
		"an open comment":                      {all + ";\n/* " + canary, []cedar.Problem{{2, 1, "comment not terminated"}}},
		"an illegal escape":                    {`permit (principal == Subject::"\q", action, resource);`, []cedar.Problem{{1, 31, "invalid char escape"}}},
		"an illegal escape after an umlaut":    {`permit (principal == Subject::"ä", action, resource == Secret::"\q");`, []cedar.Problem{{1, 65, "invalid char escape"}}},
		"text that is not UTF-8":               {"permit (principal == Subject::\"\xff\", action, resource);", []cedar.Problem{{1, 31, "invalid UTF-8 encoding"}}},
		"a zero byte":                          {"permit (principal, \x00", []cedar.Problem{{1, 18, "invalid character NUL"}}},
		"a number out of range":                {all + ";\n" + all + " when { 99999999999999999999 == 1 };", []cedar.Problem{{2, 1, "policy holds a number or an escape that is out of range"}}},
		"an escape out of range":               {all + ";\n\n" + all + ` when { "\u{FFFFFF}` + canary + `" == "" };`, []cedar.Problem{{3, 1, "policy holds a number or an escape that is out of range"}}},
		"a text with a want":                   {all + ` "a want ` + canary + `";`, []cedar.Problem{{1, 38, "expected ;"}}},
		"an annotation twice":                  {`@id("a") @id("b") ` + all + ";", []cedar.Problem{{1, 11, "annotation stands twice: keep one"}}},
		"an empty file":                        {" // " + canary, []cedar.Problem{{0, 0, "holds no policy: to deny everything, write forbid (principal, action, resource);"}}},
		"a bare id":                            {"@id " + all + ";", []cedar.Problem{{1, 1, "@id is not a name of 1 to 128 printable bytes"}}},
		"an id with a line break":              {`@id("a\nb") ` + all + ";", []cedar.Problem{{1, 1, "@id is not a name of 1 to 128 printable bytes"}}},
		"an id that is too long":               {`@id("` + strings.Repeat("a", 129) + `") ` + all + ";", []cedar.Problem{{1, 1, "@id is not a name of 1 to 128 printable bytes"}}},
		"an id that is taken":                  {`@id("a") ` + all + ";\n" + ` @id("a") ` + all + ";", []cedar.Problem{{2, 2, `policy "a" has the name of the policy on line 1: give it another @id`}}},
		"an id that takes a place":             {all + ";\n" + `@id("line 1 column 1") ` + all + ";", []cedar.Problem{{2, 1, `policy "line 1 column 1" has the name of the policy on line 1: give it another @id`}}},
		"an unknown annotation":                {`@id("a")` + "\n" + `@ttl("60") ` + all + ";", []cedar.Problem{{2, 1, unknown("a", "ttl")}}},
		"an annotation after an escaped quote": {`@id("a") @comment("\" @ttl(") @foo ` + all + ";", []cedar.Problem{{1, 31, unknown("a", "foo")}}},
		"an annotation that is long":           {`@id("a") @` + strings.Repeat("b", 65) + " " + all + ";", []cedar.Problem{{1, 10, unknown("a", strings.Repeat("b", 64))}}},
		"a limit in another case":              {`@id("a") @Max_uses("5") ` + all + ";", []cedar.Problem{{1, 10, unknown("a", "Max_uses")}}},
		"an annotation named permit":           {`@id("a") @permit("@forbid") ` + all + ";", []cedar.Problem{{1, 10, unknown("a", "permit")}}},
		"a limit on a forbid": {`@id("a") @max_uses("5") forbid (principal, action, resource);`, []cedar.Problem{
			{1, 10, `policy "a" is a forbid, which grants nothing that @max_uses could limit: take it away`},
		}},
		"all at once, far into the file": {strings.Repeat("// filler ä\n", 200) + all + ";\n" + ` @id("a") @ttl_seconds("0")` + "\n" + `@foo @max_uses("` + canary + `") ` + all + ";", []cedar.Problem{
			{202, 11, `policy "a": @ttl_seconds is not a whole number of seconds from 1`},
			{203, 1, unknown("a", "foo")},
			{203, 6, `policy "a": @max_uses is not a whole number from 1`},
		}},
		"more nesting than a stack bears": {all + ";\n" + all + " when { " + strings.Repeat("(", 500_000) + "true" + strings.Repeat(")", 500_000) + " };", []cedar.Problem{
			{2, 1, "policy has more than 65536 tokens: split it"},
		}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := cedar.Open(policyFile(t, test.text))
			got, ok := errors.AsType[*cedar.Error](err)
			if !ok {
				t.Fatalf("Open = %v, want a *cedar.Error", err)
			}
			if diff := cmp.Diff(test.want, got.Problems); diff != "" {
				t.Errorf("problems (-want +got):\n%s", diff)
			}
			if got.File != fileName {
				t.Errorf("file is %q, want %q", got.File, fileName)
			}
			if strings.Contains(fmt.Sprintf("%+v %s", got, err), canary) {
				t.Errorf("error quotes the file: %v", err)
			}
		})
	}
}

func TestOpenRefusesAMalformedLimit(t *testing.T) {
	t.Parallel()
	for _, annotation := range []string{
		`@ttl_seconds`, `@ttl_seconds("")`, `@ttl_seconds("0")`, `@ttl_seconds("-1")`, `@ttl_seconds("+1")`, `@ttl_seconds("01")`,
		`@ttl_seconds("1.0")`, `@ttl_seconds("60s")`, `@ttl_seconds(" 60")`, `@ttl_seconds("2147483648")`, `@ttl_seconds("1e3")`,
		`@max_uses`, `@max_uses("0")`, `@max_uses("-5")`, `@max_uses("five")`, `@max_uses("2147483648")`,
		`@response_wrap`, `@response_wrap("60")`, `@response_wrap("0s")`, `@response_wrap("-60s")`, `@response_wrap("1500ms")`,
		`@must_revalidate_on`, `@must_revalidate_on("tokens")`, `@must_revalidate_on("token,")`, `@must_revalidate_on("Token")`,
	} {
		t.Run(annotation, func(t *testing.T) {
			t.Parallel()
			name, _, _ := strings.Cut(strings.TrimPrefix(annotation, "@"), "(")
			_, err := cedar.Open(policyFile(t, `@id("a") `+annotation+` permit (principal, action, resource);`))
			if want := fmt.Sprintf("%s:1:10: policy %q: @%s is not ", fileName, "a", name); err == nil || !strings.HasPrefix(err.Error(), want) {
				t.Errorf("Open = %v, want an error that starts with %q", err, want)
			}
		})
	}
}

func TestOpenOfWhatIsNoPolicyFile(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), canary)
	if err := os.Mkdir(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	pipe := filepath.Join(dir, "pipe")
	if err := syscall.Mkfifo(pipe, 0o600); err != nil {
		t.Fatal(err)
	}
	large := filepath.Join(dir, "large")
	write(t, large, "permit (principal, action, resource);"+strings.Repeat(" ", 1<<20))
	for name, test := range map[string]struct {
		path, want string
		is         error
	}{
		"no file":                 {filepath.Join(dir, "none"), "none: can't be read: no such file or directory", fs.ErrNotExist},
		"a file as a folder":      {filepath.Join(large, "none"), "none: can't be read: not a directory", syscall.ENOTDIR},
		"a folder":                {filepath.Join(dir, "."), canary + ": is not a regular file: name a file of Cedar policies", nil},
		"a named pipe":            {pipe, "pipe: is not a regular file: name a file of Cedar policies", nil},
		"a file beyond the limit": {large, "large: is larger than 1 MiB: take out what this service does not need", nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			pdp, err := cedar.Open(test.path)
			if pdp != nil || err == nil || err.Error() != test.want {
				t.Fatalf("Open = %v, %v; want the error %q", pdp, err, test.want)
			}
			if test.is != nil && !errors.Is(err, test.is) {
				t.Errorf("error %v is not %v", err, test.is)
			}
			if e, ok := errors.AsType[*fs.PathError](err); ok {
				t.Errorf("error carries the path %q", e.Path)
			}
		})
	}
}
