package check

import (
	"testing"

	"github.com/secretsgen/secretsgen/gen/diag"
	"github.com/secretsgen/secretsgen/gen/emit"
	"github.com/secretsgen/secretsgen/gen/model"
	"github.com/secretsgen/secretsgen/gen/readyaml"
)

// Whatever passes the reader and the check can be emitted, and every finding has
// a place in the file.
func FuzzReadAndCheck(f *testing.F) {
	const header = "version: 1\ntenant: {id: dev, mounts: [m]}\nsecrets:\n"
	for _, seed := range []string{
		"", "version: 1\n", declarations,
		header + "  a: {uri: \"env://m/A\", type: bytes, encoding: hex}\n",
		header + "  a_b: {c: {uri: \"file://m/a\", fields: {k: {type: json, key: x.y}, z: duration}}}\n",
		header + "  a: &a {uri: *a}\n",
		header + "  string: {uri: \"OPENBAO+kv2://m/a?version=1#k\", description: \"a\\n//go:embed\"}\n",
		"version: 1\nroot: App\npackage: x\ninstances: [openbao-eu+kv2]\nschemes: {a+b: c.d/e}\n" +
			"tenant: {id: dev, mounts: [m]}\nsecrets:\n  a: {uri: \"a+b://m/x\"}\n  b: {uri: \"openbao-eu+kv2://m/x\", type: json}\n",
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		p := &model.Package{Name: "config"}
		var diags diag.List
		readyaml.Read(p, []readyaml.File{{Name: "a.yaml", Base: "a.yaml", Data: data}}, &diags)
		Check(p, &diags)
		for _, d := range diags.Sorted() {
			if d.Pos.File != "a.yaml" || d.Code == "" || d.Message == "" {
				t.Fatalf("a finding without a place, a code or a message: %+v", d)
			}
		}
		if !diags.Empty() {
			return
		}
		if _, err := emit.File(p); err != nil {
			t.Fatalf("what was checked can't be emitted: %v", err)
		}
	})
}
