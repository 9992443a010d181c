package kv2

import (
	"net/http"
	"testing"
	"time"

	"github.com/secretsgen/secretsgen/runtime/providers"
	"github.com/secretsgen/secretsgen/runtime/providers/providertest"
)

func TestConformance(t *testing.T) {
	t.Parallel()
	reached := make(chan struct{})
	stalled := func(r *http.Request) {
		select {
		case reached <- struct{}{}:
			<-r.Context().Done()
		case <-r.Context().Done():
		}
	}
	store := &wrapper{server: engine{
		"app/db": {
			{data: `{"password":"` + canary + `-1"}`},
			{data: `{"password":"` + canary + `-2"}`, deleted: true},
			{data: `{"password":"` + canary + `-3"}`, deleted: true, destroyed: true},
			{data: `{"password":"` + canary + `-4"}`},
		},
		"app/gone": {{data: `{"password":"` + canary + `"}`}, {deleted: true}},
	}}
	address := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/v1/secret/data/app/stalled" {
			stalled(r)
			return
		}
		store.ServeHTTP(w, r)
	})
	document := func(version int, text string) providers.Document {
		when := time.Date(2026, 1, 2, 3, 4, 5, 6, time.UTC)
		return texts(providers.Metadata{Version: version, Created: when}, map[string]string{"password": text})
	}
	denied, deleted, latestDeleted, destroyed := at("denied/db", 0), at("app/db", 2), at("app/gone", 0), at("app/db", 3)
	providertest.Run(t, providertest.Harness{
		Provider: openAt(t, address),
		Canary:   canary,
		Latest:   providertest.Read{At: at("app/db", 0), Want: document(4, canary+"-4")},
		Pinned: []providertest.Read{
			{At: at("app/db", 1), Want: document(1, canary+"-1")},
			{At: at("app/db", 4), Want: document(4, canary+"-4")},
		},
		Missing:        at("app/nothing", 0),
		MissingVersion: at("app/db", 5),
		Denied:         &denied,
		Deleted:        &deleted,
		LatestDeleted:  &latestDeleted,
		Destroyed:      &destroyed,
		Stalled:        &providertest.Stall{At: at("app/stalled", 0), Reached: reached},
	})
}
