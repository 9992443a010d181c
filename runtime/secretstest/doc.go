// Package secretstest tests services that read secrets, without a server, a
// policy file or a setting.
//
//	func TestCharge(t *testing.T) {
//		kit := secretstest.New(t)
//		kit.Set("openbao+kv2://secret/myapp/api#token?version=3", "canary")
//		secrets, err := config.New(kit.Client) // generated
//		...
//		// call the service with kit.Context(t.Context(), "alice") or a context of your own
//		...
//		for _, e := range kit.Events() { ... }
//	}
//
// A [Kit] holds a real client: enforcement point, decoding and audit trail are
// those of production. Only its PDP (which permits everything until [Kit.Deny]
// or [Kit.BreakPDP]), its store and its sink live in memory. Values pass through
// this package; it is for tests alone.
package secretstest
