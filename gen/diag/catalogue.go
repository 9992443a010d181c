package diag

import (
	"slices"
	"strings"

	"github.com/secretsgen/secretsgen/runtime/uri"
)

// Entry is what there is to say about a code, whatever the finding. A test
// writes docs/diagnostics.md from it, and SARIF logs carry it as their rules.
type Entry struct {
	Code  Code
	Title string // a few words, without a stop
	Cause string // sentences in Markdown, on one line
	Fix   string // sentences in Markdown, on one line
}

// page is where a reader finds the entries, with an anchor for each.
const page = "https://github.com/secretsgen/secretsgen/blob/main/docs/diagnostics.md"

// Entry returns what the catalogue says about c, or false for a code that is not
// in it.
func (c Code) Entry() (Entry, bool) {
	entries := Catalogue()
	i, ok := slices.BinarySearchFunc(entries, c, func(e Entry, c Code) int { return strings.Compare(string(e.Code), string(c)) })
	if !ok {
		return Entry{}, false
	}
	return entries[i], true
}

// URL is the place of the entry on the page of all of them.
func (e Entry) URL() string { return page + "#" + e.Anchor() }

// Anchor is the name of the entry's heading within the page: its code, as a
// reader of Markdown makes an anchor of it.
func (e Entry) Anchor() string { return strings.ToLower(string(e.Code)) }

// Catalogue returns an entry for each code, sorted by code, in a slice of the
// caller's own.
func Catalogue() []Entry {
	return []Entry{
		{
			Code:  Code(uri.AmbiguousQuery),
			Title: "Ambiguous query",
			Cause: "A reference has a query on both sides of its `#key`, a second `?`, or one parameter twice.",
			Fix:   "Keep one query behind the key: `#key?version=3`.",
		},
		{
			Code:  BuildConstraint,
			Title: "Build constraints that differ",
			Cause: "The files of a package that declare secrets have build constraints that generated code can't follow.",
			Fix:   "Declare in files without build constraints, or put what differs into packages of their own.",
		},
		{
			Code:  Code(uri.DoubleMountSource),
			Title: "A second mount",
			Cause: "A reference names a mount in its query as well.",
			Fix:   "Remove `mount=`; the mount is the first segment.",
		},
		{
			Code:  DuplicateKey,
			Title: "Duplicate key",
			Cause: "A key stands twice in a mapping, an option or tag twice on a field, or two files of a package set one key differently.",
			Fix:   "Remove one.",
		},
		{
			Code:  DuplicateName,
			Title: "Duplicate name",
			Cause: "Two secrets of a package have one name, two schemes do, or two structs declare.",
			Fix:   "Remove or rename one.",
		},
		{
			Code:  Code(uri.IllegalSegment),
			Title: "Illegal part of a reference",
			Cause: "A reference has a part that is empty, too long, or has a character that is not allowed there.",
			Fix:   "Use `A-Z a-z 0-9 . _ -` in segments; neither `..` nor a final dot.",
		},
		{
			Code:  InsecureDefault,
			Title: "Default for a credential",
			Cause: "A secret or field that may hold a credential has a `default`, which would stand in the repository and in the program. Credentials are all types but `int`, `uint`, `float`, `bool`, `duration` and `time`.",
			Fix:   "Remove the default, so that the value must be stored. Where it is not secret at all, say so with `insecure_default: true`.",
		},
		{
			Code:  Internal,
			Title: "Fault of the generator",
			Cause: "The generator made something that it does not allow itself. Nothing was written.",
			Fix:   "Report it, with the declaration that led to it.",
		},
		{
			Code:  InvalidCache,
			Title: "Invalid cache time",
			Cause: "The `cache` of a secret is no duration from `1s` to `1h`, or stands beside `response_wrap`: what travels wrapped is for one read alone.",
			Fix:   "Write a time such as `cache: 30s`, or remove one of the two.",
		},
		{
			Code:  InvalidConstraint,
			Title: "Invalid constraint",
			Cause: "A constraint does not fit its type, contradicts another one, or has a bound that no value of the type can have.",
			Fix:   "Remove it, or write a bound of the type that leaves some value allowed.",
		},
		{
			Code:  InvalidDefault,
			Title: "Invalid default",
			Cause: "A `default` is no value of its type, or breaks a constraint of its own secret.",
			Fix:   "Write one that the type and every constraint accept, or remove it.",
		},
		{
			Code:  InvalidName,
			Title: "Invalid name",
			Cause: "A name can't become a Go name, a package or root has no name that Go allows, or a field of a tagged struct is embedded or not exported.",
			Fix:   "Use ASCII letters, digits, `_` and `-`, starting with a letter.",
		},
		{
			Code:  InvalidPattern,
			Title: "Invalid pattern",
			Cause: "A `pattern` is not a regular expression of Go, which are those of RE2.",
			Fix:   "Write it in the syntax of RE2: without look-around and references back. It matches anywhere in the value unless it has `^` and `$`.",
		},
		{
			Code:  InvalidProfile,
			Title: "Invalid profile",
			Cause: "A profile has a name that is not allowed, or is not a name with a reference behind it.",
			Fix:   "Write `profiles: {ci: \"env://secret/API_TOKEN\"}`, each name as the message says.",
		},
		{
			Code:  InvalidScheme,
			Title: "Invalid scheme",
			Cause: "What is listed under `instances` or `schemes` can't be declared.",
			Fix:   "Write `openbao-NAME+kv2` or `hashicorp-NAME+kv2` for an instance, and a lower-case name that is not built in for a third party's.",
		},
		{
			Code:  InvalidValue,
			Title: "Invalid value",
			Cause: "A known key or option has a value of another kind than it takes.",
			Fix:   "Write what the hint shows.",
		},
		{
			Code:  InvalidVariable,
			Title: "Invalid environment variable",
			Cause: "An `env` reference does not name one environment variable.",
			Fix:   "Write `env://mount/NAME`, in letters, digits and `_`.",
		},
		{
			Code:  Code(uri.InvalidVersion),
			Title: "Invalid version of a secret",
			Cause: "The version of a reference is no number from 1 to 2147483647, or has leading zeros.",
			Fix:   "Write `?version=3`, or leave it out to read the latest.",
		},
		{
			Code:  Code(uri.InvalidWildcard),
			Title: "Wildcard in a reference",
			Cause: "A reference has a `*`.",
			Fix:   "Name one secret; patterns are for allow-lists.",
		},
		{
			Code:  InvalidWrap,
			Title: "Invalid wrapping time",
			Cause: "The `response_wrap` of a secret is no duration of whole seconds from `1s` to `1h`.",
			Fix:   "Write a time such as `response_wrap: 60s`.",
		},
		{
			Code:  Limit,
			Title: "Limit exceeded",
			Cause: "A file is larger than 8 MiB, nested deeper than 32, or has more than 1,000,000 nodes; groups of a tagged struct are nested deeper than 32; or a package lists more than 1,000 mounts or schemes.",
			Fix:   "Split it, or flatten its groups.",
		},
		{
			Code:  Missing,
			Title: "Missing generated file",
			Cause: "A package declares secrets, and its `secrets_gen.go` is not there.",
			Fix:   "Run `secretsgen generate`.",
		},
		{
			Code:  MissingKey,
			Title: "Reference without a key",
			Cause: "A reference names a whole document, and its type is a single value.",
			Fix:   "Name one value of it with `#key`, or declare `fields`.",
		},
		{
			Code:  MissingMounts,
			Title: "Tenant without mounts",
			Cause: "The tenant has no mounts, so that no reference would be allowed.",
			Fix:   "List them: `tenant: {id: dev, mounts: [secret]}`.",
		},
		{
			Code:  MissingTenant,
			Title: "Missing tenant",
			Cause: "The package names no tenant. With struct tags it stands in a `secrets.yaml` beside them.",
			Fix:   "Write `tenant: {id: dev, mounts: [secret]}`.",
		},
		{
			Code:  MissingURI,
			Title: "Missing reference",
			Cause: "A secret has no reference, or a field of a tagged struct no `secret` tag.",
			Fix:   "Add one, or move the field out of the struct.",
		},
		{
			Code:  MissingVersion,
			Title: "Missing version of the format",
			Cause: "A YAML file does not say which version of the format it has.",
			Fix:   "Start it with `version: 1`.",
		},
		{
			Code:  NameCollision,
			Title: "Colliding names",
			Cause: "Two names are one in Go, or one is a name that is generated, or that Go gives a meaning.",
			Fix:   "Rename one; both places are shown.",
		},
		{
			Code:  NotCanonical,
			Title: "Reference not in canonical form",
			Cause: "A reference is legal, and not written in its canonical form.",
			Fix:   "Run `secretsgen fmt`; where that can't rewrite it, write it on one line without escapes.",
		},
		{
			Code:  NotDecodable,
			Title: "Go type that can't be decoded",
			Cause: "A Go type implements neither `encoding.TextUnmarshaler` nor `json.Unmarshaler`.",
			Fix:   "Give it the method `UnmarshalText` or `UnmarshalJSON`, with a pointer receiver, or use another type.",
		},
		{
			Code:  NotGenerated,
			Title: "File that was not generated",
			Cause: "A file named `secrets_gen.go` lacks our header, or is a link or a folder.",
			Fix:   "Move it away, or delete it.",
		},
		{
			Code:  NotWrappable,
			Title: "Nothing to wrap",
			Cause: "A secret has `response_wrap`, and no reference of it, those of its profiles included, is read over a network: `file`, `env` and `yaml` are not.",
			Fix:   "Remove `response_wrap`, or read the secret from a server.",
		},
		{
			Code:  NoDeclarations,
			Title: "Nothing declared",
			Cause: "A YAML file declares nothing and no struct does, or no package that was looked at declares secrets.",
			Fix:   "Declare a secret, or name the folder that does.",
		},
		{
			Code:  NoModule,
			Title: "Folder outside of any module",
			Cause: "A folder that declares secrets is in no Go module.",
			Fix:   "Run `go mod init` where the module should begin.",
		},
		{
			Code:  Orphaned,
			Title: "Orphaned generated file",
			Cause: "A `secrets_gen.go` is generated, and nothing in its folder declares secrets any more.",
			Fix:   "Delete it.",
		},
		{
			Code:  Stale,
			Title: "Stale generated file",
			Cause: "A `secrets_gen.go` is not what its declarations give.",
			Fix:   "Run `secretsgen generate`.",
		},
		{
			Code:  Syntax,
			Title: "Syntax error",
			Cause: "A file is not YAML or not Go, or a struct tag is not one.",
			Fix:   "Mend it where the finding points, or above.",
		},
		{
			Code:  Code(uri.TenantMountMismatch),
			Title: "Mount not allowed",
			Cause: "A reference is below a mount that the tenant may not use.",
			Fix:   "Use one of `tenant.mounts`, or add this one to them.",
		},
		{
			Code:  UnknownGoType,
			Title: "Unknown Go type",
			Cause: "A Go type that a declaration names can't be found: its package is not in the module or what it requires, or does not declare it.",
			Fix:   "Check the import path and the name, and that `go build` finds the package.",
		},
		{
			Code:  UnknownKey,
			Title: "Unknown key",
			Cause: "A mapping has a key that is not known there, or a field an option.",
			Fix:   "Use one of those that the message lists.",
		},
		{
			Code:  Code(uri.UnknownParameter),
			Title: "Unknown parameter of a reference",
			Cause: "The query of a reference has another parameter than `version`, or one where none is taken.",
			Fix:   "Remove it.",
		},
		{
			Code:  UnknownType,
			Title: "Unknown type",
			Cause: "A type is none that a secret can have.",
			Fix:   "Use one of those that the message lists.",
		},
		{
			Code:  Unreadable,
			Title: "Unreadable file or folder",
			Cause: "A file or folder can't be read, or the go command can't list the packages.",
			Fix:   "Mend what the message says.",
		},
		{
			Code:  Code(uri.UnsupportedEngine),
			Title: "Unknown provider",
			Cause: "The scheme of a reference is not known.",
			Fix:   "Use `openbao+kv2`, `hashicorp+kv2`, `file`, `env` or `yaml`, or declare it under `instances` or `schemes`.",
		},
		{
			Code:  Unsupported,
			Title: "Unsupported YAML",
			Cause: "A YAML file has an anchor, alias, merge key, tag or second document, or is not UTF-8.",
			Fix:   "Write it out.",
		},
		{
			Code:  Unwritable,
			Title: "Unwritable file",
			Cause: "A file can't be written: its folder may not be, leads out of the module, or holds the temporary file of another run.",
			Fix:   "Mend what the message says.",
		},
		{
			Code:  WrongType,
			Title: "Type that does not fit",
			Cause: "A type or encoding does not fit what is read: a struct with a `#key`, fields with another type, an encoding without bytes.",
			Fix:   "Remove one of the two.",
		},
	}
}
