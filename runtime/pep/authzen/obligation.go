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

// obligationsOf reads every obligation of a permit. The first that is not
// understood is refused by name, and nothing else is then worth knowing.
func obligationsOf(context map[string]any) pep.Obligations {
	var o pep.Obligations
	if name, found := misspelt(context, ttlSeconds, maxUses, responseWrap, mustRevalidateOn, obligations); found {
		return pep.Obligations{Refused: name}
	}
	for _, name := range []string{ttlSeconds, maxUses, responseWrap, mustRevalidateOn} {
		if value, present := context[name]; present && !oblige(&o, name, value) {
			return pep.Obligations{Refused: name}
		}
	}
	if member, present := context[obligations]; present {
		list, ok := member.([]any)
		if !ok {
			return pep.Obligations{Refused: obligations}
		}
		for _, item := range list {
			if refused := obligeItem(&o, item); refused != "" {
				return pep.Obligations{Refused: refused}
			}
		}
	}
	slices.Sort(o.MustRevalidateOn)
	o.MustRevalidateOn = slices.Compact(o.MustRevalidateOn)
	return o
}

// obligeItem adds one obligation of the obligations profile, or returns the
// name by which to refuse it.
func obligeItem(o *pep.Obligations, item any) (refused string) {
	object, _ := item.(map[string]any)
	kind, _ := object["type"].(string)
	properties, _ := object["properties"].(map[string]any)
	action, _ := properties["action"].(string)
	switch {
	case kind == "":
		return obligations
	case kind != "custom":
		return token(kind)
	case properties["vendor"] != "secretsgen":
		return "custom"
	}
	for _, member := range slices.Sorted(maps.Keys(object)) {
		if member != "id" && member != "type" && member != "properties" {
			return token(member)
		}
	}
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
