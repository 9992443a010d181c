// Command nethttp makes one request: the least that a client of a policy
// decision point or of a KV server written by hand would link.
package main

import (
	"context"
	"io"
	"net/http"
	"os"
)

func main() {
	req, err := http.NewRequestWithContext(context.Background(), http.MethodGet, "https://kv.test", nil)
	if err != nil {
		os.Exit(1)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		os.Exit(1)
	}
	if _, err := io.Copy(io.Discard, resp.Body); err != nil {
		os.Exit(1)
	}
	if resp.Body.Close() != nil {
		os.Exit(1)
	}
}
