package runtime_test

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/google/go-cmp/cmp"

	"github.com/secretsgen/secretsgen/runtime"
	"github.com/secretsgen/secretsgen/runtime/audit"
	"github.com/secretsgen/secretsgen/runtime/audit/rotate"
	"github.com/secretsgen/secretsgen/runtime/pep"
	"github.com/secretsgen/secretsgen/runtime/providers"
	"github.com/secretsgen/secretsgen/runtime/providers/kv2"
	"github.com/secretsgen/secretsgen/runtime/providers/yaml"
	"github.com/secretsgen/secretsgen/runtime/settings"
)

var stubDeclared = runtime.Declared([]runtime.Declaration{{Accessor: "stub", URI: stubRef}})

func TestNewSaysWhatDoesNotFit(t *testing.T) {
	t.Parallel()
	mounts := filepath.Join(t.TempDir(), "mounts.yaml")
	if err := os.WriteFile(mounts, []byte("t: [secret]\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	open := func(p providers.Provider, err error) providers.Factory {
		f := (&stub{}).factory()
		f.Open = func(context.Context, providers.Instance) (providers.Provider, error) { return p, err }
		return f
	}
	panicking := (&stub{}).factory()
	panicking.Open = func(context.Context, providers.Instance) (providers.Provider, error) { panic("canary") }
	other := (&stub{}).factory()
	other.Package = "example.com/other"
	sink := func(open func(context.Context, audit.Instance, string) (audit.Sink, error)) audit.Factory {
		return audit.Factory{Name: "mine", Always: true, Open: open}
	}
	for name, test := range map[string]struct {
		change func(*runtime.Config)
		ext    []runtime.Extension
		want   []string // names of problems
	}{
		"two maps of mounts":             {change: func(c *runtime.Config) { c.MountsFile = mounts }, want: []string{"TENANT_ALLOWED_MOUNTS"}},
		"a map of mounts alone":          {change: func(c *runtime.Config) { c.MountsFile, c.AllowedMounts = mounts, nil }},
		"a broken map of mounts":         {change: func(c *runtime.Config) { c.MountsFile, c.AllowedMounts = mounts+"x", nil }, want: []string{"TENANT_MOUNTS_FILE"}},
		"a spool without its policy":     {change: func(c *runtime.Config) { c.Audit.Spool = "canary" }, want: []string{"SECRETS_AUDIT_SPOOL"}},
		"a policy that there is not":     {change: func(c *runtime.Config) { c.Audit.Policy = "canary" }, want: []string{"SECRETS_AUDIT_POLICY"}},
		"fail_closed without a sink":     {change: func(c *runtime.Config) { c.Audit.Policy = "fail_closed" }, want: []string{"SECRETS_AUDIT_POLICY"}},
		"fail_closed without a spool":    {change: func(c *runtime.Config) { c.Audit.Policy, c.Audit.Sinks = "fail_closed", nil }, want: []string{"SECRETS_AUDIT_SPOOL"}},
		"a spool's size without a spool": {change: func(c *runtime.Config) { c.Audit.SpoolMaxBytes = 1 }, want: []string{"SECRETS_AUDIT_SPOOL"}},
		"a spool in a file":              {change: func(c *runtime.Config) { c.Audit.Policy, c.Audit.Sinks, c.Audit.Spool = "fail_closed", nil, mounts }, want: []string{"SECRETS_AUDIT_SPOOL"}},
		"a spool in a file beside a sink that fails": {
			change: func(c *runtime.Config) {
				c.Audit.Policy, c.Audit.Sinks, c.Audit.Spool = "fail_closed", []string{"jsonl"}, mounts
			},
			want: []string{"SECRETS_AUDIT", "SECRETS_AUDIT_SPOOL"},
		},
		"numbers of the audit that are negative": {
			change: func(c *runtime.Config) {
				c.Audit.Queue, c.Audit.Timeout, c.Audit.SpoolMaxBytes, c.Audit.Policy, c.Audit.Spool, c.Audit.Sinks = -1, -1, -1, "fail_closed", mounts, nil
			},
			want: []string{"SECRETS_AUDIT_QUEUE", "SECRETS_AUDIT_SPOOL_MAX_MB", "SECRETS_AUDIT_TIMEOUT"},
		},
		"rotation passed twice": {ext: []runtime.Extension{rotate.JSONLines(), rotate.JSONLines()}, want: []string{"runtime.New"}},
		"rotation that was not passed": {
			change: func(c *runtime.Config) {
				c.Audit.Sinks, c.Settings = []string{"jsonl:" + mounts}, settings.FromMap(map[string]string{"SECRETS_AUDIT_JSONL_MAX_MB": "1"})
			},
			want: []string{"SECRETS_AUDIT_JSONL_MAX_MB"},
		},
		"a subject that is none":        {change: func(c *runtime.Config) { c.Subject = strings.Repeat("canary", 1000) }, want: []string{"SECRETS_SUBJECT"}},
		"all of several at once":        {change: func(c *runtime.Config) { c.Subject, c.TenantID, c.Grants.TTL = "\xff", "", -1 }, want: []string{"GRANT_TTL_DEFAULT", "SECRETS_SUBJECT", "TENANT_ID"}},
		"a nil extension":               {ext: []runtime.Extension{nil}, want: []string{"runtime.New"}},
		"an extension of nobody's":      {ext: []runtime.Extension{stranger{}}, want: []string{"runtime.New"}},
		"two PDPs":                      {ext: []runtime.Extension{pep.Extension{PDP: permits{}}}, want: []string{"runtime.New"}},
		"a hook that hooks nothing":     {ext: []runtime.Extension{pep.Extension{Hooks: []pep.Hook{1}}}, want: []string{"Hooks"}},
		"two providers of one scheme":   {ext: []runtime.Extension{(&stub{}).factory(), other}, want: []string{"env"}},
		"one provider passed twice":     {ext: []runtime.Extension{(&stub{}).factory(), (&stub{}).factory()}},
		"declarations passed twice":     {ext: []runtime.Extension{stubDeclared, stubDeclared, (&stub{}).factory()}},
		"a provider not passed":         {ext: []runtime.Extension{stubDeclared}, want: []string{"env"}},
		"a provider that fails to open": {ext: []runtime.Extension{stubDeclared, open(nil, errors.New("canary"))}, want: []string{"env"}},
		"a provider of nil":             {ext: []runtime.Extension{stubDeclared, open(nil, nil)}, want: []string{"env"}},
		"a provider beside an error":    {ext: []runtime.Extension{stubDeclared, open(&stub{}, errors.New("canary"))}, want: []string{"env"}},
		"replicas that share everything": {
			change: func(c *runtime.Config) { c.StoreURL, c.Replicas = "redis://localhost", 2 },
			ext:    []runtime.Extension{pep.Extension{Grants: struct{ pep.GrantStore }{}, Replay: struct{ pep.ReplayStore }{}}},
		},
		"a shared store that would get no replays": {
			change: func(c *runtime.Config) { c.StoreURL = "redis://localhost" },
			ext:    []runtime.Extension{pep.Extension{Grants: struct{ pep.GrantStore }{}}},
			want:   []string{"SECRETS_STORE_URL"},
		},
		"replicas that share no replays": {
			change: func(c *runtime.Config) { c.Replicas = 2 },
			ext:    []runtime.Extension{pep.Extension{Grants: struct{ pep.GrantStore }{}}},
			want:   []string{"SECRETS_REPLICAS"},
		},
		"replicas that share no grants": {
			change: func(c *runtime.Config) { c.StoreURL, c.Replicas = "redis://localhost", 2 },
			ext:    []runtime.Extension{pep.Extension{Replay: struct{ pep.ReplayStore }{}}},
			want:   []string{"SECRETS_REPLICAS", "SECRETS_STORE_URL"},
		},
		"a share above the whole": {change: func(c *runtime.Config) { c.Grants.SubjectShare = 101 }, want: []string{"SECRETS_SUBJECT_SHARE"}},
		"no salt, in development": {change: func(c *runtime.Config) { c.Salt = nil }, want: []string{"SECRET_TENANT_SALT"}},
		"a provider that panics":  {ext: []runtime.Extension{stubDeclared, panicking}, want: []string{"env"}},
		"a provider that lists what it misses": {
			ext:  []runtime.Extension{stubDeclared, open(nil, settings.NewError([]settings.Problem{{Name: "A"}, {Name: "B"}}))},
			want: []string{"A", "B"},
		},
		"a sink under a name that is taken": {
			ext:  []runtime.Extension{audit.Factory{Name: "slog"}},
			want: []string{"runtime.New"},
		},
		"a sink that fails to open": {
			ext:  []runtime.Extension{sink(func(context.Context, audit.Instance, string) (audit.Sink, error) { return nil, errors.New("canary") })},
			want: []string{"SECRETS_AUDIT"},
		},
		"a sink of nil": {
			ext:  []runtime.Extension{sink(func(context.Context, audit.Instance, string) (audit.Sink, error) { return nil, nil })},
			want: []string{"SECRETS_AUDIT"},
		},
		"a sink beside an error": {
			ext: []runtime.Extension{sink(func(context.Context, audit.Instance, string) (audit.Sink, error) {
				return &recording{}, errors.New("canary")
			})},
			want: []string{"SECRETS_AUDIT"},
		},
		"a sink that panics": {
			ext:  []runtime.Extension{sink(func(context.Context, audit.Instance, string) (audit.Sink, error) { panic("canary") })},
			want: []string{"SECRETS_AUDIT"},
		},
		"two sinks that list what they miss": {
			change: func(c *runtime.Config) { c.Audit.Sinks = []string{"jsonl", "slog:canary"} },
			ext: []runtime.Extension{sink(func(context.Context, audit.Instance, string) (audit.Sink, error) {
				return nil, settings.NewError([]settings.Problem{{Name: "MINE", Detail: "is not set"}})
			})},
			want: []string{"MINE", "SECRETS_AUDIT", "SECRETS_AUDIT"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			cfg := stubConfig()
			if test.change != nil {
				test.change(&cfg)
			}
			client, err := runtime.New(t.Context(), cfg, append([]runtime.Extension{pep.Extension{PDP: permits{}}}, test.ext...)...)
			if err == nil {
				err = client.Close(t.Context())
			}
			if test.want == nil {
				if err != nil {
					t.Errorf("got %v, want a client", err)
				}
				return
			}
			var got []string
			if config, ok := errors.AsType[*runtime.ConfigError](err); ok {
				for _, p := range config.Problems {
					got = append(got, p.Name)
				}
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("%v: problems (-want +got):\n%s", err, diff)
			}
			if err != nil && strings.Contains(err.Error(), "canary") {
				t.Errorf("the error shows a setting: %v", err)
			}
		})
	}
}

type stranger struct{}

func (stranger) ExtensionName() string { return "a stranger" }

// TestAFailedStartGivesEverythingBack ends in a bubble, which fails if a
// goroutine is left.
func TestAFailedStartGivesEverythingBack(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		sink, closed := &recording{}, 0
		s := &stub{close: func(context.Context) error { closed++; return nil }}
		broken := audit.Factory{Name: "broken", Always: true, Open: func(context.Context, audit.Instance, string) (audit.Sink, error) {
			return nil, errors.New("no")
		}}
		_, err := runtime.New(t.Context(), stubConfig(), stubDeclared, s.factory(), sink.factory(), broken, pep.Extension{PDP: permits{}})
		if err == nil || closed != 1 || sink.closed != 1 {
			t.Errorf("a sink that can't be opened: %v, provider closed %d times, the other sink %d times", err, closed, sink.closed)
		}
		cfg := stubConfig()
		cfg.Profile = "none"
		_, err = runtime.New(t.Context(), cfg, stubDeclared, s.factory(), sink.factory(), pep.Extension{PDP: permits{}})
		if err == nil || closed != 2 || sink.closed != 1 {
			t.Errorf("a setting that does not fit: %v, provider closed %d times, the sink %d times", err, closed, sink.closed)
		}
	})
}

func TestASlipInTheEnvironmentIsTold(t *testing.T) {
	t.Parallel()
	for environment, told := range map[string]bool{
		"Dev": true, "DEV": true, "dev ": true, "development": true, "local": true, "Testing": true,
		"dev": false, "test": false, "": false, "production": false, "prod": false, "staging": false,
	} {
		var log bytes.Buffer
		cfg := stubConfig()
		cfg.Environment = environment
		cfg.Logger = slog.New(slog.NewTextHandler(&log, nil))
		client, err := runtime.New(t.Context(), cfg, pep.Extension{PDP: permits{}})
		if err != nil {
			t.Fatal(err)
		}
		_ = client.Close(t.Context())
		if strings.Contains(log.String(), "ENVIRONMENT") != told {
			t.Errorf("%q: told %v, want %v: %s", environment, !told, told, log.String())
		}
		if strings.Contains(log.String(), "SALT") {
			t.Errorf("%q: a salt that is strong is warned about: %s", environment, log.String())
		}
	}
}

func TestAConfigOfZeroValuesHasTheDefaults(t *testing.T) {
	t.Parallel()
	var log bytes.Buffer
	cfg := runtime.Config{
		TenantID: "t", AllowedMounts: []string{"secret"}, Salt: []byte(strings.Repeat("canary salt ", 4)),
		Logger: slog.New(slog.NewTextHandler(&log, nil)), Settings: settings.FromMap(map[string]string{"STUB": "canary"}),
	}
	s := &stub{read: func(context.Context, providers.Location) (providers.Document, error) { return text("canary") }}
	client, err := runtime.New(t.Context(), cfg, s.factory(), pep.Extension{PDP: permits{}})
	if err != nil {
		t.Fatal(err)
	}
	ref, err := client.Parse(stubRef)
	if err != nil {
		t.Fatal(err)
	}
	_, err = runtime.Resolve[string](t.Context(), client, ref)
	if !isA[*runtime.CallerError](err) {
		t.Errorf("a context without a caller, and no subject: %v", err)
	}
	if err := client.Close(t.Context()); err != nil {
		t.Error(err)
	}
	if !strings.Contains(log.String(), "secrets audit") || !strings.Contains(log.String(), "code=caller_missing_subject") {
		t.Errorf("the default sink is not slog:\n%s", log.String())
	}
}

func TestEachSinkThatTheSettingsNameIsOpenedOnce(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "a,b:c.jsonl")
	for name, test := range map[string]struct {
		sinks         []string
		lines, logged int
	}{
		"none":                  {[]string{"none"}, 0, 0},
		"slog, twice":           {[]string{"slog", "slog"}, 0, 1},
		"a file, twice":         {[]string{"jsonl:" + path, "jsonl:" + path}, 1, 0},
		"both, and none beside": {[]string{"none", "jsonl:" + path, "slog"}, 1, 1},
	} {
		_ = os.Remove(path)
		var log bytes.Buffer
		cfg := stubConfig()
		cfg.Audit.Sinks, cfg.Subject = test.sinks, ""
		cfg.Logger = slog.New(slog.NewTextHandler(&log, nil))
		s := &stub{}
		client, err := runtime.New(t.Context(), cfg, s.factory(), pep.Extension{PDP: permits{}})
		if err != nil {
			t.Fatal(err)
		}
		ref, err := client.Parse(stubRef)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := runtime.Resolve[string](t.Context(), client, ref); err == nil {
			t.Fatal("nobody was let in")
		}
		if err := client.Close(t.Context()); err != nil {
			t.Error(err)
		}
		written, _ := os.ReadFile(path)
		if lines, logged := bytes.Count(written, []byte("\n")), strings.Count(log.String(), "secrets audit"); lines != test.lines || logged != test.logged {
			t.Errorf("%s: %d lines and %d log records, want %d and %d", name, lines, logged, test.lines, test.logged)
		}
	}
}

func TestASinkThatNobodyServesIsToldByItsPlace(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		sinks    []string
		settings map[string]string
		want     []string
	}{
		"a path that a comma split": {[]string{"jsonl:a", "canary.jsonl"}, nil, []string{"SECRETS_AUDIT: its entry 2"}},
		"kafka, by its own switch":  {[]string{"slog", "kafka"}, map[string]string{"ENABLE_KAFKA_PRODUCER": "true"}, []string{"ENABLE_KAFKA_PRODUCER", "pass kafka.Sink() of github.com/secretsgen/secretsgen/runtime/audit/kafka"}},
		"kafka, its switch off":     {[]string{"kafka"}, map[string]string{"ENABLE_KAFKA_PRODUCER": "false"}, []string{"SECRETS_AUDIT: its entry 1"}},
		"another beside kafka":      {[]string{"canary.jsonl"}, map[string]string{"ENABLE_KAFKA_PRODUCER": "true"}, []string{"SECRETS_AUDIT: its entry 1"}},
		"kafka, by name":            {[]string{"kafka"}, nil, []string{"SECRETS_AUDIT: its entry 1", "pass kafka.Sink()"}},
	} {
		var log bytes.Buffer
		cfg := stubConfig()
		cfg.Audit.Sinks, cfg.Settings = test.sinks, settings.FromMap(test.settings)
		cfg.Logger = slog.New(slog.NewTextHandler(&log, nil))
		cfg.Environment = "production"
		_, err := runtime.New(t.Context(), cfg, pep.Extension{PDP: permits{}})
		for _, want := range test.want {
			if err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "canary") {
				t.Errorf("%s: %v, want %q and no text of the setting", name, err, want)
			}
		}
		cfg.Environment = "dev"
		cfg.Audit.Sinks = slices.DeleteFunc(slices.Clone(test.sinks), func(s string) bool { return s == "jsonl:a" })
		client, err := runtime.New(t.Context(), cfg, pep.Extension{PDP: permits{}})
		if err != nil {
			t.Errorf("%s, in development: %v", name, err)
			continue
		}
		_ = client.Close(t.Context())
		if !strings.Contains(log.String(), "was not passed") || strings.Contains(log.String(), "canary") {
			t.Errorf("%s, in development: %s", name, log.String())
		}
	}
}

func TestAProviderThatIsMissingIsNamedWithItsPackage(t *testing.T) {
	t.Parallel()
	for ref, want := range map[string]string{
		"openbao+kv2://secret/a#k":    "pass kv2.Provider() of github.com/secretsgen/secretsgen/runtime/providers/kv2",
		"openbao-eu+kv2://secret/a#k": "pass kv2.Provider() of github.com/secretsgen/secretsgen/runtime/providers/kv2",
		"file://secret/a":             "pass file.Provider() of github.com/secretsgen/secretsgen/runtime/providers/file",
		"aws+sm://secret/a":           "no provider for it was passed to runtime.New",
	} {
		_, err := runtime.New(t.Context(), stubConfig(), runtime.Declared([]runtime.Declaration{{Accessor: "a", URI: ref}}), pep.Extension{PDP: permits{}})
		if err == nil || !strings.HasSuffix(err.Error(), want) {
			t.Errorf("%s: %v, want %q", ref, err, want)
		}
	}
}

func TestTheDevelopmentStoreStandsInForTheServer(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "store.yaml")
	if err := os.WriteFile(path, []byte("secret:\n  a: {k: canary}\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	server := map[string]string{"YAML_VAULT_PATH": path, "VAULT_URL": "http://127.0.0.1:1", "VAULT_TOKEN": "canary", "HASHICORP_TOKEN": "canary"}
	server["YAML_VAULT_FOR"] = "openbao+kv2"
	cfg := stubConfig()
	cfg.Settings = settings.FromMap(server)
	client, err := runtime.New(t.Context(), cfg, kv2.Provider(), yaml.Provider(), pep.Extension{PDP: permits{}})
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close(context.Background())
	for ref, served := range map[string]bool{"openbao+kv2://secret/a#k": true, "yaml://secret/a#k": true, "hashicorp+kv2://secret/a#k": false} {
		parsed, err := client.Parse(ref)
		if err != nil {
			t.Fatal(err)
		}
		secret, err := runtime.Resolve[string](t.Context(), client, parsed)
		if got := err == nil && secret.Reveal() == "canary"; got != served {
			t.Errorf("%s: served %v (%v), want %v", ref, got, err, served)
		}
	}
}
