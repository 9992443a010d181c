package pep

// Request is one question to a PDP, in the shape of the OpenID AuthZEN
// Authorization API 1.0, section 5; DESIGN section 5 fixes the mapping. It
// names secrets and carries no value.
type Request struct {
	Subject  Subject
	Action   string // "execute"
	Resource Resource
	Context  Context
}

// ActionExecute is the action of every read.
const ActionExecute = "execute"

// Subject is who asks.
type Subject struct {
	Type     string // workload or user
	ID       string
	Issuer   string
	ClientID string
	Actor    string
	TenantID string
	Audience []string
	Binding  string // "jkt:…", "x5t:…", both joined by "+", or empty
}

// Resource is the secret that is asked for; its id is the canonical URI.
type Resource struct {
	ID       string
	TenantID string
	Provider string
	Engine   string
	Mount    string
	Path     string
	Key      string
	Version  int // 0: latest, absent on the wire
	Accessor string
}

// Context is what changes from request to request. Grants do not depend on it
// unless an obligation says so.
type Context struct {
	TokenJTI      string
	CorrelationID string
	WorkflowRunID string
	NodeID        string
	SystemID      string

	// ResourceAttributes are there, and possibly empty, where [Config.Attributes]
	// is; a nil pointer is absent on the wire.
	ResourceAttributes *ResourceAttributes
}

// ResourceAttributes are what the store of a secret tells about its document
// beside the value: three entries of its custom metadata, as they stand there. One
// that is not there is empty, and absent on the wire.
type ResourceAttributes struct {
	Owner     string
	CreatedBy string
	CreatedAt string
}
