package authzen

import (
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/secretsgen/secretsgen/runtime/internal/freshness"
)

// endpoints are where questions go.
type endpoints struct {
	single string
	batch  string // empty: the PDP has no endpoint for many questions at once
}

// Discovery says whether the PDP's metadata is looked for (AuthZEN section 9).
type Discovery string

const (
	// DiscoveryAuto uses the metadata of a PDP that publishes it, and the
	// standard endpoints of one that does not. The empty string means the same.
	DiscoveryAuto Discovery = "auto"
	// DiscoveryRequired asks nothing before there is metadata.
	DiscoveryRequired Discovery = "required"
	// DiscoveryOff never looks.
	DiscoveryOff Discovery = "off"
)

// DiscoveryValues is what is wrong with any other value.
const DiscoveryValues = "is none of auto, required and off"

// Known reports whether d is one of the constants, or empty.
func (d Discovery) Known() bool {
	return d == "" || d == DiscoveryAuto || d == DiscoveryRequired || d == DiscoveryOff
}

// wellKnown is inserted between host and path (AuthZEN section 9.2).
const wellKnown = "/.well-known/authzen-configuration"

// metadataURL is where the PDP with that base URL publishes its metadata.
func metadataURL(base *url.URL) string {
	at := *base
	at.Path = wellKnown + strings.TrimRight(base.Path, "/")
	return at.String()
}

func standardEndpoints(base *url.URL) endpoints {
	return endpoints{
		single: base.JoinPath("access/v1/evaluation").String(),
		batch:  base.JoinPath("access/v1/evaluations").String(),
	}
}

// The members of the metadata that are read. Others are ignored (AuthZEN
// section 9.1), signed_metadata included: no keys are configured to verify it.
const (
	memberPDP    = "policy_decision_point"
	memberSingle = "access_evaluation_endpoint"
	memberBatch  = "access_evaluations_endpoint"
)

// endpointsOf reads metadata of the PDP with that identifier, or returns why it
// must not be used. The identifier is compared byte for byte, so that one PDP
// can't stand in for another (AuthZEN section 9.2.3), and an endpoint elsewhere
// would get the questions and the credential.
func endpointsOf(document []byte, identifier string, base *url.URL) (found endpoints, problem string) {
	object, ok := strictObject(document)
	if !ok {
		return endpoints{}, "is no strict JSON object"
	}
	if name, wrong := misspelt(object, memberPDP, memberSingle, memberBatch); wrong {
		return endpoints{}, "has " + name + " in another case"
	}
	if object[memberPDP] != identifier {
		return endpoints{}, "names another " + memberPDP + " than SECRETS_PDP_URL"
	}
	for _, e := range []struct {
		member   string
		required bool
		target   *string
	}{
		{memberSingle, true, &found.single},
		{memberBatch, false, &found.batch},
	} {
		member, present := object[e.member]
		if !present && !e.required {
			continue
		}
		text, _ := member.(string)
		endpoint, wrong := parseBase(text)
		switch {
		case wrong != "":
			return endpoints{}, "has no https URL as " + e.member
		case origin(endpoint) != origin(base):
			return endpoints{}, "has an " + e.member + " on another host than SECRETS_PDP_URL"
		}
		*e.target = endpoint.String()
	}
	return found, ""
}

// origin is the scheme, host and port of a URL (RFC 6454).
func origin(u *url.URL) string {
	port := u.Port()
	if port == "" {
		port = map[string]string{"http": "80", "https": "443"}[u.Scheme]
	}
	return u.Scheme + "://" + strings.ToLower(u.Hostname()) + ":" + port
}

// How long metadata is good for: what its Cache-Control says, within bounds.
const (
	minLifetime     = time.Minute
	defaultLifetime = time.Hour
	maxLifetime     = 24 * time.Hour
)

func lifetimeOf(header http.Header) time.Duration {
	return freshness.Limits{Least: minLifetime, Default: defaultLifetime, Most: maxLifetime}.Of(header)
}
