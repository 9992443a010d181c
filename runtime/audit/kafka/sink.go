package kafka

import (
	"context"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/secretsgen/secretsgen/runtime/audit"
	"github.com/secretsgen/secretsgen/runtime/settings"
)

// Sink is the audit sink kafka, an extension for runtime.New and the generated
// Open.
func Sink() audit.Factory { return audit.Factory{Name: "kafka", Open: open} }

func open(_ context.Context, in audit.Instance, argument string) (audit.Sink, error) {
	r := settings.NewReader(in.Settings)
	if argument != "" {
		r.Report("SECRETS_AUDIT", "kafka takes nothing after a colon: "+settings.KafkaBrokers+" and "+settings.KafkaTopicPrefix+" say where its events go")
	}
	k := settings.ReadKafka(r)
	for _, problem := range k.Missing() {
		r.Report(problem.Name, problem.Detail)
	}
	guard(r, k, in)
	security := secure(r, k, in.Development)
	if err := r.Err(); err != nil {
		return nil, err
	}
	client, err := kgo.NewClient(append(security, options(k, in.Development)...)...)
	if err != nil { // its text may hold an address
		return nil, settings.NewError([]settings.Problem{{Name: settings.KafkaBrokers, Detail: "can't be used: the Kafka client refuses it"}})
	}
	p := newProducer(client, k, in)
	p.watch()
	return p, nil
}

// guard keeps credentials off networks that anybody may listen on.
func guard(r *settings.Reader, k settings.Kafka, in audit.Instance) {
	switch {
	case k.TLS || !k.OffLoopback():
	case k.Mechanism == "":
		in.Logger.Warn("secretsgen: " + settings.KafkaSecurity + ": audit events go to brokers off loopback without TLS: who listens can read them, and who answers is believed")
	case in.Development:
		in.Logger.Warn("secretsgen: " + settings.KafkaSecurity + ": the credentials of SASL go to brokers off loopback without TLS; outside development that is refused")
	default:
		r.Report(settings.KafkaSecurity, "sends the credentials of SASL to brokers off loopback without TLS: use SASL_SSL")
	}
}

const (
	maxRecords = 1024     // a write has 256 at most; more are left only by one that was given up
	maxBytes   = 16 << 20 // of their texts
)

// options are what the client is told beside how to connect.
func options(k settings.Kafka, development bool) []kgo.Opt {
	opts := []kgo.Opt{
		kgo.SeedBrokers(k.Brokers...),
		kgo.ClientID(k.ClientID),
		kgo.DisableClientMetrics(),
		kgo.MetadataMinAge(retryInterval),
		kgo.DefaultProduceTopic(k.Topic),
		kgo.RequiredAcks(kgo.AllISRAcks()), // with idempotence, which is the default
		kgo.RecordPartitioner(kgo.StickyKeyPartitioner(nil)),
		kgo.MaxBufferedRecords(maxRecords),
		kgo.MaxBufferedBytes(maxBytes),
		kgo.ManualFlushing(),
		// The time that a write may take is the write's own: the client's
		// RecordDeliveryTimeout counts from the record's timestamp, and would
		// give up what comes out of the spool before it is sent.
		//
		// What was given up is offered again by the trail or counted as lost;
		// without this a record could stay under way for as long as an outage.
		kgo.AllowIdempotentProduceCancellation(),
	}
	if development {
		opts = append(opts, kgo.AllowAutoTopicCreation())
	}
	return opts
}
