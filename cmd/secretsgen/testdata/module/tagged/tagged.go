// Package tagged declares its secrets by struct tags.
package tagged

//go:generate go tool secretsgen generate
type secrets struct {
	API struct {
		// Bearer token of the payments API.
		Token string `secret:"openbao+kv2://secret/myapp/api#token?version=3"`
	}
	DB Login `secret:"openbao+kv2://secret/myapp/db"`
}

// Login is a document.
type Login struct {
	Username string
	Port     int
}
