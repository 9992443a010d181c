package settings_test

import (
	"bytes"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/secretsgen/secretsgen/runtime/settings"
)

func TestTheSettingsOfKafkaAreRead(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		vars map[string]string
		want settings.Kafka
	}{
		"the predecessor's": {
			map[string]string{"KAFKA_BOOTSTRAP_SERVERS": "kafka:9092", "KAFKA_TOPIC_PREFIX": "crud"},
			settings.Kafka{Brokers: []string{"kafka:9092"}, Topic: "crud.secrets.audit", ClientID: "secretsgen", Timeout: 30 * time.Second},
		},
		"none": {nil, settings.Kafka{Topic: "crud.secrets.audit", ClientID: "secretsgen", Timeout: 30 * time.Second}},
		"every form of a broker": {
			map[string]string{"KAFKA_BOOTSTRAP_SERVERS": " a-b.c_d , 10.0.0.1:1,[::1]:65535, ::1 ,a-b.c_d:9092"},
			settings.Kafka{Brokers: []string{"a-b.c_d:9092", "10.0.0.1:1", "[::1]:65535", "[::1]:9092"}, Topic: "crud.secrets.audit", ClientID: "secretsgen", Timeout: 30 * time.Second},
		},
		"all of them": {
			map[string]string{
				"KAFKA_BOOTSTRAP_SERVERS": "a:1", "KAFKA_TOPIC_PREFIX": "p", "KAFKA_CLIENT_ID": "c", "KAFKA_DELIVERY_TIMEOUT": "5",
				"KAFKA_SECURITY_PROTOCOL": "SASL_SSL", "KAFKA_SASL_MECHANISM": "SCRAM-SHA-512", "KAFKA_SASL_USERNAME": "u", "KAFKA_SASL_PASSWORD_FILE": "f",
				"KAFKA_SSL_CA_FILE": "ca", "KAFKA_SSL_CERT_FILE": "cert", "KAFKA_SSL_KEY_FILE": "key",
			},
			settings.Kafka{
				Brokers: []string{"a:1"}, Topic: "p.secrets.audit", ClientID: "c", Timeout: 5 * time.Second,
				TLS: true, Mechanism: "SCRAM-SHA-512", Username: "u", PasswordFile: "f", CAFile: "ca", CertFile: "cert", KeyFile: "key",
			},
		},
		"a mechanism where none is named": {
			map[string]string{"KAFKA_SECURITY_PROTOCOL": "SASL_PLAINTEXT", "KAFKA_SASL_USERNAME": "u", "KAFKA_SASL_PASSWORD": "p"},
			settings.Kafka{Topic: "crud.secrets.audit", ClientID: "secretsgen", Timeout: 30 * time.Second, Mechanism: "PLAIN", Username: "u", Password: "p"},
		},
	} {
		r := reader(test.vars)
		if diff := cmp.Diff(test.want, settings.ReadKafka(r), cmpopts.IgnoreUnexported(settings.Kafka{})); diff != "" || r.Err() != nil {
			t.Errorf("%s (-want +got):\n%s%v", name, diff, r.Err())
		}
	}
}

func TestTheSettingsOfKafkaThatAreRefused(t *testing.T) {
	t.Parallel()
	for name, values := range map[string][]string{
		"KAFKA_BOOTSTRAP_SERVERS": {
			",", "canary:0", "canary:65536", "canary:http", ":9092", "PLAINTEXT://canary:9092", "can ary:9092", "canary/x:9092", "canary:1:2",
			"a:1,canary@b:9092", "[::1", "[canary]:9092", "canary,b:", "canäry:9092", strings.Repeat("canary", 43) + ":9092",
		},
		"KAFKA_TOPIC_PREFIX":      {"canary/x", "can ary", strings.Repeat("canary", 40), "canäry"},
		"KAFKA_CLIENT_ID":         {"can ary", "canary\n", strings.Repeat("canary", 43)},
		"KAFKA_DELIVERY_TIMEOUT":  {"canary", "1ms", "1h"},
		"KAFKA_SECURITY_PROTOCOL": {"canary", "ssl"},
		// What would not be used.
		"KAFKA_SASL_MECHANISM":     {"PLAIN"},
		"KAFKA_SASL_USERNAME":      {"canary"},
		"KAFKA_SASL_PASSWORD":      {"canary"},
		"KAFKA_SASL_PASSWORD_FILE": {"canary"},
		"KAFKA_SSL_CA_FILE":        {"canary"},
		"KAFKA_SSL_CERT_FILE":      {"canary"},
		"KAFKA_SSL_KEY_FILE":       {"canary"},
	} {
		for _, value := range values {
			r := reader(map[string]string{name: value})
			settings.ReadKafka(r)
			if diff := cmp.Diff([]string{name}, problems(t, r)); diff != "" {
				t.Errorf("%s=%q: problems (-want +got):\n%s", name, value, diff)
			} else if strings.Contains(r.Err().Error(), "canary") {
				t.Errorf("the error shows the value: %v", r.Err())
			}
		}
	}
	r := reader(map[string]string{
		"KAFKA_SECURITY_PROTOCOL": "SASL_SSL", "KAFKA_SASL_MECHANISM": "GSSAPI", "KAFKA_SASL_PASSWORD": "canary", "KAFKA_SASL_PASSWORD_FILE": "canary",
	})
	settings.ReadKafka(r)
	if diff := cmp.Diff([]string{"KAFKA_SASL_MECHANISM", "KAFKA_SASL_PASSWORD"}, problems(t, r)); diff != "" {
		t.Errorf("problems (-want +got):\n%s", diff)
	}
}

func TestAMalformedBrokerIsToldByItsPlace(t *testing.T) {
	t.Parallel()
	r := reader(map[string]string{"KAFKA_BOOTSTRAP_SERVERS": "a:1,canary:x,b:2,kafka://canary:9092"})
	k := settings.ReadKafka(r)
	for _, want := range []string{"its entry 2 has no port from 1 to 65535", "its entry 4 has a scheme: write host:port"} {
		if !strings.Contains(r.Err().Error(), want) {
			t.Errorf("%q is not in %v", want, r.Err())
		}
	}
	if missing := k.Missing(); missing != nil {
		t.Errorf("what is malformed is also missing: %v", missing)
	}
}

func TestWhatKafkaMissesIsNamed(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		vars map[string]string
		want []string
	}{
		"everything": {nil, []string{"KAFKA_BOOTSTRAP_SERVERS"}},
		"the credentials of SASL": {
			map[string]string{"KAFKA_BOOTSTRAP_SERVERS": "a", "KAFKA_SECURITY_PROTOCOL": "SASL_SSL"},
			[]string{"KAFKA_SASL_USERNAME", "KAFKA_SASL_PASSWORD"},
		},
		"the key of a certificate": {
			map[string]string{"KAFKA_BOOTSTRAP_SERVERS": "a", "KAFKA_SECURITY_PROTOCOL": "SSL", "KAFKA_SSL_CERT_FILE": "canary"},
			[]string{"KAFKA_SSL_KEY_FILE"},
		},
		"the certificate of a key": {
			map[string]string{"KAFKA_BOOTSTRAP_SERVERS": "a", "KAFKA_SECURITY_PROTOCOL": "SSL", "KAFKA_SSL_KEY_FILE": "canary"},
			[]string{"KAFKA_SSL_CERT_FILE"},
		},
		"nothing": {map[string]string{"KAFKA_BOOTSTRAP_SERVERS": "a"}, nil},
	} {
		var got []string
		for _, problem := range settings.ReadKafka(reader(test.vars)).Missing() {
			got = append(got, problem.Name)
		}
		if diff := cmp.Diff(test.want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

func TestBrokersOffLoopbackAreToldFromOthers(t *testing.T) {
	t.Parallel()
	for list, want := range map[string]bool{"localhost": false, "127.0.0.1:1,[::1]:2": false, "127.0.0.1,kafka": true, "10.0.0.1": true, "localhost.example": true} {
		if got := settings.ReadKafka(reader(map[string]string{"KAFKA_BOOTSTRAP_SERVERS": list})).OffLoopback(); got != want {
			t.Errorf("%s: %v", list, got)
		}
	}
}

func TestTheSettingsOfKafkaShowNothingWhenPrinted(t *testing.T) {
	t.Parallel()
	k := settings.ReadKafka(reader(map[string]string{"KAFKA_BOOTSTRAP_SERVERS": "canary", "KAFKA_SECURITY_PROTOCOL": "SASL_SSL", "KAFKA_SASL_PASSWORD": "canary"}))
	var out bytes.Buffer
	fmt.Fprintf(&out, "%v %+v %#v %s %q %x", k, k, k, k, k, &k)
	slog.New(slog.NewJSONHandler(&out, nil)).Info("json", "printed", k)
	if strings.Contains(out.String(), "canary") || strings.Contains(out.String(), fmt.Sprintf("%x", "canary")) {
		t.Errorf("printed as %s", out.String())
	}
}
