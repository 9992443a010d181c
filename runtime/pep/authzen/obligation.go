package authzen

import (
	"encoding/json"
	"maps"
	"slices"
	"strconv"
	"time"

	"github.com/secretsgen/secretsgen/runtime/pep"
)

// The obligations of a permit, as members of its context.
const (
	ttlSeconds       = "ttl_seconds"
	maxUses          = "max_uses"
	responseWrap     = "response_wrap"
	mustRevalidateOn = "must_revalidate_on"
	obligations      = "obligations"
)

// obligationsOf reads every obligation of a permit: the members of its context
// and what the dialect has found elsewhere. The first that is not understood is
// refused by name, and nothing else is then worth knowing.
func obligationsOf(context map[string]any, outputs []any) pep.Obligations {
	var o pep.Obligations
	refused := obligeContext(&o, context)
	for _, output := range outputs {
		if refused == "" {
			refused = obligeOutput(&o, output)
		}
	}
	if refused != "" {
		return pep.Obligations{Refused: refused}
	}
	slices.Sort(o.MustRevalidateOn)
	o.MustRevalidateOn = slices.Compact(o.MustRevalidateOn)
	return o
}

// flat are the members of a context that are obligations of their own.
func flat() []string { return []string{ttlSeconds, maxUses, responseWrap, mustRevalidateOn} }

func obligeContext(o *pep.Obligations, context map[string]any) (refused string) {
	if name, found := misspelt(context, append(flat(), obligations)...); found {
		return name
	}
	for _, name := range flat() {
		if value, present := context[name]; present && !oblige(o, name, value) {
			return name
		}
	}
	member, present := context[obligations]
	list, ok := member.([]any)
	if present && !ok {
		return obligations
	}
	for _, item := range list {
		if refused := obligeItem(o, item); refused != "" {
			return refused
		}
	}
	return ""
}

// obligeItem adds one obligation of the obligations profile, or returns the
// name by which to refuse it. Revisions of the draft differ in whether the
// members of a custom obligation stand in the object or in its properties.
func obligeItem(o *pep.Obligations, item any) (refused string) {
	object, _ := item.(map[string]any)
	kind, _ := object["type"].(string)
	switch kind {
	case "":
		return obligations
	case typeCustom:
	default:
		return token(kind)
	}
	properties, nested := object["properties"].(map[string]any)
	if _, present := object["properties"]; !present {
		properties = maps.Clone(object)
		delete(properties, "id")
		delete(properties, "type")
	}
	if properties["vendor"] != "secretsgen" {
		return typeCustom
	}
	for _, member := range slices.Sorted(maps.Keys(object)) {
		if nested && member != "id" && member != "type" && member != "properties" {
			return token(member)
		}
	}
	return obligeAction(o, properties)
}

// obligeAction adds what an obligation of ours asks for.
func obligeAction(o *pep.Obligations, properties map[string]any) (refused string) {
	action, _ := properties["action"].(string)
	limits, known := propertiesOf(action)
	if !known {
		return token(action)
	}
	found := false
	for _, name := range slices.Sorted(maps.Keys(properties)) {
		switch {
		case name == "vendor" || name == "action":
		case !slices.Contains(limits, name) || !oblige(o, name, properties[name]):
			return token(name)
		default:
			found = true
		}
	}
	if !found {
		return action
	}
	return ""
}

// propertiesOf is what an action of ours may carry.
func propertiesOf(action string) (limits []string, known bool) {
	switch action {
	case "grant_limits":
		return []string{ttlSeconds, maxUses}, true
	case responseWrap, mustRevalidateOn:
		return []string{action}, true
	}
	return nil, false
}

// oblige tightens o by one obligation and reports false if the value is malformed.
func oblige(o *pep.Obligations, name string, value any) bool {
	ok := false
	switch name {
	case ttlSeconds:
		var seconds int
		seconds, ok = count(value)
		o.TTL = smaller(o.TTL, time.Duration(seconds)*time.Second)
	case maxUses:
		var uses int
		uses, ok = count(value)
		o.MaxUses = smaller(o.MaxUses, uses)
	case responseWrap:
		var wrap time.Duration
		wrap, ok = wholeSeconds(value)
		o.ResponseWrap = smaller(o.ResponseWrap, wrap)
	case mustRevalidateOn:
		var conditions []pep.Revalidate
		conditions, ok = conditionsOf(value)
		o.MustRevalidateOn = append(o.MustRevalidateOn, conditions...)
	}
	return ok
}

// count reads a whole number from 1 to 2147483647 in plain digits.
func count(value any) (int, bool) {
	number, ok := value.(json.Number)
	n, err := strconv.ParseInt(number.String(), 10, 32)
	return int(n), ok && err == nil && n >= 1
}

func wholeSeconds(value any) (time.Duration, bool) {
	if text, ok := value.(string); ok {
		d, err := time.ParseDuration(text)
		return d, err == nil && d >= time.Second && d%time.Second == 0
	}
	seconds, ok := count(value)
	return time.Duration(seconds) * time.Second, ok
}

func conditionsOf(value any) ([]pep.Revalidate, bool) {
	list, _ := value.([]any)
	conditions := make([]pep.Revalidate, 0, len(list))
	for _, item := range list {
		text, _ := item.(string)
		switch condition := pep.Revalidate(text); condition {
		case pep.RevalidateToken, pep.RevalidateBinding, pep.RevalidateWorkflowRun,
			pep.RevalidatePolicyVersion, pep.RevalidateSecretVersion:
			conditions = append(conditions, condition)
		default:
			return nil, false
		}
	}
	return conditions, len(conditions) > 0
}

// smaller takes 0 for "not set".
func smaller[T ~int | ~int64](a, b T) T {
	if a == 0 || b != 0 && b < a {
		return b
	}
	return a
}

// token lets through what looks like the name of an obligation and nothing that
// could stand in its place.
func token(name string) string {
	for _, c := range []byte(name) {
		switch {
		case 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z', '0' <= c && c <= '9', c == '_', c == '-', c == '.':
		default:
			return "unknown"
		}
	}
	if name == "" || len(name) > 64 {
		return "unknown"
	}
	return name
}
