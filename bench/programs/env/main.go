// Command env reads one environment variable through secretsgen.
package main

import (
	"github.com/secretsgen/secretsgen/bench/internal/service"
	"github.com/secretsgen/secretsgen/runtime/providers/env"
)

func main() { service.Main(env.Provider(), "env://secret/API_TOKEN") }
