package formats

import (
	"encoding/json"
	"fmt"
	"maps"
	"math/big"
	"path"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/secretsgen/secretsgen/gen/diag"
	"github.com/secretsgen/secretsgen/internal/yamltree"
	"github.com/secretsgen/secretsgen/runtime/uri"
)

const draft = "https://json-schema.org/draft/2020-12/schema"

// A sight is how much of a finding the schema of secrets.yaml can see.
type sight int

const (
	unseen sight = iota // it must accept what was found
	seen                // it must refuse it
	either              // the reader went no further, so nothing is known of the rest
)

// always is the sight of a code whatever the message is.
func always(s sight) func(finding) sight {
	return func(finding) sight { return s }
}

// placed is for what can be missing in a file, but stand in another one of the
// package: only where it has a place in this one is it known to be wrong here.
func placed(f finding) sight {
	if f.Line > 0 {
		return seen
	}
	return unseen
}

// but is for a code that is seen, except in the messages that match.
func but(unseenMessages string) func(finding) sight {
	hidden := regexp.MustCompile(unseenMessages)
	return func(f finding) sight {
		if hidden.MatchString(f.Message) {
			return unseen
		}
		return seen
	}
}

// sights says of every code whether it is about the form of a file, which the
// schema shows, or about what only check knows: whole packages, other files, and
// how one value compares with another.
func sights() map[diag.Code]func(finding) sight {
	const breaks = "below its|above its|shorter than its|longer than its|none of the values|does not match"
	return map[diag.Code]func(finding) sight{
		diag.InsecureDefault:             always(seen),
		diag.InvalidCache:                but("is not between"),
		diag.InvalidConstraint:           but("is below m|twice|from one key|refuses the empty|one_of is empty|" + breaks),
		diag.InvalidDefault:              but("not JSON|is null|not a URL|not an absolute URL|is not (base64|base64url|hex)$|" + breaks),
		diag.InvalidName:                 placed,
		diag.InvalidPattern:              but("not a regular expression|repetitions"),
		diag.InvalidProfile:              always(seen),
		diag.InvalidScheme:               always(seen),
		diag.InvalidValue:                but("package of the (Go files|tagged struct)|named after the tagged struct"),
		diag.InvalidVariable:             always(seen),
		diag.InvalidWrap:                 but("is not a number of whole seconds"),
		diag.MissingKey:                  but("the type is named$"), // it depends on the methods of a Go type
		diag.MissingMounts:               placed,
		diag.MissingTenant:               placed,
		diag.MissingURI:                  always(seen),
		diag.MissingVersion:              always(seen),
		diag.NoDeclarations:              placed,
		diag.NotWrappable:                always(seen),
		diag.UnknownKey:                  always(seen),
		diag.UnknownType:                 always(seen),
		diag.WrongType:                   always(seen),
		diag.Code(uri.AmbiguousQuery):    always(seen),
		diag.Code(uri.DoubleMountSource): always(seen),
		diag.Code(uri.IllegalSegment):    always(seen),
		diag.Code(uri.InvalidVersion):    but(`"[1-9][0-9]{9}"`), // above 2147483647, with no more digits
		diag.Code(uri.InvalidWildcard):   always(seen),
		diag.Code(uri.UnknownParameter):  always(seen),

		diag.BuildConstraint:               always(unseen),
		diag.DuplicateKey:                  always(unseen), // in one mapping it leaves no tree to validate
		diag.DuplicateName:                 always(unseen),
		diag.Internal:                      always(unseen),
		diag.Limit:                         always(unseen),
		diag.Missing:                       always(unseen),
		diag.NameCollision:                 always(unseen),
		diag.NoModule:                      always(unseen),
		diag.NotCanonical:                  always(unseen),
		diag.NotDecodable:                  always(unseen),
		diag.NotGenerated:                  always(unseen),
		diag.Orphaned:                      always(unseen),
		diag.Stale:                         always(unseen),
		diag.UnknownGoType:                 always(unseen),
		diag.Unreadable:                    always(unseen),
		diag.Unwritable:                    always(unseen),
		diag.Code(uri.TenantMountMismatch): always(unseen),

		diag.Syntax:                      always(either),
		diag.Unsupported:                 always(either),
		diag.Code(uri.UnsupportedEngine): always(either),
	}
}

func TestTheSightOfEveryCodeIsKnown(t *testing.T) {
	t.Parallel()
	known := sights()
	for _, entry := range diag.Catalogue() {
		if known[entry.Code] == nil {
			t.Errorf("%s: does the schema see it?", entry.Code)
		}
		delete(known, entry.Code)
	}
	for code := range known {
		t.Errorf("%s is no code", code)
	}
}

// declarationsSchema is what "secretsgen schema" prints.
func declarationsSchema(t *testing.T) string {
	t.Helper()
	return printed(t, t.TempDir(), "schema")
}

func TestTheSchemaOfDeclarationsIsASchema(t *testing.T) {
	t.Parallel()
	document, ok := unmarshal(t, declarationsSchema(t)).(map[string]any)
	if !ok || document["$schema"] != draft {
		t.Fatalf("it is no document of %s", draft)
	}
	meta, err := jsonschema.NewCompiler().Compile(draft)
	if err != nil {
		t.Fatal(err)
	}
	if err := meta.Validate(document); err != nil {
		t.Error(err)
	}
	document["properties"].(map[string]any)["root"] = map[string]any{"type": "text"}
	if meta.Validate(document) == nil {
		t.Error("a type that is none is valid")
	}
}

// A verdict is what check finds in a document, and the document as a validator
// gets it.
type verdict struct {
	name     string
	findings []finding
	document any
}

// TestTheSchemaSeesWhatCheckFinds compares the two on every declaration that
// there is.
func TestTheSchemaSeesWhatCheckFinds(t *testing.T) {
	t.Parallel()
	schema, known := compileSchema(t, declarationsSchema(t)), sights()
	accepted, refused := 0, map[string]bool{}
	for _, v := range append(fileVerdicts(t), lineVerdicts(t)...) {
		want, why := unseen, ""
		for _, f := range v.findings {
			see := known[diag.Code(f.Code)]
			if see == nil {
				t.Fatalf("%s is not known here", f.Code)
			}
			if s := see(f); s == seen || s == either && want == unseen {
				want = s
				refused[f.Code] = refused[f.Code] || s == seen
			}
			why += "\n\t" + f.Code + ": " + f.Message
		}
		err := schema.Validate(v.document)
		switch {
		case err != nil && want == unseen:
			t.Errorf("%s: %v, and check finds%s", v.name, err, why)
		case err == nil && want == seen:
			t.Errorf("%s: accepted, and check finds%s", v.name, why)
		case err == nil:
			accepted++
		}
	}
	if accepted < 1000 || len(refused) < 20 {
		t.Errorf("got %d that are accepted, and %d codes that are seen: there are too few to compare", accepted, len(refused))
	}
}

// fileVerdicts are those of whole files, each in a package of its own. What is no
// YAML has no document, and is left out.
func fileVerdicts(t *testing.T) []verdict {
	t.Helper()
	tree, names := map[string]string{"go.mod": goMod}, map[string]string{}
	for name, content := range declarationFiles(t) {
		file := fmt.Sprintf("p%d/secrets.yaml", len(tree))
		tree[file], names[file] = content, name
	}
	found := map[string][]finding{}
	for _, f := range findingsOf(t, plant(t, tree)) {
		found[f.File] = append(found[f.File], f)
	}
	var verdicts []verdict
	for file, name := range names {
		root, problems := yamltree.Parse([]byte(tree[file]))
		switch {
		case len(problems) == 0:
			verdicts = append(verdicts, verdict{name, found[file], value(root)})
		case len(found[file]) == 0:
			t.Errorf("%s: check finds nothing in what is no YAML", name)
		}
	}
	return verdicts
}

// lineVerdicts are those of single secrets, which stand on the lines of one file.
func lineVerdicts(t *testing.T) []verdict {
	t.Helper()
	header, secrets := declarationLines(t)
	var b strings.Builder
	b.WriteString(header)
	for i, secret := range secrets {
		fmt.Fprintf(&b, "  s%d: {%s}\n", i, secret)
	}
	root, problems := yamltree.Parse([]byte(b.String()))
	if len(problems) > 0 {
		t.Fatalf("got %+v", problems)
	}
	whole, _ := value(root).(map[string]any)
	group, _ := whole["secrets"].(map[string]any)
	verdicts := make([]verdict, len(secrets))
	for i, secret := range secrets {
		document := maps.Clone(whole)
		document["secrets"] = map[string]any{"s": group[fmt.Sprintf("s%d", i)]}
		verdicts[i] = verdict{name: secret, document: document}
	}
	first := strings.Count(header, "\n") + 1
	for _, f := range findingsOf(t, plant(t, map[string]string{"go.mod": goMod, "lines/secrets.yaml": b.String()})) {
		if f.File != "lines/secrets.yaml" {
			continue // what is not generated yet
		}
		if f.Line < first {
			t.Fatalf("got %+v", f)
		}
		v := &verdicts[f.Line-first]
		v.findings = append(v.findings, f)
	}
	return verdicts
}

// value is a node of YAML as the server of an editor hands it to a validator: by
// the core schema of YAML 1.2, in which 1_000 and 0b1 are texts.
func value(n *yamltree.Node) any {
	switch n.Kind {
	case yamltree.Mapping:
		object := map[string]any{}
		for _, pair := range n.Pairs {
			object[pair.Key.Value] = value(pair.Value)
		}
		return object
	case yamltree.Sequence:
		array := []any{}
		for _, item := range n.Items {
			array = append(array, value(item))
		}
		return array
	}
	switch n.Type {
	case yamltree.Null:
		return nil
	case yamltree.Bool:
		return strings.EqualFold(n.Value, "true")
	case yamltree.Int, yamltree.Float:
		if number, ok := number(n.Value); ok {
			return number
		}
	}
	return n.Value
}

var (
	coreInteger = regexp.MustCompile(`^([-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+)$`)
	coreFloat   = regexp.MustCompile(`^[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?$`)
)

func number(text string) (json.Number, bool) {
	if !coreInteger.MatchString(text) && !coreFloat.MatchString(text) {
		return "", false
	}
	if !strings.HasPrefix(text, "0o") && !strings.HasPrefix(text, "0x") {
		text = strings.TrimLeft(text, "+0")
		if text == "" || strings.ContainsAny(text[:1], ".eE") {
			text = "0" + text
		}
	}
	r, ok := new(big.Rat).SetString(text)
	if !ok {
		return "", false
	}
	if r.IsInt() {
		return json.Number(r.Num().String()), true
	}
	return json.Number(r.FloatString(20)), true
}

// TestEveryExampleInTheSchemaIsValid validates examples and defaults against the
// schemas that they stand in.
func TestEveryExampleInTheSchemaIsValid(t *testing.T) {
	t.Parallel()
	const name = "schema.json"
	document := unmarshal(t, declarationsSchema(t))
	compiler := jsonschema.NewCompiler()
	if err := compiler.AddResource(name, document); err != nil {
		t.Fatal(err)
	}
	count := 0
	walk(document, "", func(pointer string, schema map[string]any) {
		examples, _ := schema["examples"].([]any)
		if preset, ok := schema["default"]; ok {
			examples = append(slices.Clone(examples), preset)
		}
		for _, example := range examples {
			count++
			compiled, err := compiler.Compile(name + "#" + pointer)
			if err != nil {
				t.Fatal(err)
			}
			if err := compiled.Validate(example); err != nil {
				t.Errorf("%s: %v: %v", pointer, example, err)
			}
		}
	})
	if count < 30 {
		t.Errorf("got %d examples", count)
	}
}

// walk visits every schema in a schema. One that is the value of a property
// named "default" is no default.
func walk(n any, pointer string, visit func(pointer string, schema map[string]any)) {
	switch n := n.(type) {
	case []any:
		for i, item := range n {
			walk(item, fmt.Sprintf("%s/%d", pointer, i), visit)
		}
	case map[string]any:
		switch path.Base(pointer) {
		case "properties", "$defs":
		default:
			visit(pointer, n)
		}
		for key, member := range n {
			if key != "examples" && key != "enum" {
				walk(member, pointer+"/"+key, visit)
			}
		}
	}
}
