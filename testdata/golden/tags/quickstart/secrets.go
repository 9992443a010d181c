// Package quickstart declares in struct tags what yaml/quickstart declares in
// YAML.
package quickstart

type secrets struct {
	API struct {
		// Bearer token of the payments API.
		Token string `secret:"openbao+kv2://secret/myapp/api#token?version=3"`
	}
	DB struct {
		Username string
		Password string
		Port     int
	} `secret:"openbao+kv2://secret/myapp/db"`
}
