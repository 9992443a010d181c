package check_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/secretsgen/secretsgen/gen/check"
	"github.com/secretsgen/secretsgen/gen/diag"
	"github.com/secretsgen/secretsgen/gen/model"
	"github.com/secretsgen/secretsgen/gen/readyaml"
)

const (
	canary = "canary-4711"
	header = "version: 1\ntenant: {id: dev, mounts: [m]}\n"
)

// judge reads and checks a file. What the reader finds is a mistake of the test.
func judge(t *testing.T, input string) (*model.Package, []diag.Diagnostic) {
	t.Helper()
	p := &model.Package{Dir: "dir", Name: "config", ImportPath: "example.com/m/dir"}
	var diags diag.List
	readyaml.Read(p, []readyaml.File{{Name: "a.yaml", Base: "a.yaml", Data: []byte(input)}}, &diags)
	if !diags.Empty() {
		t.Fatalf("the reader found %v", lines(diags.Sorted()))
	}
	check.Check(p, &diags)
	return p, diags.Sorted()
}

// lines are findings on a line each, with related places. Hints are for people.
func lines(diags []diag.Diagnostic) []string {
	all := []string{}
	for _, d := range diags {
		line := fmt.Sprintf("%v %s %s", d.Pos, d.Code, d.Message)
		for _, r := range d.Related {
			line += fmt.Sprintf(" [%v %s]", r.Pos, r.Message)
		}
		all = append(all, line)
	}
	return all
}

func TestCheckCompletesTheModel(t *testing.T) {
	t.Parallel()
	p, diags := judge(t, `version: 1
tenant: {id: dev, mounts: [m]}
instances: [openbao-eu+kv2]
schemes: {aws+sm: example.com/AZaz09/-._~/s+m}
secrets:
  db-replica:
    oauthToken: {uri: "OpenBao+KV2://m/a/?version=3#t"}
  login:
    uri: openbao-eu+kv2://m/login
    fields: {user_id: string, tls: {key: tls.crt}}
  foreign: {uri: "aws+sm://m/whole"}
`)
	if len(diags) > 0 {
		t.Fatalf("Check found %v", lines(diags))
	}
	var got []string
	for _, s := range p.Secrets {
		var names []string
		for _, name := range s.Path {
			names = append(names, name.Go+"/"+name.Snake)
		}
		got = append(got, strings.Join(names, " ")+" "+s.Accessor+" "+s.URI.String())
		for _, f := range s.Fields {
			got = append(got, f.Name.Go+"/"+f.Name.Snake+" "+f.Key)
		}
	}
	want := []string{
		"DBReplica/db_replica OAuthToken/oauth_token db_replica.oauth_token openbao+kv2://m/a#t?version=3",
		"Login/login login openbao-eu+kv2://m/login",
		"UserID/user_id user_id",
		"TLS/tls tls.crt",
		"Foreign/foreign foreign aws+sm://m/whole",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("the model (-want +got):\n%s", diff)
	}
	var again diag.List
	check.Check(p, &again)
	if !again.Empty() {
		t.Errorf("a second call found %v", lines(again.Sorted()))
	}
}

// The tag form leaves keys to check, and has Go's words.
func TestCheckGivesTheSameNamesInGoWords(t *testing.T) {
	t.Parallel()
	p, _ := judge(t, header+"secrets: {db: {api_url: {uri: \"file://m/a\", fields: {user_id: string}}}}\n")
	yaml := p.Secrets[0]
	p.Secrets = []*model.Secret{{
		Root:   yaml.Root,
		Path:   []model.Name{{Text: "DB"}, {Text: "APIURL"}},
		Ref:    yaml.Ref,
		Type:   yaml.Type,
		Fields: []model.Field{{Name: model.Name{Text: "UserID"}, Type: yaml.Fields[0].Type}},
	}}
	var diags diag.List
	check.Check(p, &diags)
	if !diags.Empty() {
		t.Fatalf("Check found %v", lines(diags.Sorted()))
	}
	tags := p.Secrets[0]
	if tags.Accessor != yaml.Accessor || tags.Path[1].Go != yaml.Path[1].Go || tags.Fields[0].Key != yaml.Fields[0].Key {
		t.Errorf("in tags %s, %s and %s; in YAML %s, %s and %s",
			tags.Accessor, tags.Path[1].Go, tags.Fields[0].Key, yaml.Accessor, yaml.Path[1].Go, yaml.Fields[0].Key)
	}
}

func TestCheckFinds(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		input string // behind the header
		want  []string
	}{
		"an illegal character": {"secrets:\n  a: {uri: \"env://m/A B\"}\n", []string{
			`a.yaml:4:22 ILLEGAL_SEGMENT segment "A " has a character that is not allowed: use A-Z a-z 0-9 . _ - only`,
		}},
		"a finding for each code": {"secrets:\n  a: {uri: 'openbao+kv2://other/a?mount=b&version=0#k'}\n", []string{
			`a.yaml:4:27 TENANT_MOUNT_MISMATCH mount "other" is not allowed: use a mount of the tenant, or add this one to the tenant's mounts (tenant.mounts, TENANT_ALLOWED_MOUNTS)`,
			`a.yaml:4:35 DOUBLE_MOUNT_SOURCE parameter "mount" names a second mount: remove it, the mount is the first segment after ://`,
			`a.yaml:4:51 INVALID_VERSION version "0" is not a version: write a number from 1 to 2147483647 without leading zeros, or remove the parameter to read the latest`,
		}},
		"a fault in escaped text": {"secrets:\n  a: {uri: \"env://m/\\x41 B\"}\n", []string{
			`a.yaml:4:13 ILLEGAL_SEGMENT segment "A " has a character that is not allowed: use A-Z a-z 0-9 . _ - only`,
		}},
		"a value where a uri goes": {"secrets:\n  a: {uri: " + canary + "}\n", []string{
			`a.yaml:4:12 ILLEGAL_SEGMENT reference has no "://": write provider[+engine]://mount/path[#key][?version=N]`,
		}},
		"an instance that is not declared": {"secrets:\n  a: {uri: \"openbao-eu+kv2://m/a#k\"}\n", []string{
			`a.yaml:4:13 UNSUPPORTED_ENGINE scheme "openbao-eu+kv2" is not known: use openbao+kv2, hashicorp+kv2, file, env or yaml, or declare it as an instance or a third-party scheme`,
		}},
		"instances that are none": {"instances: [openbao+kv2, OpenBao-EU+kv2, openbao-eu, aws+sm]\nsecrets:\n  a: {uri: \"env://m/A\"}\n", []string{
			"a.yaml:3:13 INVALID_SCHEME this is not an instance of a KV provider",
			"a.yaml:3:26 INVALID_SCHEME this is not an instance of a KV provider",
			"a.yaml:3:42 INVALID_SCHEME this is not an instance of a KV provider",
			"a.yaml:3:54 INVALID_SCHEME this is not an instance of a KV provider",
		}},
		"schemes that are none": {"schemes: {openbao-eu+kv2: a.b/c, file+x: a.b/c, AWS: a.b/c}\nsecrets:\n  a: {uri: \"env://m/A\"}\n", []string{
			"a.yaml:3:11 INVALID_SCHEME this is not a scheme that a third party's provider can have",
			"a.yaml:3:34 INVALID_SCHEME this is not a scheme that a third party's provider can have",
			"a.yaml:3:49 INVALID_SCHEME this is not a scheme that a third party's provider can have",
		}},
		"a provider in the declaring package": {"schemes: {a: example.com/m/dir, b: unsafe, c: example.com/...}\nsecrets:\n  a: {uri: \"env://m/A\"}\n", []string{
			"a.yaml:3:11 INVALID_VALUE the provider of this scheme is in the package that declares it, which can't import itself",
			"a.yaml:3:33 INVALID_VALUE the provider of this scheme is not an import path",
			"a.yaml:3:44 INVALID_VALUE the provider of this scheme is not an import path",
		}},
		"import paths that are none": {"schemes: {a: C, b: ./c, d: /e, f: \"g\\nimport\", h: i//j, k: \"\"}\nsecrets:\n  a: {uri: \"env://m/A\"}\n", []string{
			"a.yaml:3:11 INVALID_VALUE the provider of this scheme is not an import path",
			"a.yaml:3:17 INVALID_VALUE the provider of this scheme is not an import path",
			"a.yaml:3:25 INVALID_VALUE the provider of this scheme is not an import path",
			"a.yaml:3:32 INVALID_VALUE the provider of this scheme is not an import path",
			"a.yaml:3:48 INVALID_VALUE the provider of this scheme is not an import path",
			"a.yaml:3:57 INVALID_VALUE the provider of this scheme is not an import path",
		}},
		"an instance that is declared twice": {"instances: [openbao-eu+kv2, openbao-eu+kv2]\nsecrets:\n  a: {uri: \"env://m/A\"}\n", []string{
			`a.yaml:3:29 DUPLICATE_NAME the scheme "openbao-eu+kv2" is declared twice [a.yaml:3:13 the first one]`,
		}},
		"variables that are none": {"secrets:\n  a: {uri: \"env://m/A-B\"}\n  b: {uri: \"ENV://m/A/B\"}\n  c: {uri: \"env://m/1A\"}\n  d: {uri: \"env://m/\\x41.B\"}\n  e: {uri: \"env://m/ar\"}\n  f: {uri: \"env://m/_AZaz09\"}\n", []string{
			"a.yaml:4:21 INVALID_VARIABLE an env reference names one environment variable behind its mount",
			"a.yaml:5:21 INVALID_VARIABLE an env reference names one environment variable behind its mount",
			"a.yaml:6:21 INVALID_VARIABLE an env reference names one environment variable behind its mount",
			"a.yaml:7:13 INVALID_VARIABLE an env reference names one environment variable behind its mount",
		}},
		"scalars of whole documents": {"instances: [openbao-eu+kv2]\nsecrets:\n  a: {uri: \"openbao+kv2://m/a\"}\n  b: {uri: \"openbao-eu+kv2://m/a\", type: bytes}\n  c: {uri: \"yaml://m/a\", type: int}\n  d: {uri: \"file://m/a\"}\n  e: {uri: \"yaml://m/a\", type: json}\n", []string{
			"a.yaml:5:13 MISSING_KEY the reference names a whole document, but the type is string",
			"a.yaml:6:13 MISSING_KEY the reference names a whole document, but the type is bytes",
			"a.yaml:7:13 MISSING_KEY the reference names a whole document, but the type is int",
		}},
		"times that are none": {"secrets:\n  a: {uri: \"env://m/A\", cache: " + canary + "}\n  b: {uri: \"file://m/a\", cache: 59m60.1s, fields: {c: string}}\n  d: {uri: \"openbao+kv2://m/d#k\", response_wrap: 0.5}\n  e: {uri: \"openbao+kv2://m/e#k\", cache: 1h, response_wrap: 3600}\n", []string{
			"a.yaml:4:32 INVALID_CACHE cache is not a duration",
			"a.yaml:5:33 INVALID_CACHE cache is not between 1s and 1h",
			"a.yaml:6:50 INVALID_WRAP response_wrap is not a number of whole seconds between 1s and 1h",
			"a.yaml:7:42 INVALID_CACHE what travels wrapped is for one read alone, and is never kept [a.yaml:7:61 response_wrap]",
		}},
		"what is wrapped of no server": {"schemes: {aws+sm: example.com/sm}\nsecrets:\n  a: {uri: \"env://m/A\", response_wrap: 60s}\n  b: {uri: \"YAML://m/b#k\", response_wrap: 60s, profiles: {ci: \"file://m/b\"}}\n  c: {uri: \"env://m/A\", response_wrap: 60s, profiles: {prod: \"openbao+kv2://m/c#k\"}}\n  d: {uri: \"aws+sm://m/d\", response_wrap: 60s}\n", []string{
			"a.yaml:5:40 NOT_WRAPPABLE nothing is wrapped, as no reference of the secret is read over a network [a.yaml:5:13 the reference]",
			"a.yaml:6:43 NOT_WRAPPABLE nothing is wrapped, as no reference of the secret is read over a network [a.yaml:6:13 the reference]",
		}},
		"a pair of one key": {"secrets:\n  a: {uri: \"file://m/a\", type: tls-keypair, certificate: pem, private_key: pem}\n  b: {uri: \"file://m/a\", type: tls-keypair, certificate: tls.key}\n  c: {uri: \"file://m/a\", type: tls-keypair, private_key: tls.crt}\n", []string{
			"a.yaml:4:76 INVALID_CONSTRAINT the certificate and the private key are read from one key",
			"a.yaml:5:58 INVALID_CONSTRAINT the certificate and the private key are read from one key",
			"a.yaml:6:58 INVALID_CONSTRAINT the certificate and the private key are read from one key",
		}},
		"fields of one key": {"secrets:\n  a: {uri: \"yaml://m/a#k\", fields: {b: int}}\n", []string{
			"a.yaml:4:28 WRONG_TYPE a struct is read from a whole document, but the reference names one key of it [a.yaml:4:13 the reference]",
		}},
		"encodings of other types than bytes": {"secrets:\n  a: {uri: \"env://m/A\", encoding: hex}\n  b: {uri: \"file://m/b\", encoding: raw, fields: {c: {type: int, encoding: hex}}}\n", []string{
			"a.yaml:4:35 WRONG_TYPE an encoding is for the type bytes, but the type is string",
			"a.yaml:5:36 WRONG_TYPE an encoding is for the type bytes, but the type is struct",
			"a.yaml:5:75 WRONG_TYPE an encoding is for the type bytes, but the type is int",
		}},
		"names that are none": {"secrets:\n  2fa: {uri: \"env://m/A\"}\n  \"" + canary + "\\n\": {uri: \"env://m/A\"}\n  größe: {b: {uri: \"env://m/A\"}}\n  d: {uri: \"file://m/d\", fields: {\"e f\": int}}\n", []string{
			"a.yaml:4:3 INVALID_NAME this name can't become a Go name",
			"a.yaml:5:3 INVALID_NAME this name can't become a Go name",
			"a.yaml:6:3 INVALID_NAME this name can't become a Go name",
			"a.yaml:7:35 INVALID_NAME this name can't become a Go name",
		}},
		"names that are one in Go": {"secrets:\n  api_token: {uri: \"env://m/A\"}\n  api-token: {uri: \"env://m/A\"}\n  apiToken: {a: {uri: \"env://m/A\"}, b: {uri: \"env://m/A\"}}\n", []string{
			"a.yaml:5:3 NAME_COLLISION the secret api-token would be APIToken in Go, which is the secret api_token [a.yaml:4:3 the secret api_token]",
			"a.yaml:6:3 NAME_COLLISION the group apiToken would be APIToken in Go, which is the secret api_token [a.yaml:4:3 the secret api_token]",
		}},
		"groups that are one in Go": {"secrets:\n  db_x: {a: {uri: \"env://m/A\"}}\n  db-x: {b: {uri: \"env://m/A\"}}\n", []string{
			"a.yaml:5:3 NAME_COLLISION the group db-x would be DBX in Go, which is the group db_x [a.yaml:4:3 the group db_x]",
		}},
		"fields that are one in Go": {"secrets:\n  a: {uri: \"file://m/a\", fields: {b_c: int, bC: int}}\n", []string{
			"a.yaml:4:45 NAME_COLLISION the field bC would be Bc in Go, which is the field b_c [a.yaml:4:35 the field b_c]",
		}},
		"names that Go gives a meaning": {"secrets:\n  string: {uri: \"env://m/A\"}\n  g: {marshal-json: {uri: \"env://m/A\"}, value: {a: {uri: \"env://m/A\"}}}\n  c: {uri: \"file://m/c\", fields: {format: int, log_value: int}}\n", []string{
			"a.yaml:4:3 NAME_COLLISION the secret string would be String in Go, which is a method that Go gives a meaning",
			"a.yaml:5:7 NAME_COLLISION the secret g.marshal-json would be MarshalJSON in Go, which is a method that Go gives a meaning",
			"a.yaml:5:41 NAME_COLLISION the group g.value would be Value in Go, which is a method that Go gives a meaning",
			"a.yaml:6:35 NAME_COLLISION the field format would be Format in Go, which is a method that Go gives a meaning",
			"a.yaml:6:48 NAME_COLLISION the field log_value would be LogValue in Go, which is a method that Go gives a meaning",
		}},
		"methods of the root": {"secrets:\n  load: {uri: \"env://m/A\"}\n  close: {a: {uri: \"env://m/A\"}}\n  g: {close: {uri: \"env://m/A\"}, preflight: {uri: \"env://m/A\"}}\n", []string{
			"a.yaml:4:3 NAME_COLLISION the secret load would be Load in Go, which is the generated method Load",
			"a.yaml:5:3 NAME_COLLISION the group close would be Close in Go, which is the generated method Close",
		}},
		"a field that hides redaction": {"secrets:\n  a: {uri: \"file://m/a\", fields: {redacted: int}}\n", []string{
			"a.yaml:4:35 NAME_COLLISION the field redacted would be Redacted in Go, which is what makes the struct redact itself",
		}},
		"types of two groups": {"secrets:\n  db_replica: {a: {uri: \"env://m/A\"}}\n  db: {replica: {a: {uri: \"env://m/A\"}}}\n", []string{
			"a.yaml:5:8 NAME_COLLISION the type of the group db.replica would be SecretsDBReplica in Go, which is the type of the group db_replica [a.yaml:4:3 the type of the group db_replica]",
		}},
		"types of a group and a document": {"secrets:\n  db: {replica: {uri: \"file://m/a\", fields: {a: int}}}\n  db_replica: {a: {uri: \"env://m/A\"}}\n", []string{
			"a.yaml:5:3 NAME_COLLISION the type of the group db_replica would be SecretsDBReplica in Go, which is the type of the secret db.replica [a.yaml:4:8 the type of the secret db.replica]",
		}},
		"the values of a group": {"secrets:\n  db: {a: {uri: \"env://m/A\"}}\n  db_values: {uri: \"file://m/a\", fields: {a: int}}\n", []string{
			"a.yaml:5:3 NAME_COLLISION the type of the secret db_values would be SecretsDBValues in Go, which is the type of the values of the group db [a.yaml:4:3 the type of the values of the group db]",
		}},
		"the values of the root": {"secrets:\n  values: {a: {uri: \"env://m/A\"}}\n", []string{
			"a.yaml:4:3 NAME_COLLISION the type of the group values would be SecretsValues in Go, which is the type that Load returns",
		}},
		"a function of another root": {"root: App\nsecrets:\n  declarations: {a: {uri: \"env://m/A\"}}\n", []string{
			"a.yaml:5:3 NAME_COLLISION the type of the group declarations would be AppDeclarations in Go, which is the generated function AppDeclarations [a.yaml:3:7 the generated function AppDeclarations]",
		}},
		"roots that are none": {"root: app\nsecrets:\n  a: {uri: \"env://m/A\"}\n", []string{
			"a.yaml:3:7 INVALID_NAME the root is not an exported Go identifier",
		}},
		"a root with a dash": {"root: My-Root\nsecrets:\n  a: {uri: \"env://m/A\"}\n", []string{
			"a.yaml:3:7 INVALID_NAME the root is not an exported Go identifier",
		}},
		"a package that is none": {"package: my-config\nsecrets:\n  a: {uri: \"env://m/A\"}\n", []string{
			"a.yaml:3:10 INVALID_NAME the package has no name that generated code can have",
		}},
		"a package that is a keyword": {"package: func\nsecrets:\n  a: {uri: \"env://m/A\"}\n", []string{
			"a.yaml:3:10 INVALID_NAME the package has no name that generated code can have",
		}},
		"a package that the go command ignores": {"package: documentation\nsecrets:\n  a: {uri: \"env://m/A\"}\n", []string{
			"a.yaml:3:10 INVALID_NAME the go command ignores the files of a package of this name",
		}},
		"a package in other letters": {"package: übung\nsecrets:\n  a: {uri: \"env://m/A\"}\n", []string{
			"a.yaml:3:10 INVALID_NAME the package has no name that generated code can have",
		}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, diags := judge(t, header+test.input)
			got := lines(diags)
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("Check(%q) (-want +got):\n%s", test.input, diff)
			}
			if strings.Contains(fmt.Sprint(diags), canary) {
				t.Errorf("a finding quotes the file: %v", diags)
			}
		})
	}
}

func TestCheckBoundsWhatReferencesAreComparedWith(t *testing.T) {
	t.Parallel()
	mounts := func(n int) string {
		return "version: 1\ntenant: {id: dev, mounts: [" + strings.Repeat("m, ", n) + "]}\nsecrets: {a: {uri: \"env://m/A\"}}\n"
	}
	instances := func(n int) string {
		var b strings.Builder
		for i := range n {
			fmt.Fprintf(&b, "openbao-e%d+kv2, ", i)
		}
		return header + "instances: [" + b.String() + "]\nsecrets: {a: {uri: \"env://m/A\"}}\n"
	}
	for name, build := range map[string]func(n int) string{"mounts": mounts, "instances": instances} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if _, diags := judge(t, build(1000)); len(diags) > 0 {
				t.Errorf("1,000 give %v", lines(diags))
			}
			_, diags := judge(t, build(1001))
			want := []string{"a.yaml:2:9 LIMIT the package lists more than 1,000 mounts, or more than 1,000 instances and schemes"}
			if diff := cmp.Diff(want, lines(diags)); diff != "" {
				t.Errorf("1,001 (-want +got):\n%s", diff)
			}
		})
	}
}

func TestCheckAsksForTenantAndMounts(t *testing.T) {
	t.Parallel()
	const (
		tenant = " MISSING_TENANT the package has no tenant"
		mounts = " MISSING_MOUNTS the tenant has no mounts, and would be allowed nothing"
		secret = "secrets: {a: {uri: \"env://m/A\"}}\n"
	)
	for name, test := range map[string]struct {
		input string
		want  []string
	}{
		"no tenant":   {"version: 1\n" + secret, []string{"a.yaml" + mounts, "a.yaml" + tenant}},
		"no mounts":   {"version: 1\ntenant: {id: dev}\n" + secret, []string{"a.yaml:2:9" + mounts}},
		"no id":       {"version: 1\ntenant: {mounts: [m]}\n" + secret, []string{"a.yaml:2:9" + tenant}},
		"empty parts": {"version: 1\ntenant: {id: '', mounts: []}\n" + secret, []string{"a.yaml:2:9" + mounts, "a.yaml:2:9" + tenant}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, diags := judge(t, test.input)
			if diff := cmp.Diff(test.want, lines(diags)); diff != "" {
				t.Errorf("Check (-want +got):\n%s", diff)
			}
		})
	}
}
