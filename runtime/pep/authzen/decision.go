package authzen

import (
	"encoding/json"
	"strconv"

	"github.com/secretsgen/secretsgen/runtime/pep"
)

// decisionOf reads a decision (AuthZEN section 5.5) about a resource or says why
// it is none. The id stands in where the PDP has given the decision none.
func (c *Client) decisionOf(object map[string]any, resource, id string) (pep.Decision, pep.Reason) {
	if _, found := misspelt(object, "decision", "context"); found {
		return pep.Decision{}, pep.ReasonMalformed
	}
	permit, ok := object["decision"].(bool)
	if !ok {
		return pep.Decision{}, pep.ReasonMalformed
	}
	var context map[string]any
	if member, present := object["context"]; present {
		if context, ok = member.(map[string]any); !ok {
			return pep.Decision{}, pep.ReasonMalformed
		}
	}
	if _, found := misspelt(context, "error"); found {
		return pep.Decision{}, pep.ReasonMalformed
	}
	if failure, present := context["error"]; present {
		return pep.Decision{}, itemReason(permit, failure)
	}
	decision := pep.Decision{Permit: permit, ID: id}
	if own, ok := context["id"].(string); ok && plain(own) {
		decision.ID = own
	}
	if version, ok := context["policy_version"].(string); ok && plain(version) {
		decision.PolicyVersion = version
	}
	if permit {
		outputs, ok := c.dialect.outputs(context, resource)
		if !ok {
			return pep.Decision{}, pep.ReasonMalformed
		}
		decision.Obligations = obligationsOf(context, outputs)
	}
	return decision, ""
}

// itemReason is why an item of a batch could not be decided (AuthZEN section
// 7.2.1). An error beside a permit contradicts itself.
func itemReason(permit bool, failure any) pep.Reason {
	object, _ := failure.(map[string]any)
	number, _ := object["status"].(json.Number)
	status, err := strconv.ParseUint(number.String(), 10, 16)
	if permit || err != nil || status < 300 {
		return pep.ReasonMalformed
	}
	return statusReason(int(status))
}

// evaluationsOf reads the items of a batch. A top-level decision beside them is
// ignored (AuthZEN section 7.2); one without them is no answer to a batch.
func evaluationsOf(answer []byte) ([]any, bool) {
	object, ok := strictObject(answer)
	if !ok {
		return nil, false
	}
	if _, found := misspelt(object, "evaluations"); found {
		return nil, false
	}
	items, ok := object["evaluations"].([]any)
	return items, ok
}

// plain reports whether a text of the PDP is fit to be an id in an audit event:
// 1 to 128 visible ASCII characters.
func plain(text string) bool {
	for _, c := range []byte(text) {
		if c <= ' ' || c > '~' {
			return false
		}
	}
	return text != "" && len(text) <= 128
}
