package caller

import (
	"net/http"
	"strconv"
	"strings"
	"time"
)

// headerPrefix is the family of headers that speak of a caller.
const headerPrefix = "X-Secrets-"

// headerTable is the one table of header names. The doc comment of
// [FromTrustedHeaders] is its readable form, and a test holds the two together.
var headerTable = map[string]func(c *Caller, value string) bool{
	"X-Secrets-Issuer":       text(func(c *Caller) *string { return &c.Issuer }),
	"X-Secrets-Subject":      text(func(c *Caller) *string { return &c.Subject }),
	"X-Secrets-Subject-Type": setType,
	"X-Secrets-Actor":        text(func(c *Caller) *string { return &c.Actor }),
	"X-Secrets-Tenant":       text(func(c *Caller) *string { return &c.Tenant }),
	"X-Secrets-Audience":     setAudience,
	"X-Secrets-Token-Id":     text(func(c *Caller) *string { return &c.TokenID }),
	"X-Secrets-Proof-Id":     text(func(c *Caller) *string { return &c.ProofID }),
	"X-Secrets-Jkt":          text(func(c *Caller) *string { return &c.JKT }),
	"X-Secrets-X5t":          text(func(c *Caller) *string { return &c.X5T }),
	"X-Secrets-Expires":      setExpiry,
	"X-Secrets-Client-Id":    text(func(c *Caller) *string { return &c.ClientID }),
	"X-Correlation-Id":       text(func(c *Caller) *string { return &c.CorrelationID }),
	"X-Workflow-Run-Id":      text(func(c *Caller) *string { return &c.WorkflowRunID }),
	"X-Node-Id":              text(func(c *Caller) *string { return &c.NodeID }),
	"X-System-Id":            text(func(c *Caller) *string { return &c.SystemID }),
}

// FromTrustedHeaders takes the caller out of headers that a service mesh or
// gateway sets after it has authenticated the request. It trusts every one of
// them: use it only where no request can arrive but through that hop, and where
// the hop removes these headers from what the client sent.
//
//	X-Secrets-Subject       Subject, required
//	X-Secrets-Subject-Type  Type: workload or user
//	X-Secrets-Issuer        Issuer
//	X-Secrets-Actor         Actor
//	X-Secrets-Tenant        Tenant
//	X-Secrets-Audience      Audience, separated by commas
//	X-Secrets-Token-Id      TokenID
//	X-Secrets-Proof-Id      ProofID
//	X-Secrets-Jkt           JKT, base64url
//	X-Secrets-X5t           X5T, base64url
//	X-Secrets-Expires       ExpiresAt, in seconds since 1970 (RFC 7519 NumericDate)
//	X-Secrets-Client-Id     ClientID
//	X-Correlation-Id        CorrelationID
//	X-Workflow-Run-Id       WorkflowRunID
//	X-Node-Id               NodeID
//	X-System-Id             SystemID
//
// An empty header is an absent one. A header of the table that comes twice, in
// any spelling of its name, holds a control character or is too long, and an
// X-Secrets header that the table does not know (a slip that would drop a
// binding) are refused with an [Error] that names the header and no content.
func FromTrustedHeaders(h http.Header) (Caller, error) {
	var c Caller
	seen := make(map[string]bool, len(headerTable))
	for name, values := range h {
		canonical := http.CanonicalHeaderKey(name)
		set, known := headerTable[canonical]
		if !known {
			if strings.HasPrefix(canonical, headerPrefix) {
				return Caller{}, &Error{Code: Malformed, Field: "X-Secrets header with an unknown name"}
			}
			continue
		}
		if seen[canonical] || len(values) != 1 || !printable(values[0]) {
			return Caller{}, &Error{Code: Malformed, Field: canonical}
		}
		seen[canonical] = true
		if value := values[0]; value != "" && !set(&c, value) {
			return Caller{}, &Error{Code: Malformed, Field: canonical}
		}
	}
	if fault := check(&c); fault != nil {
		return Caller{}, fault
	}
	return c, nil
}

func text(field func(*Caller) *string) func(*Caller, string) bool {
	return func(c *Caller, value string) bool {
		*field(c) = value
		return true
	}
}

// setType leaves an unknown type to check, which has a code of its own for it.
func setType(c *Caller, value string) bool {
	c.Type = Type(value)
	return true
}

func setAudience(c *Caller, value string) bool {
	for one := range strings.SplitSeq(value, ",") {
		one = strings.Trim(one, " ")
		if one == "" {
			return false
		}
		c.Audience = append(c.Audience, one)
	}
	return true
}

func setExpiry(c *Caller, value string) bool {
	seconds, err := strconv.ParseUint(value, 10, 34) // up to the year 2514
	c.ExpiresAt = time.Unix(int64(seconds), 0)
	return err == nil
}

func printable(s string) bool {
	for i := range len(s) {
		if s[i] < 0x20 || s[i] == 0x7f {
			return false
		}
	}
	return true
}
