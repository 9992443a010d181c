package runtime

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/secretsgen/secretsgen/runtime/audit"
	"github.com/secretsgen/secretsgen/runtime/pep"
	"github.com/secretsgen/secretsgen/runtime/settings"
)

// sinkChoice is one entry of SECRETS_AUDIT with the factory that serves it.
type sinkChoice struct {
	factory  audit.Factory
	argument string
}

// sinks finds a factory for every sink that the settings ask for, once, and for
// those that are there whatever the settings say. "none" asks for nothing.
func (b *builder) sinks() []sinkChoice {
	if problem := audit.CheckPolicy(b.cfg.Audit.Policy); problem != "" {
		b.report("SECRETS_AUDIT_POLICY", problem)
	}
	if b.cfg.Audit.Spool != "" {
		b.report("SECRETS_AUDIT_SPOOL", "is for the policy fail_closed, which is not available: unset it")
	}
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
		if factory.Always {
			choices = append(choices, sinkChoice{factory: factory})
		}
	}
	return choices
}

// missingSink reports an entry of SECRETS_AUDIT that nobody serves. It is told
// by its place and not by its text, which may be the rest of a path.
func (b *builder) missingSink(entry int, name string) {
	setting, detail := "SECRETS_AUDIT", fmt.Sprintf("its entry %d names an audit sink", entry+1)
	if _, set := b.cfg.Settings.Lookup("ENABLE_KAFKA_PRODUCER"); set && name == "kafka" {
		setting, detail = "ENABLE_KAFKA_PRODUCER", "asks for the audit sink kafka"
	}
	detail += " that was not passed to runtime.New: pass its extension, or take it out (a path can't hold a comma)"
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

// openTrail opens the sinks. If one can't be, the others are closed again.
func (b *builder) openTrail(ctx context.Context, choices []sinkChoice) (*audit.Trail, error) {
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
		sinks = append(sinks, sink)
	}
	if err := settings.NewError(problems); err != nil {
		for _, sink := range sinks {
			safely(func() error { return sink.Close(ctx) })
		}
		return nil, err
	}
	return audit.NewTrail(audit.TrailConfig{
		Sinks:           sinks,
		Policy:          b.cfg.Audit.Policy,
		SampleCacheHits: b.cfg.Audit.SampleCacheHits,
		Logger:          b.logger,
	}), nil
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
	_ = k.trail.Record(context.Background(), &audit.Event{Type: what, Effect: effect, Tenant: k.tenant, Code: code})
}
