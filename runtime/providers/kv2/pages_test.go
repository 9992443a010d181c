package kv2

import (
	"os"
	"reflect"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/secretsgen/secretsgen/runtime/settings"
)

func page(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

const settingsPage, loginsPage = "../../../docs/settings.md", "../../../docs/logins.md"

// Every variable that is read stands in the page of settings, and in the package's
// own documentation.
func TestTheDocumentationHasEverySetting(t *testing.T) {
	t.Parallel()
	rows, doc := page(t, settingsPage), page(t, "doc.go")
	kv := settings.ReadKV(settings.NewReader(settings.Source{}), "openbao")
	read := []string{"VAULT_ADDR"}
	for _, names := range []reflect.Value{reflect.ValueOf(kv.Names), reflect.ValueOf(kv.Login.Names)} {
		for i := range names.NumField() {
			read = append(read, names.Field(i).String())
		}
	}
	for _, name := range read {
		suffix, ok := strings.CutPrefix(name, "VAULT_")
		if !ok {
			t.Errorf("%q is not what an operator would set", name)
		}
		if !strings.Contains(rows, "`"+name+"`") {
			t.Errorf("docs/settings.md has no row for %s", name)
		}
		if !strings.Contains(doc, "*_"+suffix) {
			t.Errorf("the package's documentation has no *_%s", suffix)
		}
	}
}

// The page's blocks of variables are what a user copies.
func TestThePageOfLoginsSetsWhatThereIs(t *testing.T) {
	t.Parallel()
	var methods []string
	for _, block := range strings.Split(page(t, loginsPage), "```env\n")[1:] {
		text, _, _ := strings.Cut(block, "```")
		vars := map[string]string{}
		for line := range strings.Lines(text) {
			name, value, _ := strings.Cut(strings.TrimSpace(line), "=")
			vars[name] = value
		}
		r := settings.NewReader(settings.FromMap(vars))
		kv := settings.ReadKV(r, "openbao")
		readLogin(r, kv)
		if err := r.Err(); err != nil {
			t.Errorf("%s%v", text, err)
		}
		methods = append(methods, kv.Login.Method)
		for name := range vars {
			if !strings.Contains(page(t, settingsPage), "`"+name+"`") {
				t.Errorf("docs/settings.md has no row for %s", name)
			}
		}
	}
	want := []string{"token", "token", "approle", "approle", "kubernetes", "jwt", "cert"}
	if diff := cmp.Diff(want, methods); diff != "" {
		t.Errorf("methods (-want +got):\n%s", diff)
	}
}
