// Command kv2 reads one key of a KVv2 document through secretsgen.
package main

import (
	"github.com/secretsgen/secretsgen/bench/internal/service"
	"github.com/secretsgen/secretsgen/runtime/providers/kv2"
)

func main() { service.Main(kv2.Provider(), "openbao+kv2://secret/myapp/api#token") }
