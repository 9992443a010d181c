// Package caching declares in struct tags what yaml/caching declares in YAML.
package caching

type secrets struct {
	API struct {
		// Bearer token of the payments API.
		Token  string  `secret:"openbao+kv2://secret/caching#token?version=3" secretopt:"cache=30s"`
		Key    *string `secret:"openbao+kv2://secret/caching#key" secretopt:"response_wrap=60s"`
		Region string  `secret:"env://secret/REGION#token" secretopt:"cache=3600"`
	}
	DB      Login  `secret:"openbao+kv2://secret/caching/db" secretopt:"cache=1m30s"`
	Signing string `secret:"aws+sm://secret/signing#key" secretopt:"response_wrap=90,profile.ci=env://secret/SIGNING"`
}

// Login opens a session with the database.
type Login struct{ Username, Password string }
