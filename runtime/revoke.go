package runtime

import (
	"context"

	"github.com/secretsgen/secretsgen/runtime/audit"
	"github.com/secretsgen/secretsgen/runtime/pep"
)

// Revocation selects the grants that [Client.Revoke] ends: those of one subject,
// of one accessor, of one reference, or those to which all that is given applies.
// The zero Revocation selects every grant.
type Revocation = pep.Revocation

// Revoke ends the grants that r selects, for when somebody may read a secret no
// longer, or a policy was tightened. Once it has returned, every read that r
// selects is decided anew: what is left of a live grant is gone, and an answer of
// the PDP that is still on its way serves nobody. With a shared store of grants
// that holds for all processes which share it.
//
// It takes nothing back that was read before, and asks the PDP nothing: a PDP
// that still permits grants again. Denials that are remembered, and proofs and
// tokens that count as used, stay so. The trail gets an event of type config, with
// code revoked, the subject, the accessor and the resource_ref that r names.
//
// The error is [ErrRevocation], a [*RevocationError], [ErrClosed] or that of ctx.
func (c *Client) Revoke(ctx context.Context, r Revocation) error {
	k, err := c.enter(ctx)
	if err != nil {
		return err
	}
	defer k.gate.leave()
	err = k.enforcer.Revoke(ctx, r)
	return k.record(ctx, k.revocation(r, err), err)
}

// revocation is the event of one.
func (k *core) revocation(r Revocation, err error) *audit.Event {
	e := &audit.Event{
		Type:     audit.Config,
		Effect:   audit.Allow,
		Code:     "revoked",
		Tenant:   k.tenant,
		Subject:  r.Subject,
		Issuer:   r.Issuer,
		Accessor: r.Accessor,
	}
	if !r.Ref.IsZero() {
		e.ResourceRef = k.salt.Ref(r.Ref)
	}
	if err != nil {
		e.Effect, e.Code = audit.Error, "revoke_failed"
	}
	return e
}
