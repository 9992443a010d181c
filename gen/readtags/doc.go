// Package readtags reads declarations from tagged structs (DESIGN section 3):
//
//	//go:generate go tool secretsgen generate
//	type secrets struct {
//		API struct { // an anonymous struct without a tag is a group
//			// Bearer token of the payments API.
//			Token string `secret:"openbao+kv2://secret/myapp/api#token?version=3" secretopt:"profile.ci=env://secret/API_TOKEN"`
//		}
//		Mail    mail // so is a struct of the package with references
//		Partner mail
//		common       // an embedded one gives its members to the group it stands in
//
//		DB DBLogin `secret:"openbao+kv2://secret/myapp/db" secretopt:"cache=30s"` // a struct with a tag is a document
//		S3 struct {
//			KeyID string `secretopt:"min_length=16"`
//			Key   string `secret:"#secret_key"` // else the key is "key"
//		} `secret:"openbao+kv2://secret/myapp/s3" secretopt:"response_wrap=60s"`
//
//		Key     []byte          `secret:"file://secret/key" secretopt:"encoding=base64"`
//		Retries int             `secret:"openbao+kv2://secret/myapp/web#retries" secretopt:"default=3,min=0,max=10"`
//		Workers uint            `secret:"openbao+kv2://secret/myapp/web#workers" secretopt:"one_of=1|2|4"`
//		Ratio   float64         `secret:"openbao+kv2://secret/myapp/web#ratio"`
//		Debug   bool            `secret:"openbao+kv2://secret/myapp/web#debug" secretopt:"type=bool"` // as the Go type says
//		Timeout time.Duration   `secret:"openbao+kv2://secret/myapp/web#timeout"`
//		Expires time.Time       `secret:"openbao+kv2://secret/myapp/web#expires"` // RFC 3339
//		Site    url.URL         `secret:"openbao+kv2://secret/myapp/web#site"`
//		Raw     json.RawMessage `secret:"openbao+kv2://secret/myapp/web"`
//		Labels  map[string]string   `secret:"openbao+kv2://secret/myapp/labels#all" secretopt:"allow_empty"`
//		Roots   []*x509.Certificate `secret:"openbao+kv2://secret/myapp/tls#ca.crt"`
//		Signer  crypto.Signer       `secret:"openbao+kv2://secret/myapp/tls#tls.key"`
//		TLS     tls.Certificate     `secret:"openbao+kv2://secret/myapp/tls" secretopt:"certificate=tls.crt,private_key=tls.key"`
//
//		Level  Level      `secret:"openbao+kv2://secret/myapp/web#level"` // any other named type reads itself
//		Peer   netip.Addr `secret:"openbao+kv2://secret/myapp/web#peer"`
//		Limits Limits     `secret:"openbao+kv2://secret/myapp/web#limits" secretopt:"type=json"`
//
//		Proxy *url.URL `secret:"openbao+kv2://secret/myapp/web#proxy"` // may be absent
//		Note  *string  `secret:"openbao+kv2://secret/myapp/web#note" secretopt:"required=true,allow_null"`
//		Code  string   `secret:"openbao+kv2://secret/myapp/web#code" secretopt:"pattern='^[a-z]{1,3}$',default='abc',insecure_default"`
//	}
//
//	type mail struct {
//		User, Password string `secret:"openbao+kv2://secret/myapp/mail#login"` // two secrets of one reference
//	}
//
//	type common struct {
//		Salt string `secret:"openbao+kv2://secret/myapp/common#salt" secretopt:"min_length=32,max_length=64"`
//	}
//
//	type DBLogin struct {
//		Username string
//		Password string `secret:"#pass"`
//	}
//
// A declaration is an unexported struct type that has a reference in a secret tag,
// its own or that of a group inside of it, and that is no part of another. Its
// exported name is a generated root; a package may have several. Declared on the
// way are groups, documents and their types: what a field's type is tells its
// import path, never the name that a file has for it, and aliases of the package
// are followed. A field's comment, above it or behind it, is the secret's
// description.
//
// # Options
//
// Options stand in secretopt as name=value, or as a name alone for what is on or
// off, separated by commas without spaces. A value may stand in single quotes, so
// that commas fit into it; two quotes in there are one. The values of one_of are
// separated by "|". What is known: type, encoding, required, default,
// insecure_default, min, max, min_length, max_length, pattern, one_of, allow_null,
// allow_empty, and of a secret, not of a document's field, certificate, private_key,
// cache, response_wrap and profile.NAME. They mean what they mean in secrets.yaml. A pointer is what may
// be absent, unless it is required and may be null.
//
// [Read] fills a model.Package for each Go package that declares, and leaves it to
// gen/check to judge references, values, names and tenant, and to gen/gotypes
// whether named types read themselves. Tags say nothing of a tenant, instances or
// schemes: a secrets.yaml beside them does, and who reads that fills them in.
//
// # What it looks at
//
// The go command says which files a package has, so that build tags, go.work and
// vendoring count. It is run once for each module that has a folder in the run, in
// that module's folder. The files are read as syntax alone. Types are not checked
// and imports not loaded, because the code around a declaration calls what is yet
// to be generated. For the same reason secrets_gen.go is never opened: neither a
// stale nor a broken one keeps the generator from replacing it.
//
// So the name of a package that is imported without one is taken from its path, as
// "ulid" from github.com/oklog/ulid/v2; an import under a name leaves no doubt.
//
// # Changing this room
//
// A new option of secretopt goes to options.go and types.go, a new Go type to
// types.go; both go to the sample above, which is read in a test. Each struct is read
// once (member.go) and laid out wherever it is used (reader.go), so that time and
// findings do not multiply with its uses. The Go type checker stays out of here: it
// costs a load of every dependency. Messages name fields and types, and never quote
// a tag, a value or a line, because what was put there by mistake may be a value.
package readtags
