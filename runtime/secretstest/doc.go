// Package secretstest tests services that read secrets, without a server, a
// policy file or a setting.
//
//	func TestCharge(t *testing.T) {
//		kit := secretstest.New(t)
//		kit.Set("openbao+kv2://secret/myapp/api#token", "canary-token")
//		secrets, err := config.New(kit.Client) // generated
//		...
//		// Call the service on behalf of somebody.
//		err = charge(kit.Context(t.Context(), "alice"), secrets)
//		...
//		for _, e := range kit.Events() { ... }
//	}
//
// A [Kit] holds a real client: enforcement point, decoding and audit trail are
// those of production. Only its PDP, its store and its sink live in memory. The
// PDP permits everything until [Kit.Deny], [Kit.Grant] or [Kit.BreakPDP] say
// otherwise; the store holds what [Kit.Set] put there and fails as [Kit.Fail]
// says; [Kit.Events] is the trail.
//
// Time is that of package time: in a bubble of testing/synctest, grants and
// remembered denials expire without waiting. Values pass through this package;
// it is for tests alone. Package leakcheck, below it, looks for a value in
// whatever a service wrote.
package secretstest
