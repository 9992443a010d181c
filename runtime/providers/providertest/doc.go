// Package providertest is the suite that every provider passes, those of third
// parties included.
//
// A provider's own test fills a store, tells the suite in a [Harness] what is
// where, and hands over:
//
//	func TestConformance(t *testing.T) {
//		providertest.Run(t, providertest.Harness{
//			Provider: store,
//			Canary:   "canary-7c1f",
//			Latest:   providertest.Read{At: at("app"), Want: document},
//			Missing:  at("nothing"),
//		})
//	}
//
// What the store can't do stays nil in the harness. What the provider is beside a
// [providers.Provider] the suite finds out by itself: wrapped reads have to come
// to what plain ones come to, metadata and keys have to be those of the document
// and to fail like it, and a provider that can be closed is closed at the end.
//
// No value is secret here: store canaries, texts that occur nowhere else, so that
// the suite can look for them where they must not be.
package providertest
