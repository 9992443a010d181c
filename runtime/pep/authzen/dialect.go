package authzen

import (
	"maps"
	"slices"

	"github.com/secretsgen/secretsgen/runtime/pep"
)

// Dialect is what a PDP needs beyond AuthZEN. It is chosen by a setting and
// never guessed from an answer.
type Dialect string

const (
	// DialectNone is AuthZEN as it is written.
	DialectNone Dialect = ""
	// DialectCerbos has a Cerbos server send the outputs of its policies, which
	// it does only if asked to, and takes them for obligations. A permit that
	// comes without Cerbos's own part is then no decision, since its outputs
	// could be missing.
	DialectCerbos Dialect = "cerbos"
)

// DialectValues is what is wrong with any other value.
const DialectValues = "has one known value, cerbos"

// Known reports whether d is one of the constants.
func (d Dialect) Known() bool { return d == DialectNone || d == DialectCerbos }

// dialectContext are the members of a question's context that a dialect adds.
// Cerbos heeds its own for a batch only beside the items.
type dialectContext struct {
	IncludeMeta bool `json:"cerbos.includeMeta,omitempty"`
}

func (d Dialect) context() dialectContext {
	return dialectContext{IncludeMeta: d == DialectCerbos}
}

// properties are those of a resource that a dialect adds. The policies of Cerbos
// see no context, and what the store tells of a secret is about the resource.
func (d Dialect) properties(attributes *resourceAttributes) *resourceAttributes {
	if d != DialectCerbos {
		return nil
	}
	return attributes
}

// cerbosBatch is the largest batch for Cerbos, which takes 50 resources unless
// it is configured otherwise.
const cerbosBatch = 32

// largestBatch is how many questions may go out as one; 0 is no limit.
func (d Dialect) largestBatch() int {
	if d == DialectCerbos {
		return cerbosBatch
	}
	return 0
}

// itemsSent is how many results a batch of questions may bring: Cerbos sends
// those of all items beside each.
func (d Dialect) itemsSent(questions int) int64 {
	if d == DialectCerbos {
		return int64(questions) * int64(questions)
	}
	return int64(questions)
}

// cerbosOutputs is what an output is called that can't be read.
const cerbosOutputs = "cerbos.outputs"

// outputs are the obligations that a permit carries in the dialect's own place:
// for Cerbos the value of every output of its policies on the resource, nil for
// one that failed. Cerbos puts the results of other items of a batch beside it.
// It reports false if there is no such place in the context.
func (d Dialect) outputs(context map[string]any, resource string) (values []any, ok bool) {
	if d != DialectCerbos {
		return nil, true
	}
	response, _ := context["cerbos.response"].(map[string]any)
	results, _ := response["results"].([]any)
	found := false
	for _, item := range results {
		result, _ := item.(map[string]any)
		about, _ := result["resource"].(map[string]any)
		if about["id"] != resource || about["kind"] != resourceType {
			continue
		}
		found = true
		if _, wrong := misspelt(result, "outputs"); wrong {
			return nil, false
		}
		member, present := result["outputs"]
		list, isList := member.([]any)
		if present && !isList {
			return nil, false
		}
		for _, item := range list {
			output, _ := item.(map[string]any)
			value := output["val"]
			if _, failed := output["error"]; failed {
				value = nil
			}
			values = append(values, value)
		}
	}
	return values, found
}

// obligeOutput adds the obligations of one output: an obligation of the
// obligations profile, which has a type, or flat members and nothing else.
func obligeOutput(o *pep.Obligations, output any) (refused string) {
	object, ok := output.(map[string]any)
	if !ok {
		return cerbosOutputs
	}
	if _, item := object["type"]; item {
		return obligeItem(o, object)
	}
	for _, name := range slices.Sorted(maps.Keys(object)) {
		if !slices.Contains(flat(), name) || !oblige(o, name, object[name]) {
			return token(name)
		}
	}
	return ""
}
