package cedar

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"iter"
	"slices"

	"github.com/cedar-policy/cedar-go"
	"github.com/cedar-policy/cedar-go/types"

	"github.com/secretsgen/secretsgen/runtime/pep"
)

// policies are one version of a policy file, complete and unchanging. They are
// evaluated in the order of the file, so that reasons come out in one order.
type policies struct {
	version string
	list    []named
	limits  map[cedar.PolicyID]pep.Obligations
}

type named struct {
	id     cedar.PolicyID
	policy *cedar.Policy
}

// All implements cedar.PolicyIterator.
func (p *policies) All() iter.Seq2[cedar.PolicyID, *cedar.Policy] {
	return func(yield func(cedar.PolicyID, *cedar.Policy) bool) {
		for _, n := range p.list {
			if !yield(n.id, n.policy) {
				return
			}
		}
	}
}

// parse reads the policies of a file, or returns an [*Error] with everything
// that is wrong with it.
func parse(file string, src []byte) (*policies, error) {
	if problem, found := tooLong(src); found {
		return nil, &Error{File: file, Problems: []Problem{problem}}
	}
	list, err := cedar.NewPolicyListFromBytes(file, src)
	if err != nil {
		return nil, &Error{File: file, Problems: []Problem{syntaxProblem(src, err)}}
	}
	if len(list) == 0 {
		return nil, &Error{File: file, Problems: []Problem{{
			Message: "holds no policy: to deny everything, write forbid (principal, action, resource);",
		}}}
	}
	sum := sha256.Sum256(src)
	l := &loader{
		src:   src,
		names: map[cedar.PolicyID]int{},
		out:   &policies{version: hex.EncodeToString(sum[:8]), limits: map[cedar.PolicyID]pep.Obligations{}},
	}
	for _, policy := range list {
		l.add(policy)
	}
	if len(l.problems) > 0 {
		slices.SortStableFunc(l.problems, func(a, b Problem) int {
			return cmp.Or(cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column))
		})
		return nil, &Error{File: file, Problems: l.problems}
	}
	return l.out, nil
}

// loader collects policies and everything that is wrong with their annotations.
type loader struct {
	src      []byte
	names    map[cedar.PolicyID]int // the line of each name
	out      *policies
	problems []Problem
}

func (l *loader) report(offset int, message string) {
	l.problems = append(l.problems, problemAt(l.src, offset, message))
}

// add names a policy and reads its limits.
func (l *loader) add(policy *cedar.Policy) {
	start := policy.Position().Offset
	values := policy.Annotations()
	id := l.name(start, values)
	var limits pep.Obligations
	for name, offset := range annotations(l.src, start) {
		wrong, known := limit(&limits, name, string(values[types.AnnotationKey(name)]))
		switch {
		case !known && !note(name):
			l.report(offset, fmt.Sprintf("policy %q has the unknown annotation @%.64s: %s", id, name, annotationHint))
		case known && policy.Effect() == cedar.Forbid:
			l.report(offset, fmt.Sprintf("policy %q is a forbid, which grants nothing that @%s could limit: take it away", id, name))
		case wrong != "":
			l.report(offset, fmt.Sprintf("policy %q: @%s %s", id, name, wrong))
		}
	}
	l.out.list = append(l.out.list, named{id, policy})
	l.out.limits[id] = limits
}

// name is the policy's @id, or its place, which is unique too.
func (l *loader) name(start int, values cedar.Annotations) cedar.PolicyID {
	place := problemAt(l.src, start, "")
	id := cedar.PolicyID(fmt.Sprintf("line %d column %d", place.Line, place.Column))
	if name, ok := values["id"]; ok {
		if !printable(string(name)) {
			l.report(start, fmt.Sprintf("@id is not a name of 1 to %d printable bytes", maxName))
			return id
		}
		id = cedar.PolicyID(name)
	}
	if line, taken := l.names[id]; taken {
		l.report(start, fmt.Sprintf("policy %q has the name of the policy on line %d: give it another @id", id, line))
	}
	l.names[id] = place.Line
	return id
}

// annotations yields the names and places of the annotations of the policy that
// starts at offset, in the order of the file.
func annotations(src []byte, offset int) iter.Seq2[string, int] {
	return func(yield func(string, int) bool) {
		at := -1
		for t := range tokens(src, offset) {
			switch text := t.text(src); {
			case text == "@":
				at = t.start
			case at >= 0:
				if !yield(text, at) {
					return
				}
				at = -1
			case text == "permit" || text == "forbid":
				return
			}
		}
	}
}
