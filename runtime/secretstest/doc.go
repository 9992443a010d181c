// Package secretstest tests services that read secrets, without a server, a
// policy file or a setting. There are two ways.
//
// # Typed fakes
//
// Most tests only need values. The generator makes a package of fakes beside
// each package that declares secrets, whose Secrets has a [Value] for every
// accessor, of the type that the accessor reads:
//
//	func TestCharge(t *testing.T) {
//		for name, test := range map[string]struct {
//			secrets configfake.Secrets
//			err     error
//		}{
//			"pays with the token": {secrets: configfake.Secrets{
//				API: configfake.SecretsAPI{Token: secretstest.Of("canary-token")},
//			}},
//			"no token, no payment": {err: &runtime.SecretNotFoundError{}},
//			"the store is sealed": {
//				secrets: configfake.Secrets{API: configfake.SecretsAPI{
//					Token: secretstest.Fails[string](&runtime.ProviderError{Code: "unavailable"}),
//				}},
//				err: &runtime.ProviderError{},
//			},
//		} {
//			t.Run(name, func(t *testing.T) {
//				secrets := configfake.New(t, test.secrets) // a *config.Secrets
//				err := charge(t.Context(), secrets)
//				...
//			})
//		}
//	}
//
// A read of a fake takes the same corridor as any other: the enforcement point,
// which permits, and the audit trail. Only the store and the decoder are left
// out, so that nothing has to be encoded. A caller that the service puts into the
// context must be one of the tenant "test", since one client serves one tenant.
//
// # Kits
//
// A [Kit] is a client whose enforcement point, decoding and audit trail are
// those of production. Only its PDP, its store and its sink live in memory:
//
//	kit := secretstest.New(t)
//	kit.Set("openbao+kv2://secret/myapp/api#token", "canary-token")
//	secrets, err := config.New(kit.Client) // generated
//	...
//	// Call the service on behalf of somebody.
//	err = charge(kit.Context(t.Context(), "alice"), secrets)
//	...
//	for _, e := range kit.Events() { ... }
//
// The PDP permits everything until [Kit.Deny], [Kit.Grant] or [Kit.BreakPDP] say
// otherwise; the store holds what [Kit.Set] put there and fails as [Kit.Fail]
// says; [Kit.Events] is the trail. [WithFake] has a kit read typed values too.
//
// # Time and values
//
// Time is that of package time: in a bubble of testing/synctest, grants and
// remembered denials expire without waiting, and without the jitter that they have
// in production. Values pass through this package;
// it is for tests alone, and a client outside development refuses its fakes.
// Package leakcheck, below it, looks for a value in whatever a service wrote.
package secretstest
