// Package cedar is a PDP in the process: Cedar policies from one file.
//
// It is what decides in development, and for services that have no PDP to ask
// (DESIGN section 5). Names of secrets come in, decisions go out; no secret
// value passes through here, and an error never quotes the policy file.
//
//	@id("payments reads its own")
//	@ttl_seconds("60") @max_uses("5")
//	permit (
//	  principal == Subject::"payments",
//	  action == Action::"execute",
//	  resource in Path::"openbao+kv2://secret/myapp"
//	) when { principal.tenant_id == resource.tenant_id };
//
// # What a policy sees
//
// The principal is Subject::"<subject id>" with the attributes type, issuer,
// client_id, actor, tenant_id, binding (strings) and audience (a set). The
// action is Action::"execute". The resource is Secret::"<canonical URI>" with
// tenant_id, provider, engine, mount, path, key, accessor (strings) and version
// (a long, the pinned version). It is in Path::"<scheme>://mount/a/b" for its
// own path and every path above, and in Mount::"<scheme>://mount". The context
// may have token_jti, correlation_id, workflow_run_id, node_id and system_id. Where
// the enforcement point is told to learn what the store tells of a secret, it has
// resource_attributes, a record of owner, created_by and created_at (strings), which
// is empty for a secret that has none of them.
//
// What is unknown or empty is absent, so that a policy asks before it looks:
//
//	forbid (principal, action, resource) unless { resource has version };
//
//	permit (principal == Subject::"payments", action, resource)
//	when { context.resource_attributes has owner && context.resource_attributes.owner == "team-payments" };
//
// A policy that fails while it is evaluated, for instance by reading an absent
// attribute, makes the answer a denial, whatever the others say: a forbid that
// was skipped must not open anything. The id of such a policy comes back among
// the reasons with "error: " before it.
//
// # Annotations
//
// Four annotations of a permit limit what is granted. Where several permits
// apply, the strictest value of each counts.
//
//	@ttl_seconds("60")                           a whole number from 1
//	@max_uses("5")                               a whole number from 1
//	@response_wrap("60s")                        a Go duration of whole seconds
//	@must_revalidate_on("token,policy_version")  any of token, binding,
//	                                             workflow_run, policy_version,
//	                                             secret_version
//
// @id names a policy and must be unique; a policy without one is named by its
// place in the file. @advice, @author, @comment, @description, @owner, @reason
// and @ticket are for readers. Any other annotation is refused when the file is
// loaded, since it may be a limit with a typing error in it.
//
// # Reload
//
// The file is looked at again by the first question, or the first look at the
// policy version, after a second has passed; there is no goroutine and nothing
// to close. A file that changed is loaded as a whole or not at all: a broken
// one leaves the policies that were in force, and [OnReload] hears of it.
package cedar
