package pep

import "slices"

// question puts an attempt into the shape of DESIGN section 5 for the PDP.
func (e *Enforcer) question(a *attempt) Request {
	c, identity := a.bound.Caller(), a.key.Identity.Value()
	ref := a.declared.declaration.Ref
	return Request{
		Subject: Subject{
			Type:     string(identity.Type),
			ID:       identity.Subject,
			Issuer:   identity.Issuer,
			ClientID: identity.ClientID,
			Actor:    identity.Actor,
			TenantID: identity.Tenant,
			Audience: slices.Clone(c.Audience),
			Binding:  identity.Binding.String(),
		},
		Action: ActionExecute,
		Resource: Resource{
			ID:       ref.String(),
			TenantID: e.tenant,
			Provider: ref.Provider(),
			Engine:   ref.Engine(),
			Mount:    ref.Mount(),
			Path:     ref.Path(),
			Key:      ref.Key(),
			Version:  ref.Version(),
			Accessor: a.accessor(),
		},
		Context: Context{
			TokenJTI:      c.TokenID,
			CorrelationID: c.CorrelationID,
			WorkflowRunID: c.WorkflowRunID,
			NodeID:        c.NodeID,
			SystemID:      c.SystemID,
		},
	}
}
