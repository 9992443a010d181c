package kv2

import (
	"net/http/httptest"
	"testing"

	"github.com/hashicorp/vault/api"
)

// BenchmarkRead holds a read beside the library's own on the same server.
func BenchmarkRead(b *testing.B) {
	server := httptest.NewServer(engine{"app": {{data: `{"username":"app","password":"` + canary + `"}`}}})
	b.Cleanup(server.Close)
	b.Run("provider", func(b *testing.B) {
		p := openAt(b, server.URL)
		b.ReportAllocs()
		for b.Loop() {
			if _, err := p.Read(b.Context(), at("app", 0)); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("vault api", func(b *testing.B) {
		config := api.DefaultConfig()
		config.Address = server.URL
		client, err := api.NewClient(config)
		if err != nil {
			b.Fatal(err)
		}
		client.SetToken(canary)
		b.ReportAllocs()
		for b.Loop() {
			if _, err := client.KVv2("secret").Get(b.Context(), "app"); err != nil {
				b.Fatal(err)
			}
		}
	})
}
