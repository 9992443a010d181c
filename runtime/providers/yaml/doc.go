// Package yaml is a store for development: one YAML file.
//
//	client, err := runtime.New(ctx, cfg, yaml.Provider())
//
// It serves yaml:// and, where YAML_VAULT_FOR says so, further schemes in place
// of their servers: with YAML_VAULT_FOR=openbao+kv2 the declarations of a service
// run unchanged without one, version pins included (DESIGN section 6).
//
//	YAML_VAULT_PATH  the file
//	YAML_VAULT_FOR   schemes to stand in for, separated by commas
//
// The file maps mounts to paths to keys to values. That is version 1 of each
// document; a document with a history lists its versions instead of keys:
//
//	secret:
//	  myapp/api:
//	    token: canary-token
//	    retries: 3
//	  myapp/db:
//	    $versions:
//	      - data: {password: canary-old}
//	      - destroyed: true
//	      - deleted: true
//	      - data: {password: canary-new}
//
// Scalars keep their type, and numbers their digits; what YAML takes for a
// number and JSON does not, such as 0x1F or 007, is text. Lists and mappings
// become JSON. A reference without a version reads the last one, and if that is
// deleted there is no falling back to an older one.
//
// The file is plaintext on a disk, so Open refuses to work unless ENVIRONMENT is
// dev or test. Nothing is kept in memory: each read reads the file, so that an
// edit shows at once. What is wrong with the file is logged with line and column
// and without a word of it; the read is malformed.
package yaml
