// Package runtime reads declared secrets through one enforcement point.
//
// Programs rarely name much of it: the secretsgen command generates typed
// accessors from declarations, and those call this package. What most programs
// need is two calls:
//
//	cfg, err := runtime.ConfigFromEnv()
//	...
//	secrets, err := config.Open(ctx, cfg) // generated
//	...
//	token, err := secrets.API.Token(ctx)
//	...
//	req.Header.Set("Authorization", "Bearer "+token.Reveal())
//
// A read takes one way only, the corridor (DESIGN section 1):
//
//	Handle.Read → enforcement point → provider → key → decoder → Secret
//
// The enforcement point (package pep) decides on behalf of the caller that
// middleware put into the context (package caller), or of the process itself
// where SECRETS_SUBJECT names it. The provider (packages below providers) is
// chosen by the scheme of the reference and by nothing else. Every decision and
// every read leaves an event in the trail (package audit).
//
// # Values
//
// [Secret] prints as "[REDACTED]" wherever it ends up; [Secret.Reveal] is the
// only way out.
//
// A secret that its declaration makes optional or gives a default may be absent:
// its document, or the key in it, is not there. Then the read succeeds and the
// trail says "absent". What is deleted, destroyed, denied, malformed, null or
// empty is there, and an error unless declared otherwise.
//
// # Failure
//
// Every error is a pointer to a struct of this package's list and says which
// accessor it is about. errors.Is(err, [ErrDenied]) tells a refusal from a
// failure. [PDPUnavailableError] is never a refusal: what is left of a live
// grant keeps working through an outage, nothing else does.
//
// # Reads at the same moment, and values that are kept
//
// Reads of one document at the same moment ask its store once, each with a permit
// of its own, and each picks its own key. A declaration may have its document
// kept for a while, or have it travel wrapped ([Declaration]). Neither changes what
// is decided: every read passes the enforcement point.
//
// # Observation
//
// Whoever is passed with package observe hears of every read, decision and call of
// a provider, and may read the client's state; package otelsecrets, a module of its
// own, makes OpenTelemetry of that. Nothing they hear is secret. A client without
// observers pays nothing for them.
//
// # Start
//
// [ConfigFromEnv] names every malformed setting at once; [New], and with it the
// generated Open, everything that is missing for what the program declares. No
// secret is read and no connection opened before the first accessor is called.
//
// SECRETS_PROFILE chooses, where a declaration has a reference for that profile
// ([Declaration]). Everything from the settings that are missing to the question
// to the PDP is then about the chosen reference.
//
// # Concurrency
//
// Clients, handles, generated roots and secrets are safe for concurrent use. None
// of them shows a setting, a token or a value when it is printed. [Client.Close]
// waits for the reads under way, so that each leaves its event.
package runtime
