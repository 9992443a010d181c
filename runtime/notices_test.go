package runtime_test

import (
	"bytes"
	"context"
	"log/slog"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/secretsgen/secretsgen/runtime"
	"github.com/secretsgen/secretsgen/runtime/audit"
	"github.com/secretsgen/secretsgen/runtime/pep"
	"github.com/secretsgen/secretsgen/runtime/providers"
)

// noticing makes a client whose provider can be made to tell.
func noticing(t *testing.T, cfg runtime.Config, ext ...runtime.Extension) (*runtime.Client, providers.Instance) {
	t.Helper()
	s := &stub{}
	var instance providers.Instance
	factory := s.factory()
	factory.Open = func(_ context.Context, in providers.Instance) (providers.Provider, error) {
		instance = in
		in.Tell(providers.LoggedIn) // before there is a trail
		return s, nil
	}
	declared := runtime.Declared([]runtime.Declaration{{Accessor: "a", URI: stubRef}})
	client, err := runtime.New(t.Context(), cfg, append(ext, factory, declared, pep.Extension{PDP: permits{}})...)
	if err != nil {
		t.Fatal(err)
	}
	return client, instance
}

func TestWhatAProviderTellsIsInTheTrailAndInTheLog(t *testing.T) {
	t.Parallel()
	var log bytes.Buffer
	cfg := stubConfig()
	cfg.Logger = slog.New(slog.NewTextHandler(&log, nil))
	sink := &recording{}
	client, in := noticing(t, cfg, sink.factory())
	for _, n := range []providers.Notice{
		providers.BreakerOpened, providers.BreakerProbing, providers.BreakerClosed,
		providers.LoggedIn, providers.LoginFailed, providers.CredentialEnded, "at canary/path",
	} {
		in.Tell(n)
	}
	if err := client.Close(t.Context()); err != nil {
		t.Error(err)
	}
	in.Tell(providers.CredentialEnded) // too late for the trail
	if err := client.Close(t.Context()); err != nil {
		t.Errorf("closing again: %v", err)
	}
	var got []string
	for _, e := range sink.kept() {
		got = append(got, strings.Join([]string{string(e.Type), string(e.Effect), e.Code, e.Provider, e.Tenant, e.Accessor, e.Subject}, " "))
	}
	want := []string{
		"breaker error breaker_open env t  ",
		"breaker error breaker_half_open env t  ",
		"breaker allow breaker_closed env t  ",
		"config allow logged_in env t  ",
		"config error login_failed env t  ",
		"config error credential_ended env t  ",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("events (-want +got):\n%s", diff)
	}
	lines := strings.Split(strings.TrimSpace(log.String()), "\n")
	levels := []string{"WARN", "INFO", "WARN", "WARN", "WARN"}
	if len(lines) != len(levels) || strings.Contains(log.String(), "canary") {
		t.Fatalf("the log says\n%s", log.String())
	}
	for i, level := range levels {
		if !strings.Contains(lines[i], "level="+level) || !strings.Contains(lines[i], "store of env ") {
			t.Errorf("line %d is %s", i, lines[i])
		}
	}
}

// stuck is a sink that takes nothing until it is let go.
type stuck struct{ release chan struct{} }

func (s stuck) Write(context.Context, *audit.Event) error { <-s.release; return nil }
func (s stuck) Close(context.Context) error               { return nil }

func TestTellingNeverWaits(t *testing.T) {
	t.Parallel()
	for policy, lost := range map[string]string{audit.Block: "dropped", audit.FailClosed: "refused"} {
		t.Run(policy, func(t *testing.T) {
			t.Parallel()
			tellManyTimes(t, policy, lost)
		})
	}
}

// tellManyTimes tells more than any queue holds, and so much that to wait for the
// disk each time would be noticed.
func tellManyTimes(t *testing.T, policy, lost string) {
	synctest.Test(t, func(t *testing.T) {
		cfg := stubConfig()
		if cfg.Audit.Policy = policy; policy == audit.FailClosed {
			cfg.Audit.Spool, cfg.Audit.SpoolMaxBytes = t.TempDir(), 1<<20
		}
		sink := stuck{make(chan struct{})}
		client, in := noticing(t, cfg, audit.Factory{
			Name: "stuck", Always: true,
			Open: func(context.Context, audit.Instance, string) (audit.Sink, error) { return sink, nil },
		})
		start := time.Now()
		for range 10_000 {
			in.Tell(providers.LoginFailed)
			in.Tell(providers.BreakerClosed)
		}
		if took := time.Since(start); took != 0 {
			t.Errorf("it waited for %v", took)
		}
		close(sink.release)
		if err := client.Close(t.Context()); err == nil || !strings.Contains(err.Error(), lost) {
			t.Errorf("Close says %v, want the events that were lost", err)
		}
	})
}

// TestTellingDoesNotWaitForTheDisk has a limit on that wait which no disk meets:
// who waits loses the event.
func TestTellingDoesNotWaitForTheDisk(t *testing.T) {
	t.Parallel()
	cfg := stubConfig()
	cfg.Audit.Policy, cfg.Audit.Spool, cfg.Audit.Timeout = audit.FailClosed, t.TempDir(), 1
	sink := &recording{}
	client, in := noticing(t, cfg, sink.factory())
	const notices = 20
	for range notices {
		in.Tell(providers.CredentialEnded)
	}
	if refused := client.AuditStats().Refused; refused != 0 {
		t.Errorf("%d notices waited", refused)
	}
	if err := client.Close(t.Context()); err != nil || len(sink.kept()) != notices {
		t.Errorf("%d events in the sink, want %d: %v", len(sink.kept()), notices, err)
	}
}
