package pdp

import (
	"context"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/secretsgen/secretsgen/runtime"
	"github.com/secretsgen/secretsgen/runtime/decode"
	"github.com/secretsgen/secretsgen/runtime/providers"
)

// Policies that permit what a team owns.
const (
	cerbosByOwner = `apiVersion: api.cerbos.dev/v1
resourcePolicy:
  resource: secret
  version: default
  rules:
    - actions: [execute]
      effect: EFFECT_ALLOW
      roles: [workload]
      condition:
        match:
          expr: request.resource.attr.resource_attributes.owner == "team-payments"
`
	opaByOwner = `package authzen.access.v1

default evaluation := {"decision": false}

evaluation := {"decision": true} if input.context.resource_attributes.owner == "team-payments"
`
	opaBatch = `package authzen.access.v1

evaluations := {"evaluations": [decided |
	some item in input.evaluations
	decided := evaluation with input as item
]}
`
	cedarByOwner = `permit (principal, action, resource)
when { context.resource_attributes has owner && context.resource_attributes.owner == "team-payments" };
`
)

// owned is a store whose documents belong to teams.
type owned map[string]string // by path

func (owned) Read(context.Context, providers.Location) (providers.Document, error) {
	value := providers.NewValue(providers.Text, []byte("canary"))
	return providers.Fields(map[string]providers.Value{"k": value}, providers.Metadata{Version: 1}), nil
}

func (o owned) ReadMetadata(_ context.Context, at providers.Location) (providers.Metadata, error) {
	owner, ok := o[at.Path]
	if !ok {
		return providers.Metadata{Version: 1}, nil
	}
	return providers.Metadata{Version: 1, Custom: map[string]string{"owner": owner}}, nil
}

func TestAPolicyDecidesByTheOwnerOfASecret(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	write := func(name, text string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	asking := func(made *server, err error) runtime.PDPConfig {
		t.Helper()
		if err == nil {
			err = made.start()
		}
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = made.stop() })
		return runtime.PDPConfig{URL: made.base, Dialect: made.dialect, Timeout: patience}
	}
	rego := write("owner.rego", opaByOwner)
	for name, pdp := range map[string]runtime.PDPConfig{
		"Cerbos":         asking(cerbosOf(dir, []byte(cerbosByOwner))),
		"OPA one by one": asking(opaOf(rego)),
		"OPA in batches": asking(opaOf(rego, write("batch.rego", opaBatch))),
		"Cedar":          {PolicyFile: write("owner.cedar", cedarByOwner)},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			pdp.ResourceAttributes = true
			declarations := []runtime.Declaration{
				{Accessor: "mine", URI: "openbao+kv2://secret/mine#k"},
				{Accessor: "theirs", URI: "openbao+kv2://secret/theirs#k"},
				{Accessor: "nobodys", URI: "openbao+kv2://secret/nobodys#k"},
			}
			store := providers.Factory{
				Package: "example.com/owned", Schemes: []string{"openbao+kv2"},
				Open: func(context.Context, providers.Instance) (providers.Provider, error) {
					return owned{"mine": "team-payments", "theirs": "team-shipping"}, nil
				},
			}
			client, err := runtime.New(t.Context(), runtime.Config{
				TenantID: "dev", AllowedMounts: []string{"secret"}, Salt: []byte(strings.Repeat("e2e salt ", 4)), Subject: "payments",
				PDP: pdp, Audit: runtime.AuditConfig{Sinks: []string{"none"}}, Logger: slog.New(slog.DiscardHandler),
			}, runtime.Declared(declarations), store)
			if err != nil {
				t.Fatal(err)
			}
			defer client.Close(context.Background())
			set := runtime.NewSet(client, declarations)
			var batch, single []string
			handles := map[string]runtime.Handle[string]{}
			for _, d := range declarations {
				handles[d.Accessor] = runtime.Bind(set, d.Accessor, decode.String)
			}
			if err := set.Preflight(t.Context()); err != nil {
				for _, d := range declarations {
					if strings.Contains(err.Error(), d.Accessor) {
						batch = append(batch, d.Accessor)
					}
				}
			}
			for _, d := range declarations {
				if _, err := handles[d.Accessor].Read(t.Context()); errors.Is(err, runtime.ErrDenied) {
					single = append(single, d.Accessor)
				} else if err != nil {
					t.Errorf("%s: %v", d.Accessor, err)
				}
			}
			for _, denied := range [][]string{batch, single} {
				if diff := cmp.Diff([]string{"theirs", "nobodys"}, denied); diff != "" {
					t.Errorf("denied (-want +got):\n%s", diff)
				}
			}
		})
	}
}
