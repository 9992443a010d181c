// Package constraints declares in struct tags what yaml/constraints declares in
// YAML.
package constraints

import (
	"net/url"
	"time"
)

type secrets struct {
	User  string `secret:"openbao+kv2://secret/constraints#user" secretopt:"min_length=3,max_length=16,pattern='^[a-z]{1,16}$'"`
	Level string `secret:"openbao+kv2://secret/constraints#level" secretopt:"one_of=debug|info|warn,default=info,insecure_default"`
	// Where the database listens.
	Port    int               `secret:"openbao+kv2://secret/constraints#port" secretopt:"min=1,max=65535,default=5432"`
	Shards  uint              `secret:"openbao+kv2://secret/constraints#shards" secretopt:"min=1,one_of=1|2|4"`
	Ratio   float64           `secret:"openbao+kv2://secret/constraints#ratio" secretopt:"min=-0.5,max=1,default=0.25"`
	Debug   bool              `secret:"openbao+kv2://secret/constraints#debug" secretopt:"default=false"`
	Timeout time.Duration     `secret:"openbao+kv2://secret/constraints#timeout" secretopt:"min=100ms,max=1h,default=90"`
	Backoff *time.Duration    `secret:"openbao+kv2://secret/constraints#backoff" secretopt:"one_of=1s|1m30s"`
	Since   time.Time         `secret:"openbao+kv2://secret/constraints#since" secretopt:"default=2026-01-02T15:04:05Z"`
	Proxy   url.URL           `secret:"openbao+kv2://secret/constraints#proxy" secretopt:"default=http://127.0.0.1:8080,insecure_default"`
	Key     []byte            `secret:"openbao+kv2://secret/constraints#key" secretopt:"encoding=hex,max_length=32,allow_empty"`
	Labels  map[string]string `secret:"openbao+kv2://secret/constraints#labels" secretopt:"max_length=8,allow_empty"`
	Note    *string           `secret:"openbao+kv2://secret/constraints#note" secretopt:"allow_null,allow_empty"`
	Comment *string           `secret:"openbao+kv2://secret/constraints#comment" secretopt:"allow_null,required"`
	DB      *Login            `secret:"openbao+kv2://secret/constraints/db"`
}

// Login is a document that need not be there.
type Login struct {
	Username string  `secretopt:"pattern=^[a-z]+$"` // Who logs in.
	Host     *string `secretopt:"pattern=^[a-z.]+$"`
	Port     int     `secretopt:"default=5432,min=1,max=65535"`
}
