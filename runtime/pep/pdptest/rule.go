package pdptest

import (
	"strings"

	"github.com/secretsgen/secretsgen/runtime/pep"
)

// Rule permits or denies. The first rule that matches decides; where none does,
// the answer is a denial.
type Rule struct {
	Subject string // id of the subject; empty matches any
	Action  string // name of the action; empty matches any
	// Resource is the id of the resource, which is the canonical URI of a
	// secret, or "…/*" for all below a path; empty matches any.
	Resource string

	Permit bool
	// Obligations go with a permit. Refused, if it is set, is sent as the name
	// of an obligation that no client understands.
	Obligations pep.Obligations
}

func (r Rule) matches(req pep.Request) bool {
	return (r.Subject == "" || r.Subject == req.Subject.ID) &&
		(r.Action == "" || r.Action == req.Action) &&
		(r.Resource == "" || r.Resource == req.Resource.ID || r.above(req.Resource.ID))
}

func (r Rule) above(resource string) bool {
	path, wildcard := strings.CutSuffix(r.Resource, "*")
	return wildcard && strings.HasSuffix(path, "/") && strings.HasPrefix(resource, path)
}

func decideBy(rules []Rule, req pep.Request) pep.Decision {
	for _, rule := range rules {
		if rule.matches(req) {
			return pep.Decision{Permit: rule.Permit, Obligations: rule.Obligations}
		}
	}
	return pep.Decision{}
}
