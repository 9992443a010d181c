package pantry

import (
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/secretsgen/secretsgen/runtime/providers"
	"github.com/secretsgen/secretsgen/runtime/providers/providertest"
	"github.com/secretsgen/secretsgen/runtime/settings"
)

const canary = "canary-b80c3e"

func TestConformance(t *testing.T) {
	t.Parallel()
	reached := make(chan struct{})
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch {
		case r.Header.Get("Authorization") != "Bearer "+canary, r.URL.Path == "/secret/app/denied":
			w.WriteHeader(http.StatusForbidden)
		case r.URL.Path == "/secret/app/db":
			_, _ = w.Write([]byte(`{"password":"` + canary + `-password"}`))
		case r.URL.Path == "/secret/app/stalled":
			reached <- struct{}{}
			<-r.Context().Done()
		default:
			w.WriteHeader(http.StatusNotFound)
		}
	}))
	t.Cleanup(server.Close)
	store, err := Provider().Open(t.Context(), providers.Instance{
		Settings:    settings.FromMap(map[string]string{"PANTRY_URL": server.URL, "PANTRY_TOKEN": canary}),
		Development: true, // the server of the test has no certificate
	})
	if err != nil {
		t.Fatal(err)
	}
	at := func(path string) providers.Location { return providers.Location{Mount: "secret", Path: path} }
	password := providers.NewValue(providers.Text, []byte(canary+"-password"))
	denied := at("app/denied")
	providertest.Run(t, providertest.Harness{
		Provider: store,
		Canary:   canary,
		Latest: providertest.Read{
			At:   at("app/db"),
			Want: providers.Fields(map[string]providers.Value{"password": password}, providers.Metadata{}),
		},
		Missing: at("app/nothing"),
		Denied:  &denied,
		Stalled: &providertest.Stall{At: at("app/stalled"), Reached: reached},
	})
}
