package readyaml_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/secretsgen/secretsgen/gen/diag"
	"github.com/secretsgen/secretsgen/gen/model"
)

const canary = "canary-4711"

func TestReadFinds(t *testing.T) {
	t.Parallel()
	const (
		fileKeys   = "version, package, root, tenant, instances, schemes, secrets"
		valueKeys  = "into, encoding, required, default, insecure_default, min, max, min_length, max_length, pattern, one_of, allow_null, allow_empty"
		secretKeys = "uri, type, description, fields, profiles, certificate, private_key, cache, response_wrap, " + valueKeys
		types      = "string, bytes, int, uint, float, bool, duration, time, url, json, map, certificates, tls-keypair, private-key, and Go types as net/netip.AddrPort"
		entry      = "(make it a mapping: a secret has a uri, a group has secrets)"
		addURI     = "(add uri: openbao+kv2://mount/path#key)"
	)
	tests := map[string]struct {
		input string
		want  []string
	}{
		"an empty file": {"", []string{
			"dir/a.yaml NO_DECLARATIONS no secrets are declared (add a mapping \"secrets\", or declare a tagged struct)",
			"dir/a.yaml:1:1 MISSING_VERSION the file has no version (start it with version: 1)",
		}},
		"a file that is a list": {"- " + canary, []string{
			"dir/a.yaml:1:1 INVALID_VALUE a file of declarations must be a mapping (start it with version: 1)",
		}},
		"a file that is no YAML": {"version: 1\nsecrets: [" + canary, []string{
			"dir/a.yaml:2:10 SYNTAX this bracket is never closed: close it",
		}},
		"an anchor": {"version: 1\nsecrets: &a {}\n", []string{
			"dir/a.yaml:2:10 UNSUPPORTED_YAML anchors are not supported: write the value out where it is used",
		}},
		"a file that is too deep": {strings.Repeat("[", 40), []string{
			"dir/a.yaml:1:33 LIMIT more than 32 collections stand in each other: flatten them",
		}},
		"no version": {"secrets: {a: {uri: \"env://m/A\"}}\n", []string{
			"dir/a.yaml:1:1 MISSING_VERSION the file has no version (start it with version: 1)",
		}},
		"another version": {"version: 2\nsecrets: {a: {uri: \"env://m/A\"}}\n", []string{
			"dir/a.yaml:1:10 INVALID_VALUE this version is not known (write version: 1)",
		}},
		"a version that is text": {"version: '1'\nsecrets: {a: {uri: \"env://m/A\"}}\n", []string{
			"dir/a.yaml:1:10 INVALID_VALUE this version is not known (write version: 1)",
		}},
		"no secrets": {"version: 1\n", []string{
			"dir/a.yaml NO_DECLARATIONS no secrets are declared (add a mapping \"secrets\", or declare a tagged struct)",
		}},
		"empty secrets": {"version: 1\nsecrets: {}\n", []string{
			"dir/a.yaml:2:1 NO_DECLARATIONS no secrets are declared here (declare one, or remove the key)",
		}},
		"secrets without a value": {"version: 1\nsecrets:\n", []string{
			"dir/a.yaml:2:1 NO_DECLARATIONS no secrets are declared here (declare one, or remove the key)",
		}},
		"secrets in a list": {"version: 1\nsecrets: [{a: " + canary + "}]\n", []string{
			"dir/a.yaml:2:10 INVALID_VALUE secrets must be a mapping of groups and secrets (write secrets: {token: {uri: …}})",
		}},
		"a misspelled key of the file": {"version: 1\nsecrtes: " + canary + "\nsecrets: {a: {uri: \"env://m/A\"}}\n", []string{
			"dir/a.yaml:2:1 UNKNOWN_KEY unknown key \"secrtes\" of a file of declarations: known are " + fileKeys + " (did you mean secrets?)",
		}},
		"a key that may be a value": {"version: 1\nsecrets: {a: {uri: \"env://m/A\", \"" + canary + " !\": b}}\n", []string{
			"dir/a.yaml:2:33 UNKNOWN_KEY unknown key of a secret: known are " + secretKeys,
		}},
		"a value in a secret": {"version: 1\nsecrets: {a: {uri: \"env://m/A\", value: " + canary + "}}\n", []string{
			"dir/a.yaml:2:33 UNKNOWN_KEY unknown key \"value\" of a secret: known are " + secretKeys,
		}},
		"a key that comes twice": {"version: 1\nsecrets:\n  a: {uri: \"env://m/A\"}\n  a: {url: \"env://m/B\"}\n", []string{
			"dir/a.yaml:4:3 DUPLICATE_KEY this key is in the mapping already: remove one [dir/a.yaml:3:3 the first one]",
		}},
		"a secret that is its value": {"version: 1\nsecrets:\n  a: " + canary + "\n", []string{
			"dir/a.yaml:3:3 INVALID_VALUE the entry \"a\" is neither a secret nor a group " + entry,
		}},
		"an empty group": {"version: 1\nsecrets:\n  a: {}\n  b:\n", []string{
			"dir/a.yaml:3:3 INVALID_VALUE the entry \"a\" is neither a secret nor a group " + entry,
			"dir/a.yaml:4:3 INVALID_VALUE the entry \"b\" is neither a secret nor a group " + entry,
		}},
		"a value in a group": {"version: 1\nsecrets:\n  a: {b: {uri: \"env://m/B\"}, \"" + canary + "!\": " + canary + "}\n", []string{
			"dir/a.yaml:3:30 INVALID_VALUE the entry is neither a secret nor a group " + entry,
		}},
		"a secret without a uri": {"version: 1\nsecrets:\n  a: {type: int}\n", []string{
			"dir/a.yaml:3:3 MISSING_URI the secret \"a\" has no uri " + addURI,
		}},
		"a misspelled uri": {"version: 1\nsecrets:\n  a: {url: \"" + canary + "\"}\n", []string{
			"dir/a.yaml:3:3 MISSING_URI the secret \"a\" has no uri " + addURI,
			"dir/a.yaml:3:7 UNKNOWN_KEY unknown key \"url\" of a secret: known are " + secretKeys + " (did you mean uri?)",
		}},
		"empty uris": {"version: 1\nsecrets:\n  a: {uri: \"\"}\n  b: {uri: }\n", []string{
			"dir/a.yaml:3:3 MISSING_URI the secret \"a\" has no uri " + addURI,
			"dir/a.yaml:4:3 MISSING_URI the secret \"b\" has no uri " + addURI,
		}},
		"a root without a name": {"version: 1\nroot: ''\nsecrets: {a: {uri: \"env://m/A\"}}\n", []string{
			"dir/a.yaml:2:7 INVALID_VALUE the generated type has no name (write one, or remove the key)",
		}},
		"a mount that is null": {"version: 1\ntenant: {id: dev, mounts: [null]}\nsecrets: {a: {uri: \"env://m/A\"}}\n", []string{
			"dir/a.yaml:2:28 INVALID_VALUE this is not the name of a mount (use A-Z a-z 0-9 . _ - only)",
		}},
		"groups with the names of keys": {"version: 1\nsecrets:\n  a: {fields: {b: {uri: \"env://m/A\"}}}\n  c: {profiles: {d: {e: {uri: \"env://m/A\"}}}}\n  f: {uri: {type: {uri: \"env://m/A\"}}}\n", []string{}},
		"fields and profiles without a uri": {"version: 1\nsecrets:\n  a: {fields: {b: {type: int}}}\n  c: {profiles: {d: \"env://m/A\"}}\n", []string{
			"dir/a.yaml:3:3 MISSING_URI the secret \"a\" has no uri " + addURI,
			"dir/a.yaml:4:3 MISSING_URI the secret \"c\" has no uri " + addURI,
		}},
		"a uri that is a list": {"version: 1\nsecrets:\n  a: {uri: [" + canary + "]}\n", []string{
			"dir/a.yaml:3:12 INVALID_VALUE this must be a reference (write it as text behind the key)",
		}},
		"a misspelled type": {"version: 1\nsecrets:\n  a: {uri: \"env://m/A\", type: strnig}\n", []string{
			"dir/a.yaml:3:31 UNKNOWN_TYPE unknown type: known are " + types + " (did you mean string?)",
		}},
		"a type by its name in Go or elsewhere": {"version: 1\nsecrets:\n  a: {uri: \"env://m/A\", type: time.Duration}\n  b: {uri: \"env://m/A\", type: boolean}\n  c: {uri: \"env://m/A\", type: net/url.URL}\n", []string{
			"dir/a.yaml:3:31 UNKNOWN_TYPE unknown type: known are " + types + " (did you mean duration?)",
			"dir/a.yaml:4:31 UNKNOWN_TYPE unknown type: known are " + types + " (did you mean bool?)",
			"dir/a.yaml:5:31 UNKNOWN_TYPE unknown type: known are " + types + " (did you mean url?)",
		}},
		"Go types that can't be imported or named": {"version: 1\nsecrets:\n  a: {uri: \"env://m/A\", type: ../x.Level}\n  b: {uri: \"env://m/A\", type: net/netip.addr}\n  c: {uri: \"env://m/A\", type: \"x y.Level\"}\n", []string{
			"dir/a.yaml:3:31 UNKNOWN_TYPE unknown type: known are " + types,
			"dir/a.yaml:4:31 UNKNOWN_TYPE unknown type: known are " + types,
			"dir/a.yaml:5:31 UNKNOWN_TYPE unknown type: known are " + types,
		}},
		"a Go type to decode into that is none": {"version: 1\nsecrets:\n  a: {uri: \"env://m/A\", type: json, into: " + canary + "}\n  b: {uri: \"env://m/A\", type: json, into: [X]}\n  c: {uri: \"env://m/A\", into: Level}\n", []string{
			"dir/a.yaml:3:43 INVALID_VALUE this is not the name of a Go type (write Name for one of this package, or import/path.Name)",
			"dir/a.yaml:4:43 INVALID_VALUE this must be the name of a Go type (write it as text behind the key)",
			"dir/a.yaml:5:31 WRONG_TYPE only JSON is decoded into a Go type (write type: json, or the Go type behind type where it reads itself)",
		}},
		"flags that are neither true nor false": {"version: 1\nsecrets:\n  a: {uri: \"env://m/A\", required: " + canary + ", allow_null: 'true', allow_empty: , insecure_default: [true]}\n", []string{
			"dir/a.yaml:3:35 INVALID_VALUE this must be true or false (write true or false, without quotes)",
			"dir/a.yaml:3:60 INVALID_VALUE this must be true or false (write true or false, without quotes)",
			"dir/a.yaml:3:81 INVALID_VALUE this must be true or false (write true or false, without quotes)",
			"dir/a.yaml:3:101 INVALID_VALUE this must be true or false (write true or false, without quotes)",
		}},
		"constraints that are no texts": {"version: 1\nsecrets:\n  a: {uri: \"env://m/A\", default: ~, min: [1], max_length: {a: b}, pattern: , one_of: " + canary + "}\n  b: {uri: \"env://m/A\", one_of: []}\n  c: {uri: \"env://m/A\", one_of: [a, [b]]}\n", []string{
			"dir/a.yaml:3:34 INVALID_VALUE this must be a default (write it as text behind the key)",
			"dir/a.yaml:3:42 INVALID_VALUE this must be a number or duration (write it as text behind the key)",
			"dir/a.yaml:3:59 INVALID_VALUE this must be a length (write it as text behind the key)",
			"dir/a.yaml:3:76 INVALID_VALUE this must be a regular expression (write it as text behind the key)",
			"dir/a.yaml:3:86 INVALID_VALUE one_of must be a list of values (write one_of: [debug, info])",
			"dir/a.yaml:4:33 INVALID_VALUE one_of must be a list of values (write one_of: [debug, info])",
			"dir/a.yaml:5:37 INVALID_VALUE this must be a value (write it as text behind the key)",
		}},
		"profiles without references": {"version: 1\nsecrets:\n  a: {uri: \"env://m/A\", profiles: {}}\n  b: {uri: \"env://m/A\", profiles: " + canary + "}\n  c: {uri: \"env://m/A\", profiles: {ci: , dev: '', qa: [a]}}\n", []string{
			"dir/a.yaml:3:35 INVALID_VALUE profiles must be a mapping of names to references (write profiles: {ci: \"env://mount/NAME\"})",
			"dir/a.yaml:4:35 INVALID_VALUE profiles must be a mapping of names to references (write profiles: {ci: \"env://mount/NAME\"})",
			"dir/a.yaml:5:40 INVALID_VALUE this must be a reference (write it as text behind the key)",
			"dir/a.yaml:5:47 INVALID_VALUE the profile has no reference (write one, or remove the profile)",
			"dir/a.yaml:5:55 INVALID_VALUE this must be a reference (write it as text behind the key)",
		}},
		"a type that is a value": {"version: 1\nsecrets:\n  a: {uri: \"env://m/A\", type: " + canary + "}\n", []string{
			"dir/a.yaml:3:31 UNKNOWN_TYPE unknown type: known are " + types,
		}},
		"a type that is a mapping": {"version: 1\nsecrets:\n  a: {uri: \"env://m/A\", type: {a: b}}\n", []string{
			"dir/a.yaml:3:31 UNKNOWN_TYPE unknown type: known are " + types,
		}},
		"a struct without fields": {"version: 1\nsecrets:\n  a: {uri: \"env://m/A\", type: struct}\n", []string{
			"dir/a.yaml:3:31 UNKNOWN_TYPE unknown type: known are " + types + " (a struct is a secret with fields)",
		}},
		"a type beside fields": {"version: 1\nsecrets:\n  a: {uri: \"file://m/a\", type: int, fields: {b: int}}\n", []string{
			"dir/a.yaml:3:32 WRONG_TYPE a secret with fields is a struct and has no other type (remove the type or the fields) [dir/a.yaml:3:37 the fields]",
		}},
		"an unknown encoding": {"version: 1\nsecrets:\n  a: {uri: \"env://m/A\", type: bytes, encoding: base46}\n", []string{
			"dir/a.yaml:3:48 INVALID_VALUE unknown encoding: known are raw, base64, base64url, hex (did you mean base64?)",
		}},
		"a description that is a list": {"version: 1\nsecrets:\n  a: {uri: \"env://m/A\", description: [" + canary + "]}\n", []string{
			"dir/a.yaml:3:38 INVALID_VALUE this must be a description (write it as text behind the key)",
		}},
		"fields that are a list": {"version: 1\nsecrets:\n  a: {uri: \"file://m/a\", fields: [" + canary + "]}\n", []string{
			"dir/a.yaml:3:34 INVALID_VALUE fields must be a mapping of names to types (write fields: {username: string})",
		}},
		"no fields": {"version: 1\nsecrets:\n  a: {uri: \"file://m/a\", fields: {}}\n", []string{
			"dir/a.yaml:3:34 INVALID_VALUE fields must be a mapping of names to types (write fields: {username: string})",
		}},
		"fields of unknown types": {"version: 1\nsecrets:\n  a: {uri: \"file://m/a\", fields: {b: " + canary + ", c: , d: [e], f: struct}}\n", []string{
			"dir/a.yaml:3:38 UNKNOWN_TYPE unknown type: known are " + types,
			"dir/a.yaml:3:54 UNKNOWN_TYPE unknown type: known are " + types,
			"dir/a.yaml:3:59 UNKNOWN_TYPE unknown type: known are " + types,
			"dir/a.yaml:3:67 UNKNOWN_TYPE unknown type: known are " + types + " (a struct is a secret with fields)",
		}},
		"a value in a field": {"version: 1\nsecrets:\n  a: {uri: \"file://m/a\", fields: {b: {type: int, mandatory: " + canary + "}}}\n", []string{
			"dir/a.yaml:3:50 UNKNOWN_KEY unknown key \"mandatory\" of a field: known are type, key, description, " + valueKeys,
		}},
		"what is said of a whole document in a field": {"version: 1\nsecrets:\n  a: {uri: \"file://m/a\", fields: {b: {cache: 30s}, c: {profiles: {}}}}\n", []string{
			"dir/a.yaml:3:39 UNKNOWN_KEY unknown key \"cache\" of a field: known are type, key, description, " + valueKeys + " (it is said of a whole document: write it beside fields)",
			"dir/a.yaml:3:56 UNKNOWN_KEY unknown key \"profiles\" of a field: known are type, key, description, " + valueKeys + " (it is said of a whole document: write it beside fields)",
		}},
		"what is said of a secret in a group": {"version: 1\nsecrets:\n  a:\n    cache: 30s\n    type:\n    response_wrap: \"env://m/A\"\n    b: {uri: \"file://m/a\"}\n", []string{
			"dir/a.yaml:4:5 INVALID_VALUE the entry \"cache\" is neither a secret nor a group (if it is said of secrets, write it in each of them)",
			"dir/a.yaml:5:5 INVALID_VALUE the entry \"type\" is neither a secret nor a group (if it is said of secrets, write it in each of them)",
			"dir/a.yaml:6:5 INVALID_VALUE the entry \"response_wrap\" is neither a secret nor a group " + entry,
		}},
		"a key that no reference can name": {"version: 1\nsecrets:\n  a: {uri: \"file://m/a\", fields: {b: {key: \"" + canary + " x\"}, c: {key: \"\"}}}\n", []string{
			"dir/a.yaml:3:44 INVALID_VALUE this is not the name of a key (use A-Z a-z 0-9 . _ ~ @ : + = , - only)",
			"dir/a.yaml:3:71 INVALID_VALUE this is not the name of a key (use A-Z a-z 0-9 . _ ~ @ : + = , - only)",
		}},
		"a tenant that is text": {"version: 1\ntenant: " + canary + "\nsecrets: {a: {uri: \"env://m/A\"}}\n", []string{
			"dir/a.yaml:2:9 INVALID_VALUE a tenant must be a mapping (write tenant: {id: dev, mounts: [secret]})",
		}},
		"an unknown key of the tenant": {"version: 1\ntenant: {id: dev, mount: [secret]}\nsecrets: {a: {uri: \"env://m/A\"}}\n", []string{
			"dir/a.yaml:2:19 UNKNOWN_KEY unknown key \"mount\" of a tenant: known are id, mounts (did you mean mounts?)",
		}},
		"a tenant whose id is a list": {"version: 1\ntenant: {id: [" + canary + "], mounts: [m]}\nsecrets: {a: {uri: \"env://m/A\"}}\n", []string{
			"dir/a.yaml:2:14 INVALID_VALUE this must be the id of a tenant (write it as text behind the key)",
		}},
		"mounts that are text": {"version: 1\ntenant: {id: dev, mounts: m}\nsecrets: {a: {uri: \"env://m/A\"}}\n", []string{
			"dir/a.yaml:2:27 INVALID_VALUE mounts must be a list (write mounts: [secret])",
		}},
		"mounts that are no segments": {"version: 1\ntenant: {id: dev, mounts: [a, b/c, \"" + canary + " !\", [d], '']}\nsecrets: {a: {uri: \"env://m/A\"}}\n", []string{
			"dir/a.yaml:2:31 INVALID_VALUE this is not the name of a mount (use A-Z a-z 0-9 . _ - only)",
			"dir/a.yaml:2:36 INVALID_VALUE this is not the name of a mount (use A-Z a-z 0-9 . _ - only)",
			"dir/a.yaml:2:53 INVALID_VALUE this is not the name of a mount (use A-Z a-z 0-9 . _ - only)",
			"dir/a.yaml:2:58 INVALID_VALUE this is not the name of a mount (use A-Z a-z 0-9 . _ - only)",
		}},
		"settings of the wrong kind": {"version: 1\npackage: [a]\nroot: {a: b}\ninstances: a\nschemes: [a]\nsecrets: {a: {uri: \"env://m/A\"}}\n", []string{
			"dir/a.yaml:2:10 INVALID_VALUE this must be the name of a package (write it as text behind the key)",
			"dir/a.yaml:3:7 INVALID_VALUE this must be the name of the generated type (write it as text behind the key)",
			"dir/a.yaml:4:12 INVALID_VALUE instances must be a list (write instances: [openbao-eu+kv2])",
			"dir/a.yaml:5:10 INVALID_VALUE schemes must be a mapping (write schemes: {aws+sm: example.com/provider/package})",
		}},
		"schemes and instances of the wrong kind": {"version: 1\ninstances: [[a], ~]\nschemes: {a+b: [c]}\nsecrets: {a: {uri: \"env://m/A\"}}\n", []string{
			"dir/a.yaml:2:13 INVALID_VALUE this must be an instance (write it as text behind the key)",
			"dir/a.yaml:2:18 INVALID_VALUE this must be an instance (write it as text behind the key)",
			"dir/a.yaml:3:16 INVALID_VALUE this must be the import path of a provider (write it as text behind the key)",
		}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, diags := read(test.input)
			got := lines(diags)
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("Read(%q) (-want +got):\n%s", test.input, diff)
			}
			if strings.Contains(strings.Join(got, "\n"), canary) {
				t.Errorf("a finding quotes the file: %v", got)
			}
		})
	}
}

func TestReadFindsFilesThatDisagree(t *testing.T) {
	t.Parallel()
	_, diags := readAll(&model.Package{Name: "config"},
		"version: 1\npackage: a\nroot: A\ntenant: {id: dev, mounts: [m]}\nsecrets: {a: {uri: \"env://m/A\"}}\n",
		"version: 1\npackage: b\nroot: B\ntenant: {id: dev, mounts: [m, n]}\n",
		"package: a\n",
	)
	want := []string{
		"dir/b.yaml:2:1 DUPLICATE_KEY another file of the package sets package to something else (keep it in one file) [dir/a.yaml:2:1 the first one]",
		"dir/b.yaml:3:1 DUPLICATE_KEY another file of the package sets root to something else (keep it in one file) [dir/a.yaml:3:1 the first one]",
		"dir/b.yaml:4:1 DUPLICATE_KEY another file of the package sets tenant to something else (keep it in one file) [dir/a.yaml:4:1 the first one]",
		"dir/c.yaml:1:1 MISSING_VERSION the file has no version (start it with version: 1)",
	}
	if diff := cmp.Diff(want, lines(diags)); diff != "" {
		t.Errorf("the findings (-want +got):\n%s", diff)
	}
}

func TestReadOfNoFilesFindsNothing(t *testing.T) {
	t.Parallel()
	var diags diag.List
	p, found := readAll(&model.Package{})
	if len(found) > 0 || !diags.Empty() || p.Roots[0].Name != "Secrets" {
		t.Errorf("found %v and the root %q", found, p.Roots[0].Name)
	}
}
