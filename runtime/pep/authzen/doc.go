// Package authzen asks a PDP over the OpenID AuthZEN Authorization API 1.0.
//
// A question names a subject, an action and a secret, and goes out as one POST;
// a decision comes back, or an error that says why there is none. Names of
// secrets pass through here, and never a value. [New] checks the settings and
// opens no connection:
//
//	client, err := authzen.New(authzen.Config{BaseURL: "https://pdp.example", TokenFile: "/var/run/pdp/token"})
//
// Where the enforcement point is told to learn them, the owner, created_by and
// created_at of a secret go out as context.resource_attributes, and in
// [DialectCerbos], whose policies see no context, as a property of the resource,
// too.
//
// A single question goes to {base}/access/v1/evaluation, a batch to
// {base}/access/v1/evaluations, or where the PDP's metadata says.
//
// # Metadata
//
// Before the first question the client looks for the PDP's metadata, at
// /.well-known/authzen-configuration between the host and the path of the base
// URL ([Discovery] can require or forbid that). It is used if its
// policy_decision_point is the base URL, byte for byte, and if its endpoints are
// on the same scheme, host and port; everything else in it is ignored. It is
// looked for again when its Cache-Control says, after a minute at least and a
// day at most, in the background: no question waits for that, and what was good
// last stays in force until something good comes. Without metadata the standard
// endpoints are used, or, where it is required, nothing is asked. A PDP whose
// metadata names no endpoint for batches, or that answers 404 or 405 there, is
// asked one question at a time: [Client.DecideAll] says [pep.ReasonNoBatch].
//
// # What counts as a decision
//
// Only status 200 with application/json and a body that is strictly JSON: UTF-8,
// no member twice in an object, nothing behind the object, member names in their
// exact case, and "decision" a boolean. Everything else is a
// [*pep.PDPUnavailableError]:
//
//	200 with a body that is no decision, too large, of another type,
//	  or of another X-Request-ID                                      malformed
//	another status below 300, or above 599                            malformed
//	3xx, never followed                                               redirect
//	401, 403, after one more look at the token file                   pep_auth
//	404, 405, 415                                                     config
//	429, and until its Retry-After (at most 30 s, plus up to 20 %)    throttled
//	400 and every other 4xx                                           bad_request
//	5xx, no connection, a connection that breaks                      unavailable
//	no answer in time                                                 timeout
//
// The end of the caller's context comes back as the context's error, wrapped
// with the reason timeout if it was a deadline.
//
// # Batches
//
// A batch is answered with exactly one decision a question, in order, or not at
// all: an answer of another length, a bare decision, one item without a decision
// or one item with an error fails the whole batch closed. An item's error
// ("decision": false with a context.error, section 7.2.1) is never taken for a
// denial; its status gives the reason by the table above.
//
// # Obligations
//
// They stand in the decision's context, as flat members, as obligations of the
// AuthZEN obligations profile, or both, and the strictest counts:
//
//	"ttl_seconds": 60                     a whole number from 1
//	"max_uses": 5                         a whole number from 1
//	"response_wrap": "60s"                a Go duration of whole seconds, or a
//	                                      whole number of seconds
//	"must_revalidate_on": ["token"]       any of token, binding, workflow_run,
//	                                      policy_version, secret_version
//
//	"obligations": [{"type": "custom", "properties": {"vendor": "secretsgen",
//	    "action": "grant_limits", "ttl_seconds": 60, "max_uses": 5}}]
//
// Revisions of the profile's draft differ: the members of properties may stand in
// the obligation itself, and a question announces that custom obligations are
// understood under both names, supported_obligations and obligations_supported.
//
// The actions are grant_limits, response_wrap and must_revalidate_on; the other
// properties of an obligation are the flat members that belong to its action. An
// obligation that is unknown or malformed, or a member that differs from one of
// these in case only, goes by name into [pep.Obligations.Refused], which makes
// the permit a denial. Of a denial the obligations are not read, since they only
// limit.
//
// With [DialectCerbos] the outputs of a Cerbos server's policies are obligations
// of either form, too.
//
// Of the other members of the context, id and policy_version are taken over if
// they are short plain strings.
package authzen
