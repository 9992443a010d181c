module github.com/secretsgen/secretsgen/runtime/otelsecrets

go 1.26.0

replace github.com/secretsgen/secretsgen => ../..

require (
	github.com/secretsgen/secretsgen v0.0.0
	go.opentelemetry.io/otel v1.47.0
	go.opentelemetry.io/otel/metric v1.47.0
	go.opentelemetry.io/otel/trace v1.47.0
)

require github.com/cespare/xxhash/v2 v2.3.0 // indirect
