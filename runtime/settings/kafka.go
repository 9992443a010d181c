package settings

import (
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Kafka is how the audit sink kafka reaches its brokers. It is read here, and
// not in the module of the sink, so that a malformed value is reported at start
// together with everything else. It redacts itself when printed.
type Kafka struct {
	Brokers  []string // host:port, in the order of the setting, none twice
	Topic    string
	ClientID string
	Timeout  time.Duration // until an event that no broker has acknowledged is given up

	TLS       bool
	Mechanism string // of SASL; empty: none
	Username  string
	Password  string
	// PasswordFile is a path, read again for every login; empty: Password it is.
	PasswordFile string

	CAFile, CertFile, KeyFile string // paths of PEM files; empty: the system's authorities, and no certificate

	listed bool // there is a list of brokers, well-formed or not
}

// The settings of [Kafka].
const (
	KafkaBrokers      = "KAFKA_BOOTSTRAP_SERVERS"
	KafkaTopicPrefix  = "KAFKA_TOPIC_PREFIX"
	KafkaClientID     = "KAFKA_CLIENT_ID"
	KafkaTimeout      = "KAFKA_DELIVERY_TIMEOUT"
	KafkaSecurity     = "KAFKA_SECURITY_PROTOCOL"
	KafkaMechanism    = "KAFKA_SASL_MECHANISM"
	KafkaUsername     = "KAFKA_SASL_USERNAME"
	KafkaPassword     = "KAFKA_SASL_PASSWORD"      //nolint:gosec // a variable's name
	KafkaPasswordFile = "KAFKA_SASL_PASSWORD_FILE" //nolint:gosec // a variable's name
	KafkaCAFile       = "KAFKA_SSL_CA_FILE"
	KafkaCertFile     = "KAFKA_SSL_CERT_FILE"
	KafkaKeyFile      = "KAFKA_SSL_KEY_FILE"
)

// The mechanisms of SASL.
const (
	KafkaPlain    = "PLAIN"
	KafkaScram256 = "SCRAM-SHA-256"
	KafkaScram512 = "SCRAM-SHA-512"
)

const redactedKafka = "settings.Kafka{[REDACTED]}"

// Format hides every setting from every verb of package fmt.
func (Kafka) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, redactedKafka) }

// LogValue hides every setting from package log/slog.
func (Kafka) LogValue() slog.Value { return slog.StringValue(redactedKafka) }

// MarshalText hides every setting from encoders.
func (Kafka) MarshalText() ([]byte, error) { return []byte(redactedKafka), nil }

// ReadKafka reads the settings of the sink and reports what is malformed or
// contradicts itself; what is missing is for [Kafka.Missing].
func ReadKafka(r *Reader) Kafka {
	k := Kafka{
		Topic:        r.String(KafkaTopicPrefix, "crud") + ".secrets.audit",
		ClientID:     r.String(KafkaClientID, "secretsgen"),
		Timeout:      r.Duration(KafkaTimeout, 30*time.Second, time.Second, 10*time.Minute),
		Mechanism:    r.String(KafkaMechanism, ""),
		Username:     r.String(KafkaUsername, ""),
		Password:     r.String(KafkaPassword, ""),
		PasswordFile: r.String(KafkaPasswordFile, ""),
		CAFile:       r.String(KafkaCAFile, ""),
		CertFile:     r.String(KafkaCertFile, ""),
		KeyFile:      r.String(KafkaKeyFile, ""),
	}
	k.readBrokers(r)
	if !legalTopic(k.Topic) {
		r.Report(KafkaTopicPrefix, "makes no legal topic: use letters, digits, dots, underscores and dashes, at most 235 of them")
	}
	if len(k.ClientID) > 255 || strings.ContainsFunc(k.ClientID, func(c rune) bool { return c <= ' ' || c >= 0x7f }) {
		r.Report(KafkaClientID, "is no client id: use printable ASCII without spaces, at most 255 characters")
	}
	k.readSecurity(r)
	return k
}

func legalTopic(name string) bool {
	return len(name) <= 249 && !strings.ContainsFunc(name, func(c rune) bool { return !nameRune(c) })
}

func legalHost(name string) bool {
	return name != "" && len(name) <= 253 && !strings.ContainsFunc(name, func(c rune) bool { return !nameRune(c) })
}

func nameRune(c rune) bool {
	return 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' || c == '.' || c == '_' || c == '-'
}

// readBrokers reads the list of brokers. One that is malformed is told by its
// place.
func (k *Kafka) readBrokers(r *Reader) {
	_, k.listed = r.Lookup(KafkaBrokers)
	entries := r.List(KafkaBrokers)
	if k.listed && len(entries) == 0 {
		r.Report(KafkaBrokers, "can't be used: it has no entry: write host:port, several by commas")
	}
	for i, entry := range entries {
		broker, wrong := parseBroker(entry)
		if wrong != "" {
			r.Report(KafkaBrokers, fmt.Sprintf("can't be used: its entry %d %s", i+1, wrong))
		} else if !slices.Contains(k.Brokers, broker) {
			k.Brokers = append(k.Brokers, broker)
		}
	}
}

// parseBroker makes host:port of an entry, and 9092 of a port that is left out.
func parseBroker(entry string) (broker, wrong string) {
	if strings.Contains(entry, "://") {
		return "", "has a scheme: write host:port, and say in " + KafkaSecurity + " how the broker is talked to"
	}
	host, port := entry, "9092"
	if _, err := netip.ParseAddr(entry); err != nil && strings.Contains(entry, ":") {
		if host, port, err = net.SplitHostPort(entry); err != nil {
			return "", "is not host:port: an IPv6 address stands in brackets, as in [::1]:9092"
		}
	}
	if n, err := strconv.ParseUint(port, 10, 16); err != nil || n == 0 {
		return "", "has no port from 1 to 65535"
	}
	if _, err := netip.ParseAddr(host); err != nil && (entry[0] == '[' || !legalHost(host)) {
		return "", "has no host: write host:port, with a name or an address"
	}
	return net.JoinHostPort(host, port), ""
}

// readSecurity reads how the brokers are talked to. A credential that would not
// be used is a contradiction: somebody believes that it is.
func (k *Kafka) readSecurity(r *Reader) {
	protocol := r.String(KafkaSecurity, "PLAINTEXT")
	sasl := false
	switch protocol {
	case "PLAINTEXT":
	case "SSL":
		k.TLS = true
	case "SASL_PLAINTEXT":
		sasl = true
	case "SASL_SSL":
		k.TLS, sasl = true, true
	default:
		r.Report(KafkaSecurity, "is not one of PLAINTEXT, SSL, SASL_PLAINTEXT and SASL_SSL")
		return
	}
	unused := func(name, value, needs string) {
		if value != "" {
			r.Report(name, "is set and would not be used: set "+KafkaSecurity+" to "+needs+", or unset it")
		}
	}
	if !k.TLS {
		unused(KafkaCAFile, k.CAFile, "SSL or SASL_SSL")
		unused(KafkaCertFile, k.CertFile, "SSL or SASL_SSL")
		unused(KafkaKeyFile, k.KeyFile, "SSL or SASL_SSL")
	}
	if !sasl {
		unused(KafkaMechanism, k.Mechanism, "SASL_SSL")
		unused(KafkaUsername, k.Username, "SASL_SSL")
		unused(KafkaPassword, k.Password, "SASL_SSL")
		unused(KafkaPasswordFile, k.PasswordFile, "SASL_SSL")
		return
	}
	switch k.Mechanism {
	case "":
		k.Mechanism = KafkaPlain
	case KafkaPlain, KafkaScram256, KafkaScram512:
	default:
		r.Report(KafkaMechanism, "is not one of "+KafkaPlain+", "+KafkaScram256+" and "+KafkaScram512)
	}
	if k.Password != "" && k.PasswordFile != "" {
		r.Report(KafkaPassword, "is set, and so is "+KafkaPasswordFile+": unset one of the two")
	}
}

// OffLoopback reports whether a broker of the list is on another machine, as
// far as its name tells.
func (k Kafka) OffLoopback() bool {
	return slices.ContainsFunc(k.Brokers, func(broker string) bool {
		host, _, err := net.SplitHostPort(broker)
		return err != nil || !loopback(host)
	})
}

// Missing is what is not set and has to be.
func (k Kafka) Missing() []Problem {
	var problems []Problem
	missing := func(name, detail string) {
		problems = append(problems, Problem{Name: name, Detail: "is not set, and " + detail})
	}
	if !k.listed {
		missing(KafkaBrokers, "the audit sink kafka needs it: write host:port, several by commas")
	}
	if k.Mechanism != "" && k.Username == "" {
		missing(KafkaUsername, "SASL needs it")
	}
	if k.Mechanism != "" && k.Password+k.PasswordFile == "" {
		missing(KafkaPassword, "SASL needs it, or "+KafkaPasswordFile)
	}
	switch {
	case k.CertFile != "" && k.KeyFile == "":
		missing(KafkaKeyFile, KafkaCertFile+" is: a client certificate takes both")
	case k.CertFile == "" && k.KeyFile != "":
		missing(KafkaCertFile, KafkaKeyFile+" is: a client certificate takes both")
	}
	return problems
}
