// Command vaultapi reads one document with hashicorp/vault/api alone.
package main

import (
	"context"
	"os"

	"github.com/hashicorp/vault/api"
)

func main() {
	client, err := api.NewClient(api.DefaultConfig())
	if err != nil {
		os.Exit(1)
	}
	document, err := client.KVv2("secret").Get(context.Background(), "myapp/api")
	if err != nil || document.Data["token"] == nil {
		os.Exit(1)
	}
}
