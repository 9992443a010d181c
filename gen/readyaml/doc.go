// Package readyaml reads declarations from secrets.yaml and the *.secrets.yaml
// files beside it (DESIGN section 3):
//
//	version: 1
//	package: config                # default: the directory's package
//	root: Secrets                  # default
//	tenant: {id: dev, mounts: [secret]}
//	instances: [openbao-eu+kv2]
//	schemes: {aws+sm: example.com/aws/sm}
//	secrets:
//	  api:                         # a group
//	    token:                     # a secret, because its uri is a scalar
//	      uri: openbao+kv2://secret/myapp/api#token
//	      type: string             # default; or one of model.Kinds, or a Go type
//	      description: Bearer token of the payments API.
//	      profiles: {ci: "env://secret/API_TOKEN"}
//	      response_wrap: 60s       # on the way from the store
//	      required: true           # default; false gives a pointer
//	      allow_null: false        # default; true gives a pointer
//	      allow_empty: false       # default
//	      min_length: 16           # and max_length, pattern, one_of
//	  db:
//	    uri: openbao+kv2://secret/myapp/db
//	    cache: 30s                 # the document may be kept for so long
//	    fields:                    # a struct of the document's keys
//	      username: string
//	      password: {type: bytes, encoding: base64, key: pass}
//	      port: {type: int, default: 5432, min: 1, max: 65535}
//	      sslmode: {default: require, insecure_default: true}
//	      options: {type: json, into: Options}
//	  listener:
//	    uri: file://secret/listener
//	    type: tls-keypair
//	    certificate: tls.crt       # default
//	    private_key: tls.key       # default
//
// [Read] fills a model.Package and goes on after each finding, so that one run
// shows them all. It judges the form of a file: known keys, values of the right
// kind, one tenant. What declarations mean, references and names above all, is
// judged by gen/check, for struct tags as well.
//
// A file of declarations is where somebody puts a secret by mistake. So no key is
// for one, gen/check refuses a default that may be one unless insecure_default
// vouches for it, and a message here quotes keys that look like names, never a
// scalar. Names of Go types are quoted by those who look for them.
//
// A new key of a secret goes to secret.go or values.go, a new type to types.go.
// The sample above is the reader's reference: keep it complete, and with it
// gen/schema, gen/sample and docs/declarations.md.
package readyaml
