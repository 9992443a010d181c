// Package telemetry holds what package otelsecrets exports against Prometheus:
// names and labels as its exporter writes them, alert rules and dashboard as its
// query engine runs them, and the tables of docs/telemetry.md. It is a module of
// its own, since the engine brings a good part of Prometheus with it.
package telemetry
