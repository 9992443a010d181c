package cedar

import (
	"strconv"
	"strings"
	"time"
	"unicode"

	"github.com/secretsgen/secretsgen/runtime/pep"
)

// maxName is the longest @id, in bytes: it is written into audit events.
const maxName = 128

// annotationHint lists what limit and note know.
const annotationHint = "limits are ttl_seconds, max_uses, response_wrap and must_revalidate_on, notes are id, advice, author, comment, description, owner, reason and ticket"

// limit sets what an annotation says on o. It returns what is wrong with the
// value, or "", and whether there is such a limit.
func limit(o *pep.Obligations, name, value string) (wrong string, known bool) {
	switch name {
	case "ttl_seconds":
		seconds, ok := count(value)
		if !ok {
			return "is not a whole number of seconds from 1", true
		}
		o.TTL = time.Duration(seconds) * time.Second
	case "max_uses":
		uses, ok := count(value)
		if !ok {
			return "is not a whole number from 1", true
		}
		o.MaxUses = uses
	case "response_wrap":
		wrap, err := time.ParseDuration(value)
		if err != nil || wrap < time.Second || wrap%time.Second != 0 {
			return `is not a duration of whole seconds such as "60s"`, true
		}
		o.ResponseWrap = wrap
	case "must_revalidate_on":
		for item := range strings.SplitSeq(value, ",") {
			condition := pep.Revalidate(strings.TrimSpace(item))
			if !conditionKnown(condition) {
				return "is not a list of token, binding, workflow_run, policy_version and secret_version", true
			}
			o.MustRevalidateOn = append(o.MustRevalidateOn, condition)
		}
	default:
		return "", false
	}
	return "", true
}

// count reads a decimal number from 1 to 2147483647, written in one way only.
func count(value string) (int, bool) {
	n, err := strconv.ParseInt(value, 10, 32)
	return int(n), err == nil && n >= 1 && value == strconv.FormatInt(n, 10)
}

func conditionKnown(condition pep.Revalidate) bool {
	switch condition {
	case pep.RevalidateToken, pep.RevalidateBinding, pep.RevalidateWorkflowRun,
		pep.RevalidatePolicyVersion, pep.RevalidateSecretVersion:
		return true
	}
	return false
}

// note reports whether an annotation is for readers and limits nothing.
func note(name string) bool {
	switch name {
	case "id", "advice", "author", "comment", "description", "owner", "reason", "ticket":
		return true
	}
	return false
}

// printable reports whether name can be an @id.
func printable(name string) bool {
	return name != "" && len(name) <= maxName &&
		!strings.ContainsFunc(name, func(r rune) bool { return !unicode.IsPrint(r) })
}
