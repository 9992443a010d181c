package kafka_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/secretsgen/secretsgen/runtime/audit/kafka"
	"github.com/secretsgen/secretsgen/runtime/settings"
)

func TestWhatCannotBeUsedIsNamedAtStart(t *testing.T) {
	t.Parallel()
	junk := filepath.Join(t.TempDir(), "canary")
	if err := os.WriteFile(junk, []byte("canary\ncanary"), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, test := range map[string]struct {
		vars     map[string]string
		argument string
		want     []string
	}{
		"no broker":             {nil, "", []string{"KAFKA_BOOTSTRAP_SERVERS"}},
		"a broker that is none": {map[string]string{"KAFKA_BOOTSTRAP_SERVERS": "a:1,canary:canary"}, "", []string{"KAFKA_BOOTSTRAP_SERVERS"}},
		"an argument":           {map[string]string{"KAFKA_BOOTSTRAP_SERVERS": "127.0.0.1:1"}, "canary", []string{"SECRETS_AUDIT"}},
		"everything at once":    {map[string]string{"KAFKA_TOPIC_PREFIX": "canary/"}, "canary", []string{"KAFKA_BOOTSTRAP_SERVERS", "KAFKA_TOPIC_PREFIX", "SECRETS_AUDIT"}},
		"no credentials":        {map[string]string{"KAFKA_BOOTSTRAP_SERVERS": "a", "KAFKA_SECURITY_PROTOCOL": "SASL_SSL"}, "", []string{"KAFKA_SASL_PASSWORD", "KAFKA_SASL_USERNAME"}},
		"credentials on an open network": {
			map[string]string{"KAFKA_BOOTSTRAP_SERVERS": "canary", "KAFKA_SECURITY_PROTOCOL": "SASL_PLAINTEXT", "KAFKA_SASL_USERNAME": "canary", "KAFKA_SASL_PASSWORD": "canary"},
			"",
			[]string{"KAFKA_SECURITY_PROTOCOL"},
		},
		"files that hold something else": {
			map[string]string{
				"KAFKA_BOOTSTRAP_SERVERS": "a", "KAFKA_SECURITY_PROTOCOL": "SASL_SSL", "KAFKA_SASL_USERNAME": "u", "KAFKA_SASL_PASSWORD_FILE": junk,
				"KAFKA_SSL_CA_FILE": junk, "KAFKA_SSL_CERT_FILE": junk, "KAFKA_SSL_KEY_FILE": junk,
			}, "", []string{"KAFKA_SASL_PASSWORD_FILE", "KAFKA_SSL_CA_FILE", "KAFKA_SSL_CERT_FILE"},
		},
		"files that are not there": {
			map[string]string{
				"KAFKA_BOOTSTRAP_SERVERS": "a", "KAFKA_SECURITY_PROTOCOL": "SASL_SSL", "KAFKA_SASL_USERNAME": "u", "KAFKA_SASL_PASSWORD_FILE": junk + "2",
				"KAFKA_SSL_CA_FILE": filepath.Dir(junk), "KAFKA_SSL_CERT_FILE": junk + "2", "KAFKA_SSL_KEY_FILE": junk + "2",
			}, "", []string{"KAFKA_SASL_PASSWORD_FILE", "KAFKA_SSL_CA_FILE", "KAFKA_SSL_CERT_FILE"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			log := &logged{}
			sink, err := kafka.Sink().Open(t.Context(), instance(log, test.vars), test.argument)
			if sink != nil {
				t.Error("there is a sink")
			}
			config, ok := errors.AsType[*settings.Error](err)
			if !ok {
				t.Fatalf("got %v", err)
			}
			var names []string
			for _, problem := range config.Problems {
				names = append(names, problem.Name)
			}
			if diff := cmp.Diff(test.want, names); diff != "" {
				t.Errorf("problems (-want +got):\n%s", diff)
			}
			if text := err.Error() + log.String(); strings.Contains(text, "canary") {
				t.Errorf("a value is shown: %s", text)
			}
		})
	}
}

func TestWhatIsRiskyIsWarnedAbout(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		vars        map[string]string
		development bool
		want        string
	}{
		"events in clear to another machine": {map[string]string{"KAFKA_BOOTSTRAP_SERVERS": "canary.invalid"}, false, "without TLS: who listens can read them"},
		"events in clear on this one":        {map[string]string{"KAFKA_BOOTSTRAP_SERVERS": "127.0.0.1:1"}, false, ""},
		"credentials in clear, in development": {
			map[string]string{"KAFKA_BOOTSTRAP_SERVERS": "canary.invalid", "KAFKA_SECURITY_PROTOCOL": "SASL_PLAINTEXT", "KAFKA_SASL_USERNAME": "canary", "KAFKA_SASL_PASSWORD": "canary"},
			true, "the credentials of SASL go to brokers off loopback without TLS",
		},
	} {
		log := &logged{}
		in := instance(log, test.vars)
		in.Development = test.development
		sink, err := kafka.Sink().Open(t.Context(), in, "")
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		closeSink(t, sink)
		if got := log.String(); strings.Contains(got, "SECURITY") != (test.want != "") || !strings.Contains(got, test.want) || strings.Contains(got, "canary") {
			t.Errorf("%s: %q", name, got)
		}
	}
}
