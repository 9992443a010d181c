package authzen_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/secretsgen/secretsgen/runtime/pep"
)

func TestObligations(t *testing.T) {
	t.Parallel()
	custom := func(properties string) string {
		return `"obligations":[{"id":"1","type":"custom","properties":{"vendor":"secretsgen",` + properties + `}}]`
	}
	refused := func(name string) pep.Obligations { return pep.Obligations{Refused: name} }
	for name, test := range map[string]struct {
		context string
		want    pep.Obligations
	}{
		"none":                       {``, pep.Obligations{}},
		"an empty list":              {`"obligations":[]`, pep.Obligations{}},
		"members of no concern":      {`"reason_user":{"en":"no"},"cerbos.response":{}`, pep.Obligations{}},
		"a time to live":             {`"ttl_seconds":60`, pep.Obligations{TTL: time.Minute}},
		"the longest time to live":   {`"ttl_seconds":2147483647`, pep.Obligations{TTL: 2147483647 * time.Second}},
		"a number of uses":           {`"max_uses":5`, pep.Obligations{MaxUses: 5}},
		"wrapping for a duration":    {`"response_wrap":"1m30s"`, pep.Obligations{ResponseWrap: 90 * time.Second}},
		"wrapping for some seconds":  {`"response_wrap":90`, pep.Obligations{ResponseWrap: 90 * time.Second}},
		"conditions":                 {`"must_revalidate_on":["token","binding","workflow_run","policy_version","secret_version","token"]`, pep.Obligations{MustRevalidateOn: []pep.Revalidate{"binding", "policy_version", "secret_version", "token", "workflow_run"}}},
		"limits of the profile":      {custom(`"action":"grant_limits","ttl_seconds":60,"max_uses":5`), pep.Obligations{TTL: time.Minute, MaxUses: 5}},
		"wrapping of the profile":    {custom(`"action":"response_wrap","response_wrap":"60s"`), pep.Obligations{ResponseWrap: time.Minute}},
		"conditions of the profile":  {custom(`"action":"must_revalidate_on","must_revalidate_on":["token"]`), pep.Obligations{MustRevalidateOn: []pep.Revalidate{"token"}}},
		"limits beside the type":     {`"obligations":[{"id":"1","type":"custom","vendor":"secretsgen","action":"grant_limits","ttl_seconds":60,"max_uses":5}]`, pep.Obligations{TTL: time.Minute, MaxUses: 5}},
		"wrapping beside the type":   {`"obligations":[{"id":"1","type":"custom","vendor":"secretsgen","action":"response_wrap","response_wrap":60}]`, pep.Obligations{ResponseWrap: time.Minute}},
		"the strictest of two forms": {`"ttl_seconds":60,"max_uses":9,"must_revalidate_on":["token"],` + custom(`"action":"grant_limits","ttl_seconds":90,"max_uses":5`), pep.Obligations{TTL: time.Minute, MaxUses: 5, MustRevalidateOn: []pep.Revalidate{"token"}}},

		"a time of zero":               {`"ttl_seconds":0`, refused("ttl_seconds")},
		"a negative time":              {`"ttl_seconds":-1`, refused("ttl_seconds")},
		"a time in quotes":             {`"ttl_seconds":"60"`, refused("ttl_seconds")},
		"a fraction of time":           {`"ttl_seconds":60.5`, refused("ttl_seconds")},
		"a time with a point":          {`"ttl_seconds":60.0`, refused("ttl_seconds")},
		"a time with an exponent":      {`"ttl_seconds":6e1`, refused("ttl_seconds")},
		"a time beyond all use":        {`"ttl_seconds":2147483648`, refused("ttl_seconds")},
		"a time of null":               {`"ttl_seconds":null`, refused("ttl_seconds")},
		"a time in capitals":           {`"TTL_SECONDS":60`, refused("ttl_seconds")},
		"a time, and one in capitals":  {`"ttl_seconds":60,"Ttl_Seconds":1`, refused("ttl_seconds")},
		"no uses":                      {`"max_uses":0`, refused("max_uses")},
		"a list of uses":               {`"max_uses":[5]`, refused("max_uses")},
		"uses in capitals":             {`"Max_Uses":1`, refused("max_uses")},
		"wrapping without a unit":      {`"response_wrap":"60"`, refused("response_wrap")},
		"wrapping for part of seconds": {`"response_wrap":"1500ms"`, refused("response_wrap")},
		"wrapping for no time":         {`"response_wrap":"0s"`, refused("response_wrap")},
		"wrapping for less than none":  {`"response_wrap":"-60s"`, refused("response_wrap")},
		"wrapping that is true":        {`"response_wrap":true`, refused("response_wrap")},
		"conditions that are a string": {`"must_revalidate_on":"token"`, refused("must_revalidate_on")},
		"no conditions":                {`"must_revalidate_on":[]`, refused("must_revalidate_on")},
		"an unknown condition":         {`"must_revalidate_on":["token","` + canaryBody + `"]`, refused("must_revalidate_on")},
		"a condition that is a number": {`"must_revalidate_on":[1]`, refused("must_revalidate_on")},

		"obligations of null":            {`"obligations":null`, refused("obligations")},
		"obligations that are an object": {`"obligations":{}`, refused("obligations")},
		"obligations in capitals":        {`"Obligations":[]`, refused("obligations")},
		"an obligation that is a string": {`"obligations":["custom"]`, refused("obligations")},
		"an obligation without a type":   {`"obligations":[{"id":"1"}]`, refused("obligations")},
		"an unknown type":                {`"obligations":[{"id":"1","type":"step-up","properties":{}}]`, refused("step-up")},
		"a type that is no name":         {`"obligations":[{"type":"a b"}]`, refused("unknown")},
		"a type that is too long":        {`"obligations":[{"type":"` + strings.Repeat("a", 65) + `"}]`, refused("unknown")},
		"another vendor":                 {`"obligations":[{"type":"custom","properties":{"vendor":"other","action":"grant_limits","max_uses":1}}]`, refused("custom")},
		"no properties":                  {`"obligations":[{"type":"custom"}]`, refused("custom")},
		"properties of null":             {`"obligations":[{"type":"custom","properties":null,"vendor":"secretsgen","action":"grant_limits","max_uses":1}]`, refused("custom")},
		"limits in both places":          {`"obligations":[{"type":"custom","max_uses":1,"properties":{"vendor":"secretsgen","action":"grant_limits","max_uses":5}}]`, refused("max_uses")},
		"an unknown limit by the type":   {`"obligations":[{"type":"custom","vendor":"secretsgen","action":"grant_limits","max_uses":5,"per_hour":1}]`, refused("per_hour")},
		"an unknown member":              {`"obligations":[{"type":"custom","level":1,"properties":{"vendor":"secretsgen","action":"grant_limits","max_uses":1}}]`, refused("level")},
		"an unknown action":              {custom(`"action":"redact","field":"x"`), refused("redact")},
		"an action that is no name":      {custom(`"action":"` + canaryBody + ` x"`), refused("unknown")},
		"no action":                      {custom(`"max_uses":1`), refused("unknown")},
		"limits without a limit":         {custom(`"action":"grant_limits"`), refused("grant_limits")},
		"limits with a malformed one":    {custom(`"action":"grant_limits","max_uses":"5"`), refused("max_uses")},
		"limits with an unknown one":     {custom(`"action":"grant_limits","max_uses":5,"per_hour":1`), refused("per_hour")},
		"limits with one in capitals":    {custom(`"action":"grant_limits","max_uses":5,"TTL_seconds":1`), refused("TTL_seconds")},
		"limits with another's property": {custom(`"action":"grant_limits","response_wrap":"60s"`), refused("response_wrap")},
		"the first of two":               {`"obligations":[{"type":"first"},{"type":"second"}]`, refused("first")},
		"one that is fine, one that not": {`"max_uses":5,"obligations":[{"type":"second"}]`, refused("second")},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			decision, err := answering(t, http.StatusOK, nil, `{"decision":true,"context":{`+test.context+`}}`).Decide(t.Context(), request())
			if err != nil || !decision.Permit {
				t.Fatalf("Decide = %+v, %v; want a permit", decision, err)
			}
			if diff := cmp.Diff(test.want, decision.Obligations); diff != "" {
				t.Errorf("obligations (-want +got):\n%s", diff)
			}
		})
	}
}

func TestNamesOfADecision(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("a", 129)
	for name, test := range map[string]struct {
		context, wantID, wantVersion string
	}{
		"are taken over":             {`"id":"d-1","policy_version":"v7"`, "d-1", "v7"},
		"are not numbers":            {`"id":1,"policy_version":2`, "", ""},
		"are not empty":              {`"id":"","policy_version":""`, "", ""},
		"have no space":              {`"id":"a b","policy_version":"a\nb"`, "", ""},
		"are ASCII":                  {`"id":"ä","policy_version":"\u007f"`, "", ""},
		"are short":                  {`"id":"` + long + `","policy_version":"` + long + `"`, "", ""},
		"are as long as they may be": {`"id":"` + long[1:] + `"`, long[1:], ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			decision, err := answering(t, http.StatusOK, nil, `{"decision":false,"context":{`+test.context+`}}`).Decide(t.Context(), request())
			if err != nil {
				t.Fatal(err)
			}
			if test.wantID != "" && decision.ID != test.wantID {
				t.Errorf("id is %q, want %q", decision.ID, test.wantID)
			}
			if test.wantID == "" && len(decision.ID) != 26 {
				t.Errorf("id is %q, want that of the exchange", decision.ID)
			}
			if decision.PolicyVersion != test.wantVersion {
				t.Errorf("policy version is %q, want %q", decision.PolicyVersion, test.wantVersion)
			}
		})
	}
}
