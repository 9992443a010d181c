// Package sample holds the first files of a package that declares secrets: a
// secrets.yaml that teaches its own form, and the Go file with the line that
// generates from it.
//
// The declarations that are not commented out pass gen/check as they stand, and
// read the environment, so that they need no server. A comment is prose if one
// blank follows the "#", and otherwise an example, of which the "#" alone has to
// go: all of them together are legal as well. A change to what secrets.yaml may
// say belongs in here too.
package sample

import (
	"fmt"
	"strconv"
	"strings"
)

// yaml takes the tenant, the list of mounts, and one of them.
const yaml = `# The secrets that this package reads: what they are called, where they are, and
# what they hold. "go generate" checks this file and writes secrets_gen.go beside
# it, with a typed accessor for each secret. No value ever stands here, so that
# the file can be committed.
#
# A "#" that is not followed by one blank begins an example: take the "#" away.
#
# Editors that use yaml-language-server complete and check this file by this line,
# with what "go tool secretsgen schema" prints in secrets.schema.json beside it:
## yaml-language-server: $schema=secrets.schema.json
version: 1

# The tenant that the service works for, and the mounts that it may read. Every
# reference below is checked against them; the running service is held to the
# same by TENANT_ID and TENANT_ALLOWED_MOUNTS.
tenant: {id: %[1]s, mounts: [%[2]s]}

secrets:
  # A group: a mapping of secrets, or of further groups.
  api:
    # A secret: a mapping that has a uri. In Go it is secrets.API.Token(ctx).
    token:
      # A reference: provider://mount/path. This one is the environment variable
      # API_TOKEN, which needs no server.
      uri: env://%[3]s/API_TOKEN
      # What it is read as: string, if nothing is said, or bytes, int, uint, float,
      # bool, duration, time, url, json, map, certificates, tls-keypair, private-key,
      # or a Go type that reads itself, as net/netip.AddrPort.
      type: string
      # What it is for: the accessor's comment.
      description: Bearer token of the payments API.
      # What must be true of it, as far as its type has it: min, max, min_length,
      # max_length, pattern, one_of. The error names the rule, and never the value.
      #min_length: 16

    # A key of a document on an OpenBao server, or with hashicorp+kv2 on a Vault
    # server, pinned to version 3; without ?version= it is the latest.
    #pinned_token:
    #  uri: openbao+kv2://%[3]s/myapp/api#token?version=3
    #  # Where SECRETS_PROFILE is ci, it is read from here instead.
    #  profiles: {ci: "env://%[3]s/CI_API_TOKEN"}
    #  # The document may be kept for so long; every read is still authorized.
    #  cache: 30s

    # A secret that may be missing: in Go a pointer, which then is nil.
    #webhook_key:
    #  uri: openbao+kv2://%[3]s/myapp/api#webhook_key
    #  required: false
    #  # On the way from the server it is wrapped, and can be opened for so long.
    #  response_wrap: 60s

  # A whole document as a struct, in Go secrets.DB(ctx). A variable or a file
  # holds it as a JSON object: {"username": "orders", "password": "…"}
  db:
    uri: env://%[3]s/DB_LOGIN
    description: Login of the orders database.
    # Each key with its type, or with a mapping that says more.
    fields:
      username: string
      password: string
      # The default is for a key that is missing. What may be a credential, as any
      # text may, takes none without insecure_default: true.
      #port: {type: int, default: 5432, min: 1, max: 65535}
      #sslmode: {type: string, one_of: [require, verify-ca, verify-full]}
`

// YAML is a secrets.yaml for a tenant and its mounts, of which there is at least
// one. The tenant is printable text, and a mount is one of a reference.
func YAML(tenant string, mounts []string) []byte {
	list := make([]string, len(mounts))
	for i, mount := range mounts {
		list[i] = scalar(mount)
	}
	return fmt.Appendf(nil, yaml, scalar(tenant), strings.Join(list, ", "), mounts[0])
}

// Go is a Go file of the package of that name, with the go:generate line. It has
// the package's documentation where no other file can.
func Go(name string, documented bool) []byte {
	var b strings.Builder
	if !documented {
		fmt.Fprintf(&b, "// Package %s declares the secrets that it reads, in secrets.yaml, and has an\n// accessor for each.\n", name)
	}
	fmt.Fprintf(&b, "package %s\n\n//go:generate go tool secretsgen generate .\n", name)
	return []byte(b.String())
}

// scalar is text as YAML has it: in quotes, unless it is plainly a word.
func scalar(text string) string {
	for i := range len(text) {
		switch c := text[i]; {
		case 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z':
		case i > 0 && ('0' <= c && c <= '9' || c == '-' || c == '_'):
		default:
			return strconv.Quote(text)
		}
	}
	switch strings.ToLower(text) {
	case "", "null", "true", "false", "yes", "no", "on", "off", "y", "n":
		return strconv.Quote(text)
	}
	return text
}
