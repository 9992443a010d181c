package runtime

import (
	"context"
	"errors"

	"github.com/secretsgen/secretsgen/runtime/audit"
	"github.com/secretsgen/secretsgen/runtime/pep"
	"github.com/secretsgen/secretsgen/runtime/pep/authzen"
	"github.com/secretsgen/secretsgen/runtime/pep/cedar"
)

// pdpSetting is named where nothing decides.
const pdpSetting = "SECRETS_PDP_URL"

// pdp chooses who decides. There is no default: without a PDP a client does
// not start, and with two nobody could tell which one had the say. Without one
// the reason is reported. What the PDP does later reaches the trail of k.
func (b *builder) pdp(k *core) pep.PDP {
	c := b.cfg.PDP
	var chosen []string
	for _, option := range []struct {
		name string
		set  bool
	}{
		{pdpSetting, c.URL != ""},
		{"SECRETS_POLICY_FILE", c.PolicyFile != ""},
		{"SECRETS_PDP", c.InsecureAllowAll},
		{"the PDP passed to runtime.New", b.enforcement.PDP != nil},
	} {
		if option.set {
			chosen = append(chosen, option.name)
		}
	}
	switch {
	case len(chosen) == 0:
		b.report(pdpSetting, "is not set, and nothing else decides: set it to an AuthZEN PDP, or SECRETS_POLICY_FILE to a file of Cedar policies, or, in development, SECRETS_PDP="+allowAll)
		return nil
	case len(chosen) > 1:
		b.report(chosen[1], "is a second PDP beside "+chosen[0]+": keep one")
		return nil
	}
	switch {
	case c.URL != "":
		return b.authzen(k)
	case c.PolicyFile != "":
		return b.cedar(k)
	case c.InsecureAllowAll:
		if !b.cfg.Development() {
			b.report("SECRETS_PDP", "would let everybody read everything: it is refused unless ENVIRONMENT is dev or test")
		}
		b.logger.Warn("secretsgen: SECRETS_PDP=" + allowAll + " lets everybody read everything")
		return insecureAllowAll{}
	}
	return b.enforcement.PDP
}

// insecureAllowAll permits everything. It exists for development, under the
// name that switches it on.
type insecureAllowAll struct{}

// Decide implements [pep.PDP].
func (insecureAllowAll) Decide(context.Context, pep.Request) (pep.Decision, error) {
	return pep.Decision{Permit: true, ID: allowAll, PolicyVersion: allowAll}, nil
}

// cedar loads the policies. What is wrong with them is told by line and
// column, each as a problem of its own.
func (b *builder) cedar(k *core) pep.PDP {
	const setting = "SECRETS_POLICY_FILE"
	pdp, err := cedar.Open(b.cfg.PDP.PolicyFile, cedar.OnReload(func(err error) {
		if err != nil {
			k.logger.Warn("secretsgen: "+setting+" has changed and is broken: the policies that were in force stay", "err", err)
			k.recordChange(audit.Error, "policies_broken")
			return
		}
		k.logger.Info("secretsgen: " + setting + " was read again")
		k.recordChange(audit.Allow, "policies_reloaded")
	}))
	if err == nil {
		return pdp
	}
	failure, ok := errors.AsType[*cedar.Error](err)
	if !ok {
		b.report(setting, "could not be loaded")
		return nil
	}
	for _, p := range failure.Problems {
		one := cedar.Error{File: failure.File, Problems: []cedar.Problem{p}}
		b.report(setting, one.Error())
	}
	return nil
}

// authzen makes the client of the PDP, which is asked on the first read.
func (b *builder) authzen(k *core) pep.PDP {
	pdp, err := authzen.New(authzen.Config{
		BaseURL:     b.cfg.PDP.URL,
		Token:       b.cfg.PDP.Token,
		TokenFile:   b.cfg.PDP.TokenFile,
		CAFile:      b.cfg.PDP.CAFile,
		CertFile:    b.cfg.PDP.CertFile,
		KeyFile:     b.cfg.PDP.KeyFile,
		Discovery:   authzen.Discovery(b.cfg.PDP.Discovery),
		Dialect:     authzen.Dialect(b.cfg.PDP.Dialect),
		Timeout:     b.cfg.PDP.Timeout,
		Development: b.cfg.Development(),
		OnDiscovery: func(problem string) {
			if problem != "" {
				k.logger.Warn("secretsgen: the metadata of the PDP " + problem + ": it is not used")
				return
			}
			k.logger.Info("secretsgen: the metadata of the PDP is in order again")
		},
	})
	if err == nil {
		k.closePDP = pdp.Close
		return pdp
	}
	if failure, ok := errors.AsType[*ConfigError](err); ok {
		b.problems = append(b.problems, failure.Problems...)
	} else {
		b.report(pdpSetting, "could not be used")
	}
	return nil
}
