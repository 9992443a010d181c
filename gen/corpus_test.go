package gen_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"golang.org/x/tools/txtar"
)

// declared are declarations that are fine, and those that are not: every golden
// case, and every file of the command's scripts, each once.
func declared(t testing.TB) []string {
	t.Helper()
	var all []string
	for _, pattern := range []string{goldenDir + "/yaml/*/*.yaml", goldenDir + "/tags/*/*.yaml"} {
		for _, name := range glob(t, pattern) {
			all = append(all, read(t, name))
		}
	}
	golden := len(all)
	for _, name := range glob(t, "../cmd/secretsgen/testdata/script/*.txtar") {
		for _, file := range txtar.Parse([]byte(read(t, name))).Files {
			if strings.HasSuffix(file.Name, ".yaml") {
				all = append(all, string(file.Data))
			}
		}
	}
	if golden == 0 || len(all) == golden {
		t.Fatalf("%d golden cases and %d files of scripts were found, want some of both", golden, len(all)-golden)
	}
	slices.Sort(all)
	return slices.Compact(all)
}

func glob(t testing.TB, pattern string) []string {
	t.Helper()
	names, err := filepath.Glob(pattern)
	if err != nil {
		t.Fatal(err)
	}
	return names
}

func read(t testing.TB, name string) string {
	t.Helper()
	text, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// hostileWords are what broke other generators, or could break this one: code
// behind a quote, a comment's end or a line's (oapi-codegen GHSA-rjwr-m7qx-3fjr,
// CVE-2016-5641, tapir GHSA-gpcc-36pq-8qxr, go-swagger#3364), a way out of the
// folder (CVE-2024-35219, anclax#36), and names that Go, a tool or a file system
// gives a meaning.
func hostileWords() []string {
	return []string{
		"a\nfunc init() { panic(1) }", "a\rfunc init() {}", "x*/ func init() {} /*", "\"); func init() { panic(1) }; var _ = (\"",
		"`; func init() {}; var _ = `", "'+alert(1)+'", "${jndi}", "%s%n%!d(", "\\\"", "\\u0022", "{{.}}", "<%= x %>", "@x(y = {})",
		"\n//go:embed secrets.yaml", "\n//go:linkname a b", "//go:generate rm", "\n//line /etc/passwd:1", "\n//export X", "\n#cgo LDFLAGS: -lx",
		"+build ignore", "\n// +build ignore", "\n//go:build ignore",
		"a\u2028func init() {}", "a\u2029b", "a\u0085b", "a\vb\fc", "a\u202eb\u2066c", "a\u200bb\ufeffc", "a\x00b", "S\u0435crets", "\uff21pi", "gr\u00f6\u00dfe",
		"init", "main", "_", "C", "func", "type", "nil", "string", "error", "append", "any", "Secrets", "SecretsValues", "Open", "New", "Close", "Load", "Preflight",
		"Declarations", "String", "MarshalJSON", "Redacted", "ctx", "client", "err", "tb", "s", "f", "v", "set", "doc", "decode", "runtime", "secretstest", "import", "documentation",
		strings.Repeat("a", 64), strings.Repeat("A", 65), strings.Repeat("long_", 2000), "",
		"..", "../..", "../../etc/passwd", "/etc/passwd", "a/../../b", "a//b", "./a", "C:\\x", "\\\\host\\share", "file:///etc/passwd",
		"CON", "nul", "aux.yaml", "com1", "lpt1.txt", "unsafe", "os/exec", "cmd/go", "internal/x", "example.com/m/config", "example.com/...", "all", "std", "-toolexec=x", "a@v1", "context",
	}
}

// hostilePlaces are declarations with a place for a word, which stands between
// the quotes of a text or, as a word of its own, in their place.
func hostilePlaces() []string {
	const head = "version: 1\ntenant: {id: dev, mounts: [secret]}\n"
	const plain = "secrets: {a: {uri: \"env://secret/A\"}}\n"
	one := func(secret string) string { return head + "secrets: {a: {uri: \"env://secret/A\", " + secret + "}}\n" }
	fields := func(field string) string {
		return head + "secrets: {a: {uri: \"file://secret/a\", fields: {" + field + "}}}\n"
	}
	return []string{
		one("description: §"),
		one("type: §"),
		one("type: json, into: §"),
		one("type: json, into: \"example.com/x.§\""),
		one("profiles: {§: \"file://secret/a\"}"),
		one("profiles: {ci: §}"),
		one("pattern: §"),
		one("pattern: \"^a$\", default: §, insecure_default: true"),
		one("one_of: [§, b]"),
		one("default: §, insecure_default: true"),
		one("type: url, default: §, insecure_default: true"),
		one("type: json, default: §, insecure_default: true"),
		one("type: int, min: §, default: §"),
		one("type: duration, max: §"),
		one("encoding: §, type: bytes"),
		one("cache: §"),
		one("response_wrap: §"),
		one("§: x"),
		head + "secrets: {§: {uri: \"env://secret/A\"}}\n",
		head + "secrets: {§: {§: {uri: \"env://secret/A\"}, b: {uri: \"env://secret/B\"}}}\n",
		head + "secrets: {a: {uri: §}}\n",
		head + "secrets: {a: {uri: \"file://secret/a#§\"}}\n",
		head + "secrets: {a: {uri: \"file://secret/§\", type: tls-keypair, certificate: §, private_key: k}}\n",
		fields("§: string"),
		fields("b: {key: §}"),
		fields("b: {description: §, pattern: §}"),
		fields("b: §"),
		head + "package: §\n" + plain,
		head + "root: §\n" + plain,
		head + "instances: [§]\n" + plain,
		head + "schemes: {acme+sm: §}\nsecrets: {a: {uri: \"acme+sm://secret/a\"}}\n",
		head + "schemes: {§: example.com/x}\nsecrets: {a: {uri: \"§://secret/a\"}}\n",
		"version: 1\ntenant: {id: §, mounts: [§]}\n" + plain,
		"version: §\n" + plain,
		head + "secrets: §\n",
	}
}

// hostile puts a word into a place.
func hostile(t testing.TB, place, word string) string {
	t.Helper()
	text, err := json.Marshal(word)
	if err != nil {
		t.Fatal(err)
	}
	inner := string(text[1 : len(text)-1])
	for _, before := range []string{"#", "secret/", "example.com/x."} {
		place = strings.ReplaceAll(place, before+"§", before+inner)
	}
	place = strings.ReplaceAll(place, "\"§://", "\""+inner+"://")
	return strings.ReplaceAll(place, "§", string(text))
}
