package otelsecrets_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.opentelemetry.io/otel/baggage"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"
	"go.opentelemetry.io/otel/trace"

	"github.com/secretsgen/secretsgen/runtime"
	"github.com/secretsgen/secretsgen/runtime/caller"
	"github.com/secretsgen/secretsgen/runtime/decode"
	"github.com/secretsgen/secretsgen/runtime/pep"
	"github.com/secretsgen/secretsgen/runtime/providers"
)

// shown is a span as far as a table can name it: the resource_ref left out.
func shown(s *tracetest.SpanStub, parents map[trace.SpanID]string) string {
	var attrs []string
	for _, kv := range s.Attributes {
		if kv.Key != "secrets.resource_ref" {
			attrs = append(attrs, strings.TrimPrefix(string(kv.Key), "secrets.")+"="+kv.Value.String())
		}
	}
	slices.Sort(attrs)
	status := ""
	if s.Status.Code == codes.Error {
		status = " !" + s.Status.Description
	}
	return fmt.Sprintf("%s < %s, %s, %s%s", s.Name, parents[s.Parent.SpanID()], s.SpanKind, strings.Join(attrs, " "), status)
}

func (e *telemetry) shown() (all []string) {
	parents := map[trace.SpanID]string{}
	stubs := e.spans.GetSpans()
	for i := range stubs {
		parents[stubs[i].SpanContext.SpanID()] = stubs[i].Name
	}
	for i := range stubs {
		all = append(all, shown(&stubs[i], parents))
	}
	e.spans.Reset()
	return all
}

func TestSpansOfAReadAndOfEachWayThatItFails(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		decision pep.Decision
		err      error
		failure  error
		before   int // reads
		want     []string
	}{
		"a permit that is asked for": {
			decision: permit(1),
			want: []string{
				"secrets.decide < secrets.resolve, client, accessor=api.token effect=allow",
				"secrets.read < secrets.resolve, client, accessor=api.token effect=allow kv_version=3 provider=openbao+kv2",
				"secrets.resolve < , internal, accessor=api.token effect=allow grant_cached=false kv_version=3 provider=openbao+kv2 value_cached=false",
			},
		},
		"a grant that was live": {
			decision: permit(2),
			before:   1,
			want: []string{
				"secrets.read < secrets.resolve, client, accessor=api.token effect=allow kv_version=3 provider=openbao+kv2",
				"secrets.resolve < , internal, accessor=api.token effect=allow grant_cached=true kv_version=3 provider=openbao+kv2 value_cached=false",
			},
		},
		"a denial, by a PDP that has done what it is for": {
			want: []string{
				"secrets.decide < secrets.resolve, client, accessor=api.token code=policy effect=deny",
				"secrets.resolve < , internal, accessor=api.token code=policy effect=deny grant_cached=false provider=openbao+kv2 value_cached=false !policy",
			},
		},
		"a PDP that fails": {
			err: errPDP,
			want: []string{
				"secrets.decide < secrets.resolve, client, accessor=api.token code=pdp_unavailable effect=error !pdp_unavailable",
				"secrets.resolve < , internal, accessor=api.token code=pdp_unavailable effect=error grant_cached=false provider=openbao+kv2 value_cached=false !pdp_unavailable",
			},
		},
		"a provider that fails": {
			decision: permit(1),
			failure:  &providers.ProviderError{Code: providers.Throttled},
			want: []string{
				"secrets.decide < secrets.resolve, client, accessor=api.token effect=allow",
				"secrets.read < secrets.resolve, client, accessor=api.token code=provider_throttled effect=error provider=openbao+kv2 !provider_throttled",
				"secrets.resolve < , internal, accessor=api.token code=provider_throttled effect=error grant_cached=false provider=openbao+kv2 value_cached=false !provider_throttled",
			},
		},
		"a store that has nothing": {
			decision: permit(1),
			failure:  &providers.SecretNotFoundError{},
			want: []string{
				"secrets.decide < secrets.resolve, client, accessor=api.token effect=allow",
				"secrets.read < secrets.resolve, client, accessor=api.token code=not_found effect=error provider=openbao+kv2",
				"secrets.resolve < , internal, accessor=api.token code=not_found effect=error grant_cached=false provider=openbao+kv2 value_cached=false !not_found",
			},
		},
		"a value that is wrapped on its way": {
			decision: pep.Decision{Permit: true, Obligations: pep.Obligations{ResponseWrap: time.Minute}},
			want: []string{
				"secrets.decide < secrets.resolve, client, accessor=api.token effect=allow",
				"secrets.unwrap < secrets.read_wrapped, client, accessor=api.token effect=allow provider=openbao+kv2",
				"secrets.read_wrapped < secrets.resolve, client, accessor=api.token effect=allow kv_version=3 provider=openbao+kv2",
				"secrets.resolve < , internal, accessor=api.token effect=allow grant_cached=false kv_version=3 provider=openbao+kv2 value_cached=false",
			},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			e, s, p := newTelemetry(t), &store{value: `{"canary-key-4be1":"canary"}`}, &pdp{decision: tt.decision, err: tt.err}
			_, handle := client(t, e, s, p)
			for range tt.before {
				_, _ = handle.Read(context.Background())
				e.shown()
			}
			s.fails(tt.failure)
			_, _ = handle.Read(context.Background())
			if diff := cmp.Diff(tt.want, e.shown()); diff != "" {
				t.Errorf("spans (-want +got):\n%s", diff)
			}
		})
	}
}

// ofOne is a set of one declaration.
func ofOne(t *testing.T, e *telemetry, s *store, p *pdp, accessor string) *runtime.Set {
	t.Helper()
	c, _ := client(t, e, s, p)
	set := runtime.NewSet(c, []runtime.Declaration{{Accessor: accessor, URI: ref}})
	runtime.Bind(set, accessor, decode.Decoder[string](decode.String))
	return set
}

func TestSpansOfABatchAreChildrenOfItAndOfTheCaller(t *testing.T) {
	t.Parallel()
	e, s, p := newTelemetry(t), &store{value: `{"canary-key-4be1":"canary"}`}, &pdp{decision: permit(1)}
	set := ofOne(t, e, s, p, "api.token")
	ctx, request := e.tracer.Tracer("test").Start(t.Context(), "request")
	if err := set.Preflight(ctx); err != nil {
		t.Fatal(err)
	}
	if _, err := set.Load(ctx); err != nil {
		t.Fatal(err)
	}
	request.End()
	want := []string{
		"secrets.decide < secrets.preflight, client, accessor=api.token effect=allow",
		"secrets.preflight < request, internal, effect=allow items=1",
		"secrets.read < secrets.load, client, effect=allow kv_version=3 provider=openbao+kv2",
		"secrets.load < request, internal, effect=allow items=1",
		"request < , internal, ",
	}
	if diff := cmp.Diff(want, e.shown()); diff != "" {
		t.Errorf("spans (-want +got):\n%s", diff)
	}
}

// TestALoadWithinAReadIsNotAboutThatRead has a PDP read its own credentials.
func TestALoadWithinAReadIsNotAboutThatRead(t *testing.T) {
	t.Parallel()
	e, s, p := newTelemetry(t), &store{value: `{"canary-key-4be1":"canary"}`}, &pdp{decision: permit(1)}
	set := ofOne(t, e, s, p, "pdp.token")
	_, outer := client(t, e, &store{value: `{"canary-key-4be1":"canary"}`}, &pdp{decision: permit(1), within: func(ctx context.Context) { _, _ = set.Load(ctx) }})
	if _, err := outer.Read(t.Context()); err != nil {
		t.Fatal(err)
	}
	if got, want := e.shown()[1], "secrets.read < secrets.load, client, effect=allow kv_version=3 provider=openbao+kv2"; got != want {
		t.Errorf("the read of the load is %q, want %q", got, want)
	}
}

func TestWhatIsLocalIsNoClientSpan(t *testing.T) {
	t.Parallel()
	e, s := newTelemetry(t), &store{value: "canary"}
	c, err := runtime.New(t.Context(), runtime.Config{
		Environment: "test", TenantID: "t", AllowedMounts: []string{"secret"}, Salt: []byte("canary"), Subject: "s",
		PDP: runtime.PDPConfig{InsecureAllowAll: true}, Audit: runtime.AuditConfig{Sinks: []string{"none"}},
	}, e.extension, s.factory(true))
	if err != nil {
		t.Fatal(err)
	}
	at, err := c.Parse("openbao+kv2://secret/canary")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := runtime.Resolve[string](t.Context(), c, at); err != nil {
		t.Fatal(err)
	}
	for _, s := range e.spans.GetSpans() {
		if s.SpanKind != trace.SpanKindInternal {
			t.Errorf("%s is of kind %s", s.Name, s.SpanKind)
		}
	}
	if err := c.Close(t.Context()); err != nil {
		t.Error(err)
	}
}

// TestBaggageIsNeitherReadNorWritten holds that what a program carries along in the
// context goes into no span, and comes back as it was.
func TestBaggageIsNeitherReadNorWritten(t *testing.T) {
	t.Parallel()
	e, s, p := newTelemetry(t), &store{value: `{"canary-key-4be1":"canary"}`}, &pdp{decision: permit(1)}
	member, err := baggage.NewMember("canary", "canary")
	if err != nil {
		t.Fatal(err)
	}
	bag, err := baggage.New(member)
	if err != nil {
		t.Fatal(err)
	}
	ctx := baggage.ContextWithBaggage(caller.NewContext(t.Context(), caller.Caller{Subject: "canary-subject"}), bag)
	_, handle := client(t, e, s, p)
	if _, err := handle.Read(ctx); err != nil {
		t.Fatal(err)
	}
	if got := baggage.FromContext(ctx).String(); got != "canary=canary" {
		t.Errorf("the baggage is %q", got)
	}
	if text := fmt.Sprintf("%+v", e.spans.GetSpans()); strings.Contains(text, "canary") {
		t.Errorf("a span holds baggage: %s", text)
	}
}
