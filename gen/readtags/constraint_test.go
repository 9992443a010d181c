package readtags

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/secretsgen/secretsgen/gen/diag"
)

func TestConstraints(t *testing.T) {
	t.Parallel()
	const (
		secrets = "package config\ntype secrets struct { Login login `secret:\"file://m/l\"` }\n"
		login   = "package config\ntype login struct { User string }\n"
		others  = "package config\ntype others struct { A string `secret:\"file://m/a\"` }\n"
	)
	tests := []struct {
		name  string
		files map[string]string
		want  string
	}{
		{"none", map[string]string{"a.go": secrets, "b.go": login}, ""},
		{"that of one file", map[string]string{"a.go": "//go:build  linux&&!(cgo)\n\n" + secrets + login[len("package config\n"):]}, "linux && !cgo"},
		{"that of cgo, where it is said", map[string]string{"a.go": "//go:build eu && (cgo || cgo && us)\n\npackage config\nimport \"C\"\n" + others[len("package config\n"):]}, "eu && (cgo || (cgo && us))"},
		{"one behind a licence and without a line between", map[string]string{"a.go": "// Licence.\n\n/* More. */\n\n//go:build eu\n" + others}, "eu"},
		{"one that is written in two ways", map[string]string{"a.go": "//go:build (linux && eu)\n\n" + secrets, "b.go": "//go:build linux  && eu\n\n" + login}, "linux && eu"},
		{"that of the declaration alone", map[string]string{"a.go": "//go:build eu\n\n" + secrets, "b.go": login}, "eu"},
		{"those of files that declare nothing do not count", map[string]string{
			"a.go": others, "b.go": "//go:build eu\n\npackage config\n", "c_linux.go": "//go:build us\n\npackage config\ntype level int\n",
		}, ""},
		{"a comment below the package clause is none", map[string]string{"a.go": others + "\n//go:build eu\n"}, ""},
		{"a name with an operating system in the middle, and one that is nothing else", map[string]string{"linux.go": others, "linux_b.go": secrets, "a_unix.go": login}, ""},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			p, found := readSource(t, test.files)
			if p == nil || len(found) > 0 {
				t.Fatalf("package %v, findings %+v", p, found)
			}
			if p.Constraint != test.want {
				t.Errorf("constraint is %q, want %q", p.Constraint, test.want)
			}
		})
	}
}

func TestConstraintsThatGeneratedCodeCanNotFollow(t *testing.T) {
	t.Parallel()
	const (
		secrets = "package config\ntype §secrets struct { Login login `secret:\"file://m/l\"` }\n"
		login   = "package config\ntype §login struct { User string }\n"
		others  = "package config\ntype §others struct { A string `secret:\"file://m/a\"` }\n"
	)
	plain := func(source string) string { return strings.ReplaceAll(source, mark, "") }
	tests := []struct {
		name    string
		files   map[string]string // § marks each finding
		related string
	}{
		{"a declaration and a document of two", map[string]string{"a.go": "//go:build eu\n\n" + plain(secrets), "b.go": "§//go:build us\n\n" + plain(login)}, "a.go:1:1"},
		{"two declarations of two", map[string]string{"a.go": "//go:build eu\n\n" + plain(others), "b.go": "§//go:build us\n\n" + plain(secrets+login[len("package config\n"):])}, "a.go:1:1"},
		{"a document's, where the declaration has none", map[string]string{"a.go": secrets, "b.go": "//go:build us\n\n" + plain(login)}, "b.go:1:1"},
		{"one declaration's, where another has none", map[string]string{"a.go": "// A.\n\n//go:build us\n\n" + plain(others), "b.go": secrets, "c.go": plain(login)}, "a.go:3:1"},
		{"one by the name of a declaration's file", map[string]string{"a_linux.go": others}, ""},
		{"one by the name of a document's file", map[string]string{"a.go": plain(secrets), "b_windows_amd64.go": login}, ""},
		{"that of cgo, which an import says", map[string]string{"a.go": "package config\nimport §\"C\"\n" + plain(others)[len("package config\n"):]}, ""},
		{"that of cgo beside another", map[string]string{"a.go": "//go:build eu || cgo\n\npackage config\nimport §\"C\"\n" + plain(others)[len("package config\n"):]}, ""},
		{"one that does not parse", map[string]string{"a.go": "§//go:build eu &&\n\n" + plain(others)}, ""},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			files := map[string]string{}
			var want []string
			for name, source := range test.files {
				text, places := unmark(name, source)
				files[name] = text
				for _, place := range places {
					want = append(want, fmt.Sprintf("%s %s", place, diag.BuildConstraint))
				}
			}
			_, found := readSource(t, files)
			if diff := cmp.Diff(want, lines(found)); diff != "" {
				t.Fatalf("findings (-want +got):\n%s", diff)
			}
			related := ""
			if len(found[0].Related) > 0 {
				related = found[0].Related[0].Pos.String()
			}
			if related != test.related {
				t.Errorf("the other place is %q, want %q", related, test.related)
			}
		})
	}
}
