// Package otelsecrets makes OpenTelemetry traces and metrics of what a client
// does.
//
//	telemetry, err := otelsecrets.New(otelsecrets.Config{
//		TracerProvider: otel.GetTracerProvider(),
//		MeterProvider:  otel.GetMeterProvider(),
//	})
//	if err != nil {
//		return err
//	}
//	secrets, err := config.Open(ctx, cfg, telemetry)
//
// Nothing else is to be done: the spans of reads are children of the span in the
// caller's context. Several clients may share what New returned, and then share
// its metrics, as they do if each has an extension of its own. An extension is for the
// life of the process, and so are its counts. The package exports nothing by itself and touches no global: where
// spans and metrics go is what the two providers say.
//
// # What leaves
//
// A span has attributes of a short list and no others: accessor, resource_ref,
// scheme, effect, code, whether grant and value were there before, the number of
// secrets and the version that was read. A metric has labels whose values are
// fixed by the program and its settings, so that there are as many series with a
// million callers as with one. Neither ever has a value, a path, an address, a
// subject, a token id or the text of an error. docs/telemetry.md lists both.
//
// The package is a module of its own, so that nobody else compiles OpenTelemetry.
package otelsecrets
