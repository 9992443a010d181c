package cedar

import (
	"strings"

	"github.com/cedar-policy/cedar-go"

	"github.com/secretsgen/secretsgen/runtime/pep"
)

// entities are the two entities of one question. It implements
// cedar.EntityGetter.
type entities struct{ subject, secret cedar.Entity }

func (e *entities) Get(uid cedar.EntityUID) (cedar.Entity, bool) {
	switch uid {
	case e.subject.UID:
		return e.subject, true
	case e.secret.UID:
		return e.secret, true
	}
	return cedar.Entity{}, false
}

// question puts a request into the terms of DESIGN section 5.
func question(req pep.Request) (cedar.Request, *entities) {
	e := &entities{
		subject: cedar.Entity{
			UID:        cedar.NewEntityUID("Subject", cedar.String(req.Subject.ID)),
			Attributes: subjectAttributes(req.Subject),
		},
		secret: cedar.Entity{
			UID:        cedar.NewEntityUID("Secret", cedar.String(req.Resource.ID)),
			Parents:    cedar.NewEntityUIDSet(parents(req.Resource)...),
			Attributes: resourceAttributes(req.Resource),
		},
	}
	return cedar.Request{
		Principal: e.subject.UID,
		Action:    cedar.NewEntityUID("Action", cedar.String(req.Action)),
		Resource:  e.secret.UID,
		Context:   contextRecord(req.Context),
	}, e
}

// parents are the mount of a secret, its path, and every path above. Cedar
// follows no further: a path has no entity of its own.
func parents(r pep.Resource) []cedar.EntityUID {
	mount := r.Provider
	if r.Engine != "" {
		mount += "+" + r.Engine
	}
	mount += "://" + r.Mount
	uids := []cedar.EntityUID{cedar.NewEntityUID("Mount", cedar.String(mount))}
	path := mount
	for segment := range strings.SplitSeq(r.Path, "/") {
		path += "/" + segment
		uids = append(uids, cedar.NewEntityUID("Path", cedar.String(path)))
	}
	return uids
}

func subjectAttributes(s pep.Subject) cedar.Record {
	attributes := attributes{}
	attributes.text("type", s.Type)
	attributes.text("issuer", s.Issuer)
	attributes.text("client_id", s.ClientID)
	attributes.text("actor", s.Actor)
	attributes.text("tenant_id", s.TenantID)
	attributes.text("binding", s.Binding)
	if len(s.Audience) > 0 {
		audience := make([]cedar.Value, len(s.Audience))
		for i, a := range s.Audience {
			audience[i] = cedar.String(a)
		}
		attributes["audience"] = cedar.NewSet(audience...)
	}
	return cedar.NewRecord(cedar.RecordMap(attributes))
}

func resourceAttributes(r pep.Resource) cedar.Record {
	attributes := attributes{}
	attributes.text("tenant_id", r.TenantID)
	attributes.text("provider", r.Provider)
	attributes.text("engine", r.Engine)
	attributes.text("mount", r.Mount)
	attributes.text("path", r.Path)
	attributes.text("key", r.Key)
	attributes.text("accessor", r.Accessor)
	if r.Version > 0 {
		attributes["version"] = cedar.Long(r.Version)
	}
	return cedar.NewRecord(cedar.RecordMap(attributes))
}

func contextRecord(c pep.Context) cedar.Record {
	attributes := attributes{}
	attributes.text("token_jti", c.TokenJTI)
	attributes.text("correlation_id", c.CorrelationID)
	attributes.text("workflow_run_id", c.WorkflowRunID)
	attributes.text("node_id", c.NodeID)
	attributes.text("system_id", c.SystemID)
	if told := c.ResourceAttributes; told != nil {
		attributes["resource_attributes"] = storeAttributes(*told)
	}
	return cedar.NewRecord(cedar.RecordMap(attributes))
}

// storeAttributes are what the store of a secret tells about it.
func storeAttributes(a pep.ResourceAttributes) cedar.Record {
	attributes := attributes{}
	attributes.text("owner", a.Owner)
	attributes.text("created_by", a.CreatedBy)
	attributes.text("created_at", a.CreatedAt)
	return cedar.NewRecord(cedar.RecordMap(attributes))
}

type attributes cedar.RecordMap

// text sets an attribute unless the value is empty.
func (a attributes) text(name cedar.String, value string) {
	if value != "" {
		a[name] = cedar.String(value)
	}
}
