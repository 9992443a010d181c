package runtime

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/secretsgen/secretsgen/runtime/audit"
	"github.com/secretsgen/secretsgen/runtime/pep"
	"github.com/secretsgen/secretsgen/runtime/settings"
	"github.com/secretsgen/secretsgen/runtime/uri"
)

const (
	policySetting = "SECRETS_AUDIT_POLICY"
	spoolSetting  = "SECRETS_AUDIT_SPOOL"
)

// sinkChoice is one entry of SECRETS_AUDIT with the factory that serves it.
type sinkChoice struct {
	factory  audit.Factory
	argument string
}

// sinks finds a factory for every sink that the settings ask for, once, and for
// those that are there whatever the settings say. "none" asks for nothing.
func (b *builder) sinks() []sinkChoice {
	wanted := b.cfg.Audit.Sinks
	if len(wanted) == 0 {
		wanted = []string{"slog"}
	}
	var choices []sinkChoice
	for i, entry := range wanted {
		name, argument, _ := strings.Cut(entry, ":")
		if name == "none" || slices.Contains(wanted[:i], entry) {
			continue
		}
		if at := b.sinkType(name); at >= 0 {
			choices = append(choices, sinkChoice{b.sinkTypes[at], argument})
			continue
		}
		b.missingSink(i, name)
	}
	for _, factory := range b.sinkTypes {
		named := slices.ContainsFunc(choices, func(c sinkChoice) bool { return c.factory.Name == factory.Name })
		if factory.Always && !named {
			choices = append(choices, sinkChoice{factory: factory})
		}
	}
	b.auditPolicy(len(choices) > 0)
	return choices
}

// auditPolicy checks the policy and what goes with it.
func (b *builder) auditPolicy(sinks bool) {
	a := b.cfg.Audit
	if problem := audit.CheckPolicy(a.Policy); problem != "" {
		b.report(policySetting, problem)
	}
	closed := a.Policy == audit.FailClosed
	switch {
	case closed && !sinks:
		b.report(policySetting, "is "+audit.FailClosed+", and there is no sink that could get the events: name one in SECRETS_AUDIT")
	case closed && a.Spool == "":
		b.report(spoolSetting, "is not set, and the policy "+audit.FailClosed+" needs it: name a folder on a local disk")
	case !closed && (a.Spool != "" || a.SpoolMaxBytes != 0):
		b.report(spoolSetting, "and its size are for the policy "+audit.FailClosed+" alone: unset them, or set "+policySetting)
	}
	if a.Queue < 0 {
		b.report("SECRETS_AUDIT_QUEUE", "is negative: leave it at 0 for the default")
	}
	if a.Timeout < 0 {
		b.report("SECRETS_AUDIT_TIMEOUT", "is negative: leave it at 0 for the default")
	}
	if a.SpoolMaxBytes < 0 {
		b.report("SECRETS_AUDIT_SPOOL_MAX_MB", "is negative: leave it at 0 for the default")
	}
}

// missingSink reports an entry of SECRETS_AUDIT that nobody serves. It is told
// by its place and not by its text, which may be the rest of a path.
func (b *builder) missingSink(entry int, name string) {
	setting, detail := "SECRETS_AUDIT", fmt.Sprintf("its entry %d names an audit sink", entry+1)
	if name == "kafka" && settings.NewReader(b.cfg.Settings).Bool("ENABLE_KAFKA_PRODUCER", false) {
		setting, detail = "ENABLE_KAFKA_PRODUCER", "asks for the audit sink kafka"
	}
	extension := "its extension"
	if name == "kafka" {
		extension = "kafka.Sink() of github.com/secretsgen/secretsgen/runtime/audit/kafka"
	}
	detail += " that was not passed to runtime.New: pass " + extension + ", or take it out (a path can't hold a comma)"
	if b.cfg.Development() {
		b.logger.Warn("secretsgen: " + setting + ": " + detail + ": development goes on without it")
		return
	}
	b.report(setting, detail)
}

// sinkType is the index of a sink's factory, or -1.
func (b *builder) sinkType(name string) int {
	return slices.IndexFunc(b.sinkTypes, func(f audit.Factory) bool { return f.Name == name })
}

// openTrail opens the sinks and the spool. If one can't be, the others are closed
// again.
func (b *builder) openTrail(ctx context.Context, choices []sinkChoice, salt uri.Salt) (*audit.Trail, error) {
	var (
		in       = audit.Instance{Settings: b.cfg.Settings, Development: b.cfg.Development(), Logger: b.logger}
		sinks    []audit.Sink
		problems []settings.Problem
	)
	for _, choice := range choices {
		sink, unopened := choice.open(ctx, in)
		if len(unopened) > 0 {
			problems = append(problems, unopened...)
			continue
		}
		sinks = append(sinks, audit.Named(choice.name(), sink))
	}
	spool, err := b.openSpool()
	if config, ok := errors.AsType[*settings.Error](err); ok {
		problems = append(problems, config.Problems...)
	}
	if err := settings.NewError(problems); err != nil {
		for _, sink := range sinks {
			safely(func() error { return sink.Close(ctx) })
		}
		if spool != nil {
			_ = spool.Close()
		}
		return nil, err
	}
	cfg := audit.TrailConfig{
		Sinks:           sinks,
		Policy:          b.cfg.Audit.Policy,
		Queue:           b.cfg.Audit.Queue,
		Timeout:         b.cfg.Audit.Timeout,
		Spool:           spool,
		SampleCacheHits: b.cfg.Audit.SampleCacheHits,
		Tenant:          b.cfg.TenantID,
		Logger:          b.logger,
	}
	if b.cfg.Audit.HashSubject {
		cfg.HashSubject = salt.Subject
	}
	return audit.NewTrail(cfg), nil
}

// openSpool opens the spool of fail_closed; there is none under other policies.
func (b *builder) openSpool() (*audit.Spool, error) {
	if b.cfg.Audit.Policy != audit.FailClosed {
		return nil, nil
	}
	return audit.OpenSpool(audit.SpoolConfig{Dir: b.cfg.Audit.Spool, MaxBytes: b.cfg.Audit.SpoolMaxBytes})
}

// name is how the trail knows the sink. The spool keeps by it what the sink has
// got; an argument, which may be a path, is in it as a digest.
func (c sinkChoice) name() string {
	if c.argument == "" {
		return c.factory.Name
	}
	sum := sha256.Sum256([]byte(c.argument))
	return c.factory.Name + "-" + hex.EncodeToString(sum[:4])
}

func (c sinkChoice) open(ctx context.Context, in audit.Instance) (audit.Sink, []settings.Problem) {
	var sink audit.Sink
	var err error
	made := safely(func() error {
		sink, err = c.factory.Open(ctx, in, c.argument)
		return err
	})
	if made && sink != nil {
		return sink, nil
	}
	if config, ok := errors.AsType[*settings.Error](err); ok {
		return nil, config.Problems
	}
	return nil, []settings.Problem{{Name: "SECRETS_AUDIT", Detail: "the sink " + c.factory.Name + " could not be opened"}}
}

// breakerAudit puts changes of the PDP's circuit breaker into the trail.
type breakerAudit struct{ core *core }

// OnBreaker implements pep.BreakerHook.
func (h breakerAudit) OnBreaker(from, to string) {
	effect := audit.Error
	if to == "closed" {
		effect = audit.Allow
	}
	h.core.recordOwn(audit.Breaker, effect, from+"_to_"+to)
}

var _ pep.BreakerHook = breakerAudit{}

// recordChange records that something which decides was read again, or could
// not be.
func (k *core) recordChange(effect audit.Effect, code string) {
	k.recordOwn(audit.Config, effect, code)
}

// recordOwn records what belongs to no read.
func (k *core) recordOwn(what audit.Type, effect audit.Effect, code string) {
	k.trail.Note(&audit.Event{Type: what, Effect: effect, Tenant: k.tenant, Code: code})
}
