package authzen

import (
	"encoding/json"
	"slices"
	"unicode/utf8"

	"github.com/secretsgen/secretsgen/runtime/pep"
)

// evaluation is a question on the wire (AuthZEN section 5, DESIGN section 5).
// What is unknown is absent.
type evaluation struct {
	Subject  subject  `json:"subject"`
	Action   action   `json:"action"`
	Resource resource `json:"resource"`
	Context  details  `json:"context,omitzero"`
}

type subject struct {
	Type       string            `json:"type"`
	ID         string            `json:"id"`
	Properties subjectProperties `json:"properties,omitzero"`
}

type subjectProperties struct {
	Issuer   string   `json:"issuer,omitempty"`
	ClientID string   `json:"client_id,omitempty"`
	Actor    string   `json:"actor,omitempty"`
	TenantID string   `json:"tenant_id,omitempty"`
	Audience []string `json:"audience,omitempty"`
	Binding  string   `json:"binding,omitempty"`
}

type action struct {
	Name string `json:"name"`
}

type resource struct {
	Type       string             `json:"type"`
	ID         string             `json:"id"`
	Properties resourceProperties `json:"properties,omitzero"`
}

type resourceProperties struct {
	TenantID string `json:"tenant_id,omitempty"`
	Provider string `json:"provider,omitempty"`
	Engine   string `json:"engine,omitempty"`
	Mount    string `json:"mount,omitempty"`
	Path     string `json:"path,omitempty"`
	Key      string `json:"key,omitempty"`
	Version  int    `json:"version,omitempty"`
	Accessor string `json:"accessor,omitempty"`

	ResourceAttributes *resourceAttributes `json:"resource_attributes,omitempty"` // of a dialect
}

// resourceAttributes are the predecessor's, by its names.
type resourceAttributes struct {
	Owner     string `json:"owner,omitempty"`
	CreatedBy string `json:"created_by,omitempty"`
	CreatedAt string `json:"created_at,omitempty"`
}

type details struct {
	TokenJTI      string `json:"token_jti,omitempty"`
	CorrelationID string `json:"correlation_id,omitempty"`
	WorkflowRunID string `json:"workflow_run_id,omitempty"`
	NodeID        string `json:"node_id,omitempty"`
	SystemID      string `json:"system_id,omitempty"`

	ResourceAttributes *resourceAttributes `json:"resource_attributes,omitempty"`

	// The types of obligations that are understood, as a hint to the PDP. The
	// obligations profile is a draft, and its revisions differ in the name.
	Supported      []string `json:"supported_obligations,omitempty"`
	SupportedToday []string `json:"obligations_supported,omitempty"`

	dialectContext
}

// resourceType is the type of every resource.
const resourceType = "secret"

// typeCustom is the one type of obligation that is understood: the others of
// the obligations profile ask for what a read of a secret can't do.
const typeCustom = "custom"

func (c *Client) wire(r pep.Request) evaluation {
	supported := []string{typeCustom}
	attributes := (*resourceAttributes)(r.Context.ResourceAttributes)
	return evaluation{
		Subject: subject{Type: r.Subject.Type, ID: r.Subject.ID, Properties: subjectProperties{
			Issuer: r.Subject.Issuer, ClientID: r.Subject.ClientID, Actor: r.Subject.Actor,
			TenantID: r.Subject.TenantID, Audience: r.Subject.Audience, Binding: r.Subject.Binding,
		}},
		Action: action{Name: r.Action},
		Resource: resource{Type: resourceType, ID: r.Resource.ID, Properties: resourceProperties{
			TenantID: r.Resource.TenantID, Provider: r.Resource.Provider, Engine: r.Resource.Engine,
			Mount: r.Resource.Mount, Path: r.Resource.Path, Key: r.Resource.Key,
			Version: r.Resource.Version, Accessor: r.Resource.Accessor,
			ResourceAttributes: c.dialect.properties(attributes),
		}},
		Context: details{
			TokenJTI: r.Context.TokenJTI, CorrelationID: r.Context.CorrelationID, WorkflowRunID: r.Context.WorkflowRunID,
			NodeID: r.Context.NodeID, SystemID: r.Context.SystemID,
			ResourceAttributes: attributes,
			Supported:          supported, SupportedToday: supported,
			dialectContext: c.dialect.context(),
		},
	}
}

// evaluationBody reports false for a request that JSON can't carry unchanged.
func (c *Client) evaluationBody(r pep.Request) ([]byte, bool) {
	body, err := json.Marshal(c.wire(r))
	return body, err == nil && isText(r)
}

// evaluationsBody makes a batch without defaults: each item is complete, so no
// PDP has anything to merge. The semantic is the default, execute_all. The texts
// were looked at before.
func (c *Client) evaluationsBody(reqs []pep.Request) ([]byte, bool) {
	batch := struct {
		Context     dialectContext `json:"context,omitzero"`
		Evaluations []evaluation   `json:"evaluations"`
	}{Context: c.dialect.context()}
	for _, r := range reqs {
		batch.Evaluations = append(batch.Evaluations, c.wire(r))
	}
	body, err := json.Marshal(batch)
	return body, err == nil
}

// isText reports whether every string is UTF-8. The encoder would replace what
// is not, and the PDP would decide on another subject than the one that asks.
func isText(r pep.Request) bool {
	s, d, c := r.Subject, r.Resource, r.Context
	texts := append([]string{
		s.Type, s.ID, s.Issuer, s.ClientID, s.Actor, s.TenantID, s.Binding, r.Action,
		d.ID, d.TenantID, d.Provider, d.Engine, d.Mount, d.Path, d.Key, d.Accessor,
		c.TokenJTI, c.CorrelationID, c.WorkflowRunID, c.NodeID, c.SystemID,
	}, s.Audience...)
	if a := c.ResourceAttributes; a != nil {
		texts = append(texts, a.Owner, a.CreatedBy, a.CreatedAt)
	}
	return !slices.ContainsFunc(texts, func(text string) bool { return !utf8.ValidString(text) })
}
