// Package profiles declares in struct tags what yaml/profiles declares in YAML.
package profiles

type secrets struct {
	API struct {
		// Bearer token of the payments API.
		Token string `secret:"openbao+kv2://secret/profiles#token?version=3" secretopt:"profile.ci=env://secret/API_TOKEN,profile.laptop=file://secret/token"`
	}
	DB   Login `secret:"openbao+kv2://secret/profiles/db" secretopt:"profile.ci=env://secret/DB"`
	Port int   `secret:"openbao+kv2://secret/profiles#port"`
}

// Login opens a database session.
type Login struct{ Username, Password string }
