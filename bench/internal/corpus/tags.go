package corpus

import (
	"fmt"
	"strings"
)

// SecretsYAML is the secrets.yaml that goes with a file of [Tags].
const SecretsYAML = "version: 1\ntenant: {id: bench, mounts: [secret]}\n"

const tagged = "package bench\n\ntype secrets struct {\n"

// Tags returns the shapes of a Go file that declares by struct tags.
func Tags() []Shape {
	return []Shape{
		repeated("fields with tags", Accepted, tagged, format("\t// One of many.\n\tKey%d string `secret:\"env://secret/S\"`\n"), "}\n"),
		repeated("wrong tags", Refused, tagged, format("\tKey%d strin `secret:\"x://y/*\" secretopt:\"cash=1\"`\n"), "}\n"),
		repeated("a tag without an end", Refused, tagged+"\tKey string `secret:\"env://secret/", same("S/"), "\"`\n}\n"),
		repeated("declarations beside", Accepted, tagged+"\tKey string `secret:\"env://secret/S\"`\n}\n", format("\nvar beside%d int\n"), ""),
		{Name: "documents of one type", parts: func(size int) parts {
			var fields strings.Builder
			for i := range size / 64 {
				fmt.Fprintf(&fields, "\tField%d string\n", i)
			}
			return parts{
				head: "package bench\n\ntype document struct {\n" + fields.String() + "}\n\ntype secrets struct {\n",
				unit: format("\tKey%d document `secret:\"file://secret/S\"`\n"),
				tail: "}\n",
			}
		}},
	}
}
