package formats

import (
	"encoding/json"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/secretsgen/secretsgen/gen/model"
	"github.com/secretsgen/secretsgen/internal/yamltree"
)

// declarationFiles are files of declarations by what they are: all that this
// repository has, right and wrong, what "init" writes, and some more. A file with
// many declarations is there as a whole and once for each of them, so that one
// that is wrong does not hide the others.
func declarationFiles(t *testing.T) map[string]string {
	t.Helper()
	files := map[string]string{}
	for name, tree := range trees(t) {
		for file, content := range tree {
			if isDeclarations(file) {
				addDeclarations(files, name+" "+file, content)
			}
		}
	}
	for _, dir := range []string{"testdata/golden", "examples", "cmd/secretsgen/testdata/module"} {
		before := len(files)
		root := filepath.Join("..", "..", filepath.FromSlash(dir))
		err := filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
			if err != nil || !isDeclarations(entry.Name()) {
				return err
			}
			content, err := os.ReadFile(path)
			addDeclarations(files, path, string(content))
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		if len(files) == before {
			t.Fatalf("%s has no declarations", dir)
		}
	}
	dir := plant(t, map[string]string{"go.mod": goMod})
	printed(t, dir, "init", "--mounts", "secret,1")
	content, err := os.ReadFile(filepath.Join(dir, "secrets.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	addDeclarations(files, "init", string(content))
	page, err := os.ReadFile("../../docs/declarations.md")
	if err != nil {
		t.Fatal(err)
	}
	for i, block := range strings.Split(string(page), "```yaml\n")[1:] {
		block, _, _ = strings.Cut(block, "```")
		if !strings.HasPrefix(block, "version:") {
			block = headerOf + block
		}
		addDeclarations(files, fmt.Sprintf("docs/declarations.md %d", i), block)
	}
	for i, header := range headers() {
		files[fmt.Sprintf("header %d: %s", i, header)] = header
	}
	return files
}

func isDeclarations(name string) bool {
	base := name[strings.LastIndexByte(name, '/')+1:]
	return base == "secrets.yaml" || strings.HasSuffix(base, ".secrets.yaml")
}

const headerOf = "version: 1\ntenant: {id: dev, mounts: [m, secret, kv]}\n"

// declarationLines are a file with a secret on each line behind its header: every
// key with every type, and every reference that the grammar is tested with.
func declarationLines(t *testing.T) (header string, secrets []string) {
	t.Helper()
	secrets = combinations()
	for _, reference := range references(t) {
		secrets = append(secrets, "uri: "+reference+", type: json")
	}
	return headerOf + "instances: [openbao-eu+kv2]\nschemes: {aws+sm: example.com/sm}\nsecrets:\n", secrets
}

// addDeclarations adds a file, and one for each of its secrets.
func addDeclarations(files map[string]string, name, content string) {
	files[name] = content
	root, problems := yamltree.Parse([]byte(content))
	if len(problems) > 0 || root.Kind != yamltree.Mapping {
		return
	}
	header, secrets := "", (*yamltree.Node)(nil)
	for _, pair := range root.Pairs {
		if pair.Key.Value == "secrets" {
			secrets = pair.Value
		} else {
			header += flow(pair.Key) + ": " + flow(pair.Value) + "\n"
		}
	}
	if secrets == nil {
		return
	}
	files[name+" without its secrets"] = header + "secrets: {a: {uri: \"env://secret/A\"}}\n"
	if header == "version: 1\n" {
		header = headerOf
	}
	for path, secret := range leaves(secrets, "") {
		files[name+" "+path] = header + "secrets: " + secret + "\n"
	}
}

// leaves are the secrets of a group, each within its groups and nothing else.
func leaves(n *yamltree.Node, path string) map[string]string {
	all := map[string]string{}
	for _, pair := range n.Pairs {
		path := path + "/" + pair.Key.Value
		inner := map[string]string{path: flow(pair.Value)}
		if pair.Value.Kind == yamltree.Mapping && !hasScalars(pair.Value) {
			inner = leaves(pair.Value, path)
		}
		for path, text := range inner {
			all[path] = "{" + flow(pair.Key) + ": " + text + "}"
		}
	}
	return all
}

func hasScalars(n *yamltree.Node) bool {
	for _, pair := range n.Pairs {
		if pair.Value.Kind != yamltree.Mapping {
			return true
		}
	}
	return len(n.Pairs) == 0
}

// flow writes a node as YAML on one line.
func flow(n *yamltree.Node) string {
	var parts []string
	switch {
	case n.Kind == yamltree.Mapping:
		for _, pair := range n.Pairs {
			parts = append(parts, flow(pair.Key)+": "+flow(pair.Value))
		}
		return "{" + strings.Join(parts, ", ") + "}"
	case n.Kind == yamltree.Sequence:
		for _, item := range n.Items {
			parts = append(parts, flow(item))
		}
		return "[" + strings.Join(parts, ", ") + "]"
	case n.Type == yamltree.String:
		text, _ := json.Marshal(n.Value) // of a string is no error
		return string(text)
	case n.Type == yamltree.Null:
		return "null"
	}
	return n.Value
}

// headers are files with something to say about everything but secrets.
func headers() []string {
	var all []string
	add := func(format string, values ...string) {
		for _, value := range values {
			all = append(all, fmt.Sprintf(format, value))
		}
	}
	const secrets = "secrets: {a: {uri: \"env://m/A\"}}\n"
	const tenant = "tenant: {id: dev, mounts: [m]}\n"
	add("version: %s\n"+tenant+secrets, "1", "2", "'1'", "true", "~", "[1]", "{}")
	add("version: 1\npackage: %s\n"+tenant+secrets, "config", "_", "_a", "a-b", "1", "''", "~", "é", "func", "interfaces", "Config", "[a]", "{}")
	add("version: 1\nroot: %s\n"+tenant+secrets, "Billing", "billing", "A_1", "A-1", "1", "''", "~", "[A]", strings.Repeat("A", 64), strings.Repeat("A", 65))
	add("version: 1\ntenant: %s\n"+secrets, "~", "dev", "[]", "{}", "{id: dev}", "{mounts: [m]}", "{id: 1, mounts: [m]}", "{id: true, mounts: [m]}", "{id: '', mounts: [m]}", "{id: ~, mounts: [m]}",
		"{id: [a], mounts: [m]}", "{id: dev, mounts: []}", "{id: dev, mounts: m}", "{id: dev, mounts: ~}", "{id: dev, mounts: [m, 1, 1.5, true, a.b, _, -]}", "{id: dev, mounts: [m, ~]}",
		"{id: dev, mounts: [m, null]}", "{id: dev, mounts: [m, a.]}", "{id: dev, mounts: [m, a..b]}", "{id: dev, mounts: [m, '']}", "{id: dev, mounts: [m, a b]}", "{id: dev, mounts: [m, [a]]}", "{id: dev, mounts: [m], mount: m}")
	add("version: 1\ninstances: %s\n"+tenant+secrets, "[]", "~", "openbao-eu+kv2", "[openbao-eu+kv2, hashicorp-a-1+kv2]", "[openbao+kv2]", "[openbao-eu]", "[openbao--eu+kv2]", "[openbao-EU+kv2]", "[openbao-eu+kv1]",
		"[aws+sm]", "[1]", "[~]", "[[]]", "[openbao-"+strings.Repeat("a", 52)+"+kv2]", "[openbao-"+strings.Repeat("a", 53)+"+kv2]")
	add("version: 1\nschemes: %s\n"+tenant+secrets, "{}", "~", "[]", "{aws+sm: a/b}", "{aws: a}", "{a-b+c-d: a.b/c-d/e_f~g+h}", "{aws+: a}", "{1aws: a}", "{AWS: a}", "{a--b: a}", "{a+1: a}", "{env: a}", "{env+x: a}",
		"{environment: a}", "{openbao: a}", "{openbao+kv2: a}", "{openbao-eu+kv2: a}", "{openbao-eu: a}", "{hashicorp-x+y: a}", "{openbaox: a}", "{"+strings.Repeat("a", 64)+": a}", "{"+strings.Repeat("a", 65)+": a}",
		"{aws+sm: }", "{aws+sm: ''}", "{aws+sm: ./a}", "{aws+sm: ../a}", "{aws+sm: /a}", "{aws+sm: a/}", "{aws+sm: a//b}", "{aws+sm: a/../b}", "{aws+sm: a/./b}", "{aws+sm: a/.../b}", "{aws+sm: a/..b}", "{aws+sm: a/.b.}",
		"{aws+sm: -a}", "{aws+sm: a/-b}", "{aws+sm: .a}", "{aws+sm: C}", "{aws+sm: C/a}", "{aws+sm: a b}", "{aws+sm: é}", "{aws+sm: [a]}")
	add(headerOf+"secrets: %s\n", "{}", "~", "[]", "a", "{a: {}}", "{a: ~}", "{a: b}", "{a: [b]}", "{uri: a}", "{a: {b: {}}}", "{a: {b: {uri: \"env://m/A\"}, c: d}}", "{a: {uri: {uri: \"env://m/A\"}}}",
		"{a: {uri: {uri: \"env://m/A\"}, type: int}}", "{a: {fields: {b: {uri: \"env://m/A\"}}}}", "{a: {profiles: {b: {uri: \"env://m/A\"}}}}", "{a: {profiles: {b: {c: {uri: \"env://m/A\"}}}}}",
		"{a: {fields: {b: string}}}", "{a: {fields: {b: {type: int}}}}", "{a: {fields: {b: {}}}}", "{a: {type: int}}", "{a: {profiles: {ci: \"env://m/A\"}}}", "{a: {type: {uri: \"env://m/A\"}}}",
		"{1a: {uri: \"env://m/A\"}}", "{é: {uri: \"env://m/A\"}}", "{a b: {uri: \"env://m/A\"}}", "{-a: {uri: \"env://m/A\"}}", "{a-_9: {uri: \"env://m/A\"}}", "{true: {uri: \"env://m/A\"}}", "{1: {uri: \"env://m/A\"}}",
		"{"+strings.Repeat("a", 64)+": {uri: \"env://m/A\"}}", "{"+strings.Repeat("a", 65)+": {uri: \"env://m/A\"}}")
	return append(all, "", "version: 1\n", secrets, tenant, "[]", "a", "version: 1\nverson: 1\n"+tenant+secrets)
}

// combinations are secrets: every type with every key and some values for it,
// and with every two keys that some type takes, of secrets and of fields. Numbers
// that are not plain decimals are in quotes here, because YAML hands a validator
// the number, and the reader looks at how it is spelled.
func combinations() []string {
	types := []string{"", "type: struct", "type: named", "type: net/netip.AddrPort", "type: C.A", "type: time.Time", "type: a//b.C", "type: a/b.C-d", "type: .C", "type: C/d.E", "type: 1", "type: ~", "type: [int]", "fields: {f: string}", "type: struct, fields: {f: string}"}
	for _, kind := range model.Kinds() {
		types = append(types, "type: "+string(kind))
	}
	values := []string{"~", "true", "false", "0", "1", "-1", "5", "'5'", "'+5'", "-0.5", "'1e3'", "text", "''", "[]", "[a]", "[1, 2]", "[~]", "[1m, 90]", "{}", "{a: b}", "1m30s", "-.5h", "1x", "2026-01-02T15:04:05Z", "net/netip.Addr", "time.Time", "base64"}
	good := []string{
		"into: net/netip.Addr", "encoding: hex", "required: false", "required: true", "default: 1", "insecure_default: true", "min: 0", "max: 1", "min_length: 0", "max_length: 2",
		"pattern: '.'", "one_of: [1]", "allow_null: true", "allow_empty: true", "allow_empty: false", "description: text",
	}
	keys := []string{"into", "encoding", "required", "default", "insecure_default", "min", "max", "min_length", "max_length", "pattern", "one_of", "allow_null", "allow_empty", "description", "value"}
	var all []string
	add := func(typ string, said ...string) {
		parts := append([]string{}, said...)
		if typ != "" {
			parts = append([]string{typ}, parts...)
		}
		rest := strings.Join(parts, ", ")
		all = append(all, `uri: "file://m/a", `+rest)
		if !strings.Contains(typ, "fields") {
			all = append(all, `uri: "file://m/a", fields: {f: {`+rest+"}}")
		}
	}
	for _, typ := range types {
		for _, key := range keys {
			for _, value := range values {
				add(typ, key+": "+value)
			}
		}
		for _, value := range values {
			add(typ, "default: "+value, "insecure_default: true")
			add(typ, "default: "+value, "insecure_default: true", "allow_empty: true")
			for _, key := range []string{"fields", "profiles", "certificate", "private_key", "cache", "response_wrap", "key"} {
				if key == "fields" && strings.Contains(typ, "fields") {
					continue
				}
				all = append(all, `uri: "file://m/a", `+strings.TrimPrefix(typ+", ", ", ")+key+": "+value)
			}
		}
		for i, one := range good {
			for _, other := range good[:i] {
				if keyOf(one) != keyOf(other) {
					add(typ, one, other)
				}
			}
		}
		for _, reference := range []string{"openbao+kv2://m/a", "openbao+kv2://m/a#k", "YAML://m/a", "yaml://m/a#k", "env://m/A", "env://m/A#k", "file://m/a#k"} {
			all = append(all, `uri: "`+reference+`", `+typ, `uri: "file://m/a", profiles: {ci: "`+reference+`"}, `+typ)
		}
		if typ != "" && !strings.Contains(typ, "fields") {
			all = append(all, `uri: "file://m/a", fields: {f: `+strings.TrimPrefix(typ, "type: ")+"}")
		}
	}
	for _, key := range []string{"a", "tls.key", "a~@:+=,-_9", "''", "a b", "é", "1", "true", "~", "[a]", "{}"} {
		all = append(all, `uri: "file://m/a", fields: {f: {key: `+key+"}}", `uri: "file://m/a", type: tls-keypair, certificate: `+key)
	}
	for _, reference := range []string{"openbao+kv2://m/a#k", "OPENBAO-EU+kv2://m/a#k", "aws+sm://m/a", "YAML://m/a#k", "Env://m/A", "env://other/A", "file://m/a", "file://m/*"} {
		for _, way := range []string{"response_wrap: 60s", "response_wrap: 3600", "response_wrap: 1.5", "response_wrap: 0", "cache: 30s, response_wrap: 60s", "cache: 30s", "cache: '1e3'", "cache: 2h", "cache: -1"} {
			all = append(all, `uri: "`+reference+`", `+way, `uri: "file://m/a", profiles: {ci: "`+reference+`", b: "env://m/A"}, `+way)
		}
	}
	for _, name := range []string{"a", "a-b_9", "9a", "é", "''", "true", strings.Repeat("a", 65)} {
		all = append(all, `uri: "file://m/a", fields: {`+name+": string}", `uri: "file://m/a", profiles: {`+name+": \"env://m/A\"}")
	}
	for _, reference := range []string{"~", "''", "1", "true", "[a]", "{a: b}"} {
		all = append(all, "uri: "+reference, `uri: "file://m/a", profiles: {ci: `+reference+"}")
	}
	return append(all, `uri: "file://m/a", min_length: -1`, `uri: "file://m/a", max_length: "00"`, `uri: "file://m/a", pattern: "`+strings.Repeat("a", 1001)+`"`, `uri: "file://m/a", one_of: "a"`)
}

func keyOf(said string) string {
	key, _, _ := strings.Cut(said, ":")
	return key
}

// references are those that the grammar of references is tested with, as YAML.
func references(t *testing.T) []string {
	t.Helper()
	vectors, err := os.ReadFile("../../runtime/uri/testdata/uri.jsonl")
	if err != nil {
		t.Fatal(err)
	}
	all := []string{
		"env://m/A.B", "env://m/1A", "env://m/A/B", "ENV://m/_a9/", "env://m/A?", "env://m/A#b", "aws+sm://m/a", "aws+sm://m/a?version=1", "openbao-eu+kv2://m/a?version=1",
		"file://m/a?&&#k", "file://m/a#k?", "file://m/a?#k?", "file://m/a/?", "file://m/", "file://m", "openbao+kv2://m/a?&version=1&&#k", "openbao+kv2://m/a?version=1&version=1", "openbao+kv2://m/a?version",
		"file://m/" + strings.Repeat("a", 2048-len("file://m/")), "file://m/" + strings.Repeat("a", 2049-len("file://m/")),
	}
	for line := range strings.Lines(string(vectors)) {
		var vector struct{ Input string }
		if err := json.Unmarshal([]byte(line), &vector); err != nil {
			t.Fatal(err)
		}
		all = append(all, vector.Input)
	}
	for i, reference := range all {
		all[i] = strconv.QuoteToASCII(reference)
	}
	return all
}
