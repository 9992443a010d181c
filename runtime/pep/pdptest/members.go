package pdptest

import (
	"cmp"
	"encoding/json"
	"errors"

	"github.com/secretsgen/secretsgen/runtime/pep"
)

// members are the members of a request body or of an item. Unknown ones are
// ignored (AuthZEN section 10.1.1).
type members map[string]json.RawMessage

// entity is a subject, an action or a resource; the first has no name, the
// second only that.
type entity struct {
	Type       string         `json:"type"`
	ID         string         `json:"id"`
	Name       string         `json:"name"`
	Properties map[string]any `json:"properties"`
}

// decode reads a member into target, which stays as it is if there is none. The
// error names the member and quotes nothing.
func (m members) decode(name string, target any) error {
	raw, present := m[name]
	if present && json.Unmarshal(raw, target) != nil {
		return errors.New(name + " has the wrong type")
	}
	return nil
}

// entity reads a member, or that of defaults. An item's entity replaces the
// default as a whole, but for required members that it lacks (certification
// scenario, c-3-2-7).
func (m members) entity(name string, defaults members) (entity, error) {
	var own, standard entity
	if err := defaults.decode(name, &standard); err != nil {
		return entity{}, err
	}
	if _, present := m[name]; !present {
		return standard, nil
	}
	if err := m.decode(name, &own); err != nil {
		return entity{}, err
	}
	own.Type = cmp.Or(own.Type, standard.Type)
	own.ID = cmp.Or(own.ID, standard.ID)
	own.Name = cmp.Or(own.Name, standard.Name)
	return own, nil
}

// request makes a question of the members, or says what is missing.
func (m members) request(defaults members) (pep.Request, error) {
	subject, err1 := m.entity("subject", defaults)
	action, err2 := m.entity("action", defaults)
	resource, err3 := m.entity("resource", defaults)
	context, err4 := m.context(defaults)
	if err := cmp.Or(err1, err2, err3, err4); err != nil {
		return pep.Request{}, err
	}
	switch {
	case subject.Type == "" || subject.ID == "":
		return pep.Request{}, errors.New("subject lacks type or id")
	case action.Name == "":
		return pep.Request{}, errors.New("action lacks name")
	case resource.Type == "" || resource.ID == "":
		return pep.Request{}, errors.New("resource lacks type or id")
	}
	return pep.Request{
		Subject:  subjectOf(subject),
		Action:   action.Name,
		Resource: resourceOf(resource),
		Context: pep.Context{
			TokenJTI:      text(context, "token_jti"),
			CorrelationID: text(context, "correlation_id"),
			WorkflowRunID: text(context, "workflow_run_id"),
			NodeID:        text(context, "node_id"),
			SystemID:      text(context, "system_id"),

			ResourceAttributes: attributesOf(context),
		},
	}, nil
}

func (m members) context(defaults members) (map[string]any, error) {
	if _, present := m["context"]; !present {
		m = defaults
	}
	var context map[string]any
	err := m.decode("context", &context)
	return context, err
}

// attributesOf is nil where the question carries none.
func attributesOf(context map[string]any) *pep.ResourceAttributes {
	attributes, ok := context["resource_attributes"].(map[string]any)
	if !ok {
		return nil
	}
	return &pep.ResourceAttributes{
		Owner:     text(attributes, "owner"),
		CreatedBy: text(attributes, "created_by"),
		CreatedAt: text(attributes, "created_at"),
	}
}

func subjectOf(e entity) pep.Subject {
	s := pep.Subject{
		Type:     e.Type,
		ID:       e.ID,
		Issuer:   text(e.Properties, "issuer"),
		ClientID: text(e.Properties, "client_id"),
		Actor:    text(e.Properties, "actor"),
		TenantID: text(e.Properties, "tenant_id"),
		Binding:  text(e.Properties, "binding"),
	}
	audience, _ := e.Properties["audience"].([]any)
	for _, item := range audience {
		if name, ok := item.(string); ok {
			s.Audience = append(s.Audience, name)
		}
	}
	return s
}

func resourceOf(e entity) pep.Resource {
	version, _ := e.Properties["version"].(float64)
	return pep.Resource{
		ID:       e.ID,
		TenantID: text(e.Properties, "tenant_id"),
		Provider: text(e.Properties, "provider"),
		Engine:   text(e.Properties, "engine"),
		Mount:    text(e.Properties, "mount"),
		Path:     text(e.Properties, "path"),
		Key:      text(e.Properties, "key"),
		Version:  int(version),
		Accessor: text(e.Properties, "accessor"),
	}
}

// text is a property if it is a string; properties of other types are somebody
// else's.
func text(properties map[string]any, name string) string {
	value, _ := properties[name].(string)
	return value
}
