// Package kafka is the audit sink kafka: each event is a record of the topic
// <KAFKA_TOPIC_PREFIX>.secrets.audit.
//
//	secrets, err := config.Open(ctx, cfg, kafka.Sink())
//
// SECRETS_AUDIT=kafka, alone or among others, or ENABLE_KAFKA_PRODUCER=true asks
// for it, and KAFKA_BOOTSTRAP_SERVERS says where the brokers are. The package
// settings has all settings ([settings.Kafka]), docs/audit.md a page for operators
// and for those who consume the topic.
//
// # Records
//
// The value is the event as docs/audit-event.schema.json describes it, the key its
// resource_ref, so that the events of one secret stay in order, and the timestamp
// the event's own. Events without a reference have no key.
//
// # Delivery
//
// The producer is idempotent and asks for the acknowledgement of all in-sync
// replicas. A write returns when each of its events, at most 256, is acknowledged
// or given up: nothing is written behind, so that what counts as written is on
// the brokers, and what is lost is counted event by event. No more than one
// write's events are ever in memory here; what waits does so in the trail's queue,
// or in the spool under fail_closed.
//
// An event that is not acknowledged within KAFKA_DELIVERY_TIMEOUT of its write is
// given up.
// Under best_effort and block it is lost then, and counted; under fail_closed it
// is offered again until a broker has it. One that was on its way when it was
// given up may have arrived all the same, so consumers drop what has an id that
// they have seen.
//
// # Start and failure
//
// Opening the sink connects to nothing, and a broker that is down keeps no
// program from starting. A malformed setting does, and is named. The brokers of
// the list are tried in the background, and if none can be used the log has a
// warning with what was tried and how each failed, at start and at most once a
// minute while events are given up. It names settings and entries of the list by
// their number, and never an address or a credential; the Kafka library's own log
// is switched off.
//
// The package is a module of its own, so that nobody else compiles a Kafka client.
package kafka
