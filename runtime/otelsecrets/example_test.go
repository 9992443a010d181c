package otelsecrets_test

import (
	"context"
	"fmt"

	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/sdk/metric"

	"github.com/secretsgen/secretsgen/runtime"
	"github.com/secretsgen/secretsgen/runtime/otelsecrets"
	"github.com/secretsgen/secretsgen/runtime/pep"
)

// A program names the providers that it has set up; a generated Open takes the
// extension as New does.
func ExampleNew() {
	telemetry, err := otelsecrets.New(otelsecrets.Config{
		TracerProvider: otel.GetTracerProvider(),
		MeterProvider:  metric.NewMeterProvider(),
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	ctx := context.Background()
	client, err := runtime.New(ctx, runtime.Config{
		Environment: "test", TenantID: "dev", AllowedMounts: []string{"secret"}, Subject: "example",
		Salt:  []byte("a salt of 32 bytes, of an example"),
		Audit: runtime.AuditConfig{Sinks: []string{"none"}},
	}, telemetry, pep.Extension{PDP: &pdp{}})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(client.Close(ctx))
	// Output: <nil>
}
