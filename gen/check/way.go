package check

import (
	"strings"
	"time"

	"github.com/secretsgen/secretsgen/gen/diag"
	"github.com/secretsgen/secretsgen/gen/model"
	"github.com/secretsgen/secretsgen/runtime/constraint"
)

// way judges what a declaration says of a document on its way from the store: for
// how long it may be kept, and may wait in its wrapping. The bounds are those that
// the runtime holds too.
func (c *checker) way(s *model.Secret) {
	c.lifetime("cache", s.Cache, constraint.CacheTime(), diag.InvalidCache, "write for instance 30s, or remove it")
	c.lifetime("response_wrap", s.ResponseWrap, constraint.WrapTime(), diag.InvalidWrap, "write for instance 60s, or remove it")
	if s.ResponseWrap == nil {
		return
	}
	if s.Cache != nil {
		c.diags.Add(diag.Diagnostic{
			Pos:     s.Cache.Pos,
			Code:    diag.InvalidCache,
			Message: "what travels wrapped is for one read alone, and is never kept",
			Hint:    "remove cache or response_wrap",
			Related: []diag.Related{{Pos: s.ResponseWrap.Pos, Message: "response_wrap"}},
		})
	}
	if !wrappable(s) {
		c.diags.Add(diag.Diagnostic{
			Pos:     s.ResponseWrap.Pos,
			Code:    diag.NotWrappable,
			Message: "nothing is wrapped, as no reference of the secret is read over a network",
			Hint:    "remove response_wrap, or read the secret from a server",
			Related: []diag.Related{{Pos: s.Ref.Pos, Message: "the reference"}},
		})
	}
}

// lifetime fills a literal with its duration.
func (c *checker) lifetime(key string, l *model.Literal, bounds constraint.Rule[time.Duration], code diag.Code, hint string) {
	if l == nil {
		return
	}
	value, rule := constraint.ParseDuration(l.Text)
	if rule == "" {
		rule = bounds.Broken(value)
	}
	if rule != "" {
		c.diags.Add(diag.Diagnostic{Pos: l.Pos, Code: code, Message: key + " " + rule, Hint: hint})
		return
	}
	l.Value = value
}

// wrappable reports whether a reference of the secret may be one to a server. It
// looks at the scheme as it is written, whatever else is wrong. A third party's may
// be one: whether its provider wraps is known when the program starts.
func wrappable(s *model.Secret) bool {
	for _, ref := range s.References() {
		scheme, _, _ := strings.Cut(ref.Text, "://")
		switch strings.ToLower(scheme) {
		case "file", "env", "yaml":
		default:
			return true
		}
	}
	return false
}
