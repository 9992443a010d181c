package corpus

import (
	"fmt"
	"slices"
	"strings"
)

// header begins every file that gets as far as its secrets; declaring goes on to
// those.
const (
	header    = "version: 1\npackage: bench\ntenant: {id: bench, mounts: [secret]}\n"
	declaring = header + "secrets:\n"
)

// YAML returns the shapes of a secrets.yaml.
func YAML() []Shape { return slices.Concat(honest(), text(), structure(), findings(), lists()) }

// repeated is a shape whose parts are the same for every size.
func repeated(name string, outcome Outcome, head string, unit func(i int) string, tail string) Shape {
	return Shape{Name: name, Outcome: outcome, parts: func(int) parts { return parts{head, unit, tail} }}
}

// same is a unit that does not change.
func same(unit string) func(int) string { return func(int) string { return unit } }

func format(unit string) func(int) string {
	return func(i int) string { return fmt.Sprintf(unit, i) }
}

// honest are files that nothing is wrong with.
func honest() []Shape {
	const described = "      description: Credential that one service needs of another.\n"
	service := func(i int) string {
		return fmt.Sprintf("  service_%d:\n", i) +
			"    token:\n" + fmt.Sprintf("      uri: openbao+kv2://secret/service/%d#token\n", i) + described +
			"    limit:\n" + fmt.Sprintf("      uri: openbao+kv2://secret/service/%d#limit\n", i) + "      type: int\n" +
			"    login:\n" + fmt.Sprintf("      uri: openbao+kv2://secret/service/%d/login\n", i) +
			"      fields: {username: string, password: {type: bytes, encoding: base64}}\n" + described
	}
	windows := func(text string) string { return strings.ReplaceAll(text, "\n", "\r\n") }
	return []Shape{
		repeated("declarations", Accepted, declaring, service, ""),
		repeated("line ends of Windows", Accepted, windows(declaring), func(i int) string { return windows(service(i)) }, ""),
		repeated("one line", Accepted, header+"secrets: {", format(`s%d: {uri: "env://secret/S", description: 'äöü äöü'}, `), "}\n"),
		repeated("fields", Accepted, declaring+"  db:\n    uri: file://secret/db\n    fields:\n", format("      field_%d: int\n"), ""),
		repeated("names of 64 letters", Accepted, declaring, format("  a%063d: {uri: 'env://secret/S'}\n"), ""),
		repeated("references that are not canonical", Accepted, declaring, format("  s%d: {uri: 'OpenBao+KV2://secret/S/?version=1#k'}\n"), ""),
	}
}

// text are files with much text and few nodes.
func text() []Shape {
	const (
		secret    = declaring + "  token: {uri: 'env://secret/S'}\n"
		described = declaring + "  token:\n    uri: env://secret/S\n    description: "
	)
	return []Shape{
		repeated("comments", Accepted, secret, same("# Nothing but comments.\n"), ""),
		repeated("blank lines", Accepted, secret, same("\n"), ""),
		repeated("a scalar on one line", Accepted, described, same("word "), "end\n"),
		repeated("a scalar over many lines", Accepted, described+"\n", same("      word\n"), ""),
		repeated("a scalar in quotes", Accepted, described+`"`, same(`\u00e4\n`), "\"\n"),
		repeated("a scalar in a block", Accepted, described+"|\n", same("      word\n\n"), ""),
		repeated("a scalar that is folded", Accepted, described+">\n", same("      word\n       word\n"), ""),
		repeated("a quote without an end", Refused, described+`"`, same("word "), ""),
		repeated("a reference without an end", Refused, declaring+"  token: {uri: 'file://secret/", same("a/ä"), "'}\n"),
		repeated("a name without an end", Refused, declaring+"  ", same("name_"), ": {uri: 'env://secret/S'}\n"),
		repeated("no UTF-8 at the end", Refused, declaring, format("  s%d: {uri: 'env://secret/S'}\n"), "\xff"),
	}
}

// structure are files of many nodes, or with more in each other than may be.
func structure() []Shape {
	return []Shape{
		repeated("brackets", Limited, "", same("["), ""),
		repeated("items in items", Limited, "", same("- "), ""),
		repeated("more nodes than may be", Limited, header+"secrets: [", same("[],"), "]\n"),
		repeated("empty lists", Refused, header+"secrets: [", same("[       ], "), "]\n"),
		repeated("groups in groups", Accepted, declaring, deepest, ""),
		repeated("secrets deep down", Accepted, declaring+prefix(), func(i int) string {
			return strings.Repeat(" ", depth+1) + fmt.Sprintf("s%d: {uri: 'env://secret/S'}\n", i)
		}, ""),
		repeated("keys without values", Refused, declaring, format("  k%07d:       # filler\n"), ""),
		repeated("equal keys", Refused, declaring, same("  token: {uri: 'env://secret/SECRET'}\n"), ""),
		repeated("anchors", Refused, declaring, format("  s%d: &a {uri: 'env://secret/SECRET_OF_ALL'}\n"), ""),
		repeated("aliases", Refused, declaring+"  a: &a {uri: 'env://secret/S'}\n", format("  s%d: *a               # filler\n"), ""),
		repeated("documents", Refused, "version: 1\n", same("---\nversion: 1   # "+strings.Repeat("filler ", 4)+"\n"), ""),
	}
}

// findings are files with as many findings as fit.
func findings() []Shape {
	filler := "  # " + strings.Repeat("filler ", 8) + "\n"
	return []Shape{
		repeated("unknown keys", Refused, header, format("secret%d: true           # filler\n"), ""),
		repeated("unknown keys of secrets", Refused, declaring, format("  s%d: {uri: 'env://secret/S', tipe: int, fealds: {}, k: 1}"+filler), ""),
		repeated("unknown types on one line", Refused, declaring+"  db: {uri: 'file://secret/S', fields: {", format("field_%05d: strng, "), "}}\n"),
		repeated("wrong references", Refused, declaring, format("  s%d: {uri: 'vault://*/..//a?x=1&x=2?'}\n"), ""),
		repeated("wrong references on one line", Refused, header+"secrets: {", format("s%05d: {uri: 'x://secret/service'}, "), "}\n"),
		repeated("missing references", Refused, declaring, format("  s%d: {type: int}      # filler\n"), ""),
		repeated("wrong names", Refused, declaring, format("  s!%d: {uri: 'env://secret/S'}\n"), ""),
		repeated("names that are one in Go", Refused, declaring, func(i int) string {
			return "  " + spelling(i) + ": {uri: 'env://secret/S'}\n"
		}, ""),
		repeated("fields that are one in Go", Refused, declaring+"  db:\n    uri: file://secret/S\n    fields:\n", func(i int) string {
			return "      " + spelling(i) + ": string\n"
		}, ""),
		repeated("types that are one in Go", Refused, declaring, func(i int) string {
			return fmt.Sprintf("  a%d: {b: {c: {uri: 'env://secret/S'}}}%s  a%d_b: {c: {uri: 'env://secret/S'}}\n", i, filler, i)
		}, ""),
		repeated("names with a meaning", Refused, declaring, format("  s%d: {string: {uri: 'env://secret/S'}, format: {uri: 'env://secret/S'}}"+filler), ""),
	}
}

// lists are files in which everything might be compared with everything.
func lists() []Shape {
	// listed is a list of n names.
	listed := func(name string, n int) string {
		var b strings.Builder
		for i := range n {
			fmt.Fprintf(&b, name+", ", i)
		}
		return "[" + b.String() + "]"
	}
	return []Shape{
		repeated("a list of mounts", Limited, "version: 1\ntenant: {id: bench, mounts: [", format("m%07d, "), "]}\n"),
		repeated("a list of wrong mounts", Limited, "version: 1\ntenant: {id: bench, mounts: [", format("m/%07d, "), "]}\n"),
		repeated("a list of instances", Limited, header+"instances: [", format("openbao-%07d+kv2, "), "]\n"),
		repeated("a mapping of schemes", Limited, header+"schemes: {", format("a%07d+b: c.d/e, "), "}\n"),
		repeated("a list for a type", Refused, declaring+"  token: {uri: 'env://secret/S', type: [", format("string%07d, "), "]}\n"),
		{Name: "secrets in the last mount", parts: func(size int) parts {
			n := min(size/32, 1000)
			return parts{
				head: "version: 1\npackage: bench\ntenant: {id: bench, mounts: " + listed("m%03d", n) + "}\nsecrets:\n",
				unit: func(i int) string { return fmt.Sprintf("  s%d: {uri: 'env://m%03d/SECRET'}\n", i, n-1) },
			}
		}},
		{Name: "secrets of the last instance", parts: func(size int) parts {
			n := min(size/64, 1000)
			return parts{
				head: header + "instances: " + listed("openbao-%03d+kv2", n) + "\nsecrets:\n",
				unit: func(i int) string { return fmt.Sprintf("  s%d: {uri: 'openbao-%03d+kv2://secret/S#k'}\n", i, n-1) },
			}
		}},
	}
}

// depth is how many groups may stand around a secret: of the 32 collections that
// may be in each other, one is the file, one the secrets and one the secret.
const depth = 29

// deepest is a secret in as many groups as may be.
func deepest(i int) string {
	var b strings.Builder
	for level := range depth {
		fmt.Fprintf(&b, "%s g%d_%d:\n", strings.Repeat(" ", level), level, i)
	}
	return b.String() + strings.Repeat(" ", depth) + " s: {uri: 'env://secret/S'}\n"
}

// prefix opens as many groups as may be.
func prefix() string {
	var b strings.Builder
	for level := range depth {
		fmt.Fprintf(&b, "%s g%d:\n", strings.Repeat(" ", level), level)
	}
	return b.String()
}

// spelling returns one of 2^40 spellings of one name.
func spelling(i int) string {
	spelled := []byte("a")
	for bit := range 40 {
		if i>>bit == 0 {
			break
		}
		spelled = append(spelled, "-_"[i>>bit&1])
	}
	return string(spelled) + "b"
}
