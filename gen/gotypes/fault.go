package gotypes

import (
	"fmt"
	"path"

	"github.com/secretsgen/secretsgen/gen/diag"
	"github.com/secretsgen/secretsgen/gen/model"
	"github.com/secretsgen/secretsgen/gen/nearest"
)

// A verdict is what is known of a type.
type verdict struct {
	reads model.Reading // empty for a type that JSON is decoded into
	fault *fault
}

// A fault is what is wrong with a type, wherever it is named.
type fault struct {
	code    diag.Code
	message string
	hint    string
	// absent says that the package has no such type.
	absent bool
	// shadow says that the fault is but that of a file that does not parse, or
	// can't be read.
	shadow bool
	// neither says that the type reads itself in no way, which has a remedy that
	// depends on the form of the declaration.
	neither bool
}

func (r *resolver) report(t *model.GoType, f *fault) {
	hint := f.hint
	if f.neither {
		hint = neitherHint(t)
	}
	r.diags.Add(diag.Diagnostic{Pos: t.Pos, Code: f.code, Message: f.message, Hint: hint})
}

// spelled is a type as messages name it. Its path was checked before.
func spelled(t *model.GoType) string {
	if t.Path == "" {
		return t.Name
	}
	return t.Path + "." + t.Name
}

var (
	faultOfName = &fault{
		code:    diag.UnknownGoType,
		message: "this is no name of a Go type that generated code can write",
		hint:    "name a type with ASCII letters, digits and _",
	}
	faultOfPath = &fault{
		code:    diag.UnknownGoType,
		message: "the import path of this Go type is none that generated code may import",
		hint:    "write it as in an import declaration, then a dot and the type: net/netip.AddrPort",
	}
	faultOfModule = &fault{
		code:    diag.NoModule,
		message: "its folder is in no Go module, where types of other packages could be found",
		hint:    `run "go mod init" where the module should begin`,
	}
	faultOfCommand = &fault{
		code:    diag.UnknownGoType,
		message: "the package of this Go type can't be loaded: the go command is not found",
		hint:    "install Go, and put its command on PATH",
	}
)

func faultOfUnexported(name string) *fault {
	return &fault{
		code:    diag.UnknownGoType,
		message: name + " is not exported by its package",
		hint:    "name a type that begins with an upper-case letter",
	}
}

func faultOfInternal(path, parent string) *fault {
	f := &fault{code: diag.UnknownGoType, message: fmt.Sprintf("package %s is internal to others", path)}
	f.hint = "name a type that this package may import, or declare one in it"
	if parent != "" {
		f.message = fmt.Sprintf("package %s is internal to %s", path, parent)
	}
	return f
}

func faultOfLoading(path string) *fault {
	return &fault{
		code:    diag.UnknownGoType,
		message: fmt.Sprintf("package %s can't be loaded", path),
		hint:    fmt.Sprintf(`run "go get %s", or mend what "go build %s" says`, path, path),
	}
}

func faultOfMain(path string) *fault {
	return &fault{
		code:    diag.UnknownGoType,
		message: fmt.Sprintf("package %s is a command, which can't be imported", path),
		hint:    "move the type to a package of its own",
	}
}

func faultOfCycle(path string) *fault {
	return &fault{
		code:    diag.UnknownGoType,
		message: fmt.Sprintf("package %s imports this one, or would by its own declarations, so that this one can't import it", path),
		hint:    "move the type to a package that does not, or to this one",
	}
}

// faultOfErrors is for a type of a package with errors that keep it from being
// known.
func faultOfErrors(name, path string) *fault {
	f := &fault{
		code:    diag.UnknownGoType,
		message: fmt.Sprintf("%s can't be known, since its package does not compile", name),
		hint:    `mend what "go build" says of the package`,
	}
	if path != "" {
		f.hint = fmt.Sprintf(`mend what "go build %s" says`, path)
	}
	return f
}

// maxHints is for how many types of a package the one that was meant is looked
// for: that takes time for each that the package has.
const maxHints = 100

// hints counts the types that were looked for.
type hints int

// word is the type that was meant by a name, or empty.
func (h *hints) word(name string, known func() []string) string {
	*h++
	if *h > maxHints {
		return ""
	}
	return nearest.Word(name, known())
}

// faultOfAbsence is for a type that its package does not have. It may have the one
// that was meant.
func faultOfAbsence(t *model.GoType, where, meant string) *fault {
	f := &fault{
		code:    diag.UnknownGoType,
		absent:  true,
		message: fmt.Sprintf("package %s has no type %s", where, t.Name),
		hint:    "declare it in a Go file of the package that is built, or name another",
	}
	if t.Path != "" {
		f.hint = fmt.Sprintf(`see "go doc %s" for what it has`, t.Path)
	}
	if meant != "" {
		f.hint = fmt.Sprintf("did you mean %q?", meant)
	}
	return f
}

func faultOfKind(name string) *fault {
	return &fault{code: diag.UnknownGoType, message: name + " is not a type", hint: "name a type"}
}

func faultOfGeneric(name string) *fault {
	return &fault{
		code:    diag.NotDecodable,
		message: name + " has type parameters",
		hint:    "declare an alias that gives it type arguments, and name that",
	}
}

func faultOfInterface(name string) *fault {
	return &fault{
		code:    diag.NotDecodable,
		message: name + " is an interface, of which no value can be made",
		hint:    "name a type that implements it",
	}
}

func faultOfJSON(name, kind string) *fault {
	return &fault{
		code:    diag.NotDecodable,
		message: fmt.Sprintf("%s is a %s, which JSON can't be decoded into", name, kind),
		hint:    "name a type that package encoding/json can fill",
	}
}

func faultOfNil(name, method, embedded string) *fault {
	return &fault{
		code:    diag.NotDecodable,
		message: fmt.Sprintf("%s has its %s from %s, which is nil in a new value", name, method, embedded),
		hint:    fmt.Sprintf("embed a struct in place of a pointer or an interface, or give %s a method of its own", name),
	}
}

func faultOfNeither(name string) *fault {
	return &fault{
		code:    diag.NotDecodable,
		message: name + " implements neither encoding.TextUnmarshaler nor json.Unmarshaler",
		neither: true,
	}
}

func neitherHint(t *model.GoType) string {
	if path.Ext(t.Pos.File) == ".go" {
		return `implement one of them, or decode JSON into it with secretopt:"type=json"`
	}
	return fmt.Sprintf(`implement one of them, or decode JSON into it with "type: json" and "into: %s"`, spelled(t))
}
