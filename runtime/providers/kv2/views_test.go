package kv2

import (
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/secretsgen/secretsgen/runtime/providers"
)

// recorded is when the server of testdata answered, by its own Date.
const recorded = "Thu, 26 Nov 2026 01:33:26 GMT"

// replayed is a server that gives one answer at one time.
func replayed(t *testing.T, status int, body, date string) providers.Provider {
	t.Helper()
	return openAt(t, serve(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Date", date)
		w.WriteHeader(status)
		_, _ = w.Write([]byte(body))
	}))
}

// eachRecorded calls ask for every answer of a folder of testdata, and returns
// what came of it.
func eachRecorded(t *testing.T, folder string, ask func(providers.Provider) error) map[string]string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join("testdata", folder, "*.json"))
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]string{}
	for _, file := range files {
		body, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		name := filepath.Base(file)
		status, err := strconv.Atoi(name[:3])
		if err != nil {
			t.Fatal(err)
		}
		got[name] = outcome(ask(replayed(t, status, string(body), recorded)))
	}
	return got
}

func TestAnswersOfARealServerAboutMetadata(t *testing.T) {
	t.Parallel()
	want := map[string]string{
		"200_app.json":                           "value",
		"200_soon.json":                          "value", // deleted in a hundred years
		"200_empty.json":                         "value",
		"200_gone.json":                          "deleted 2",
		"200_burnt.json":                         "destroyed 1",
		"200_both.json":                          "destroyed 1",
		"200_bare.json":                          "not found", // metadata and no version
		"404_missing_path.json":                  "not found",
		"404_version_1_engine_missing_path.json": "not found",
		"404_missing_mount.json":                 "misconfigured",
		"200_version_1_engine.json":              "misconfigured",
	}
	got := eachRecorded(t, "metadata", func(p providers.Provider) error {
		meta, err := p.(providers.MetadataReader).ReadMetadata(t.Context(), at("app", 0))
		if (meta.Version == 0) != (err != nil) {
			t.Errorf("metadata comes exactly if there is no error: %v", err)
		}
		return err
	})
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("outcomes (-want +got):\n%s", diff)
	}
}

func TestAnswersOfARealServerAboutKeys(t *testing.T) {
	t.Parallel()
	want := map[string]string{
		"200_app.json":                           "value",
		"200_soon.json":                          "value",
		"200_empty.json":                         "value",
		"200_pinned.json":                        "value",
		"200_pinned_before_deleted.json":         "value",
		"404_gone.json":                          "deleted 2",
		"404_burnt.json":                         "destroyed 1",
		"404_both.json":                          "destroyed 1",
		"404_bare.json":                          "not found",
		"404_missing_path.json":                  "not found",
		"404_missing_version.json":               "not found",
		"404_version_1_engine_missing_path.json": "not found",
		"404_missing_mount.json":                 "misconfigured",
		"200_version_1_engine.json":              "misconfigured",
	}
	got := eachRecorded(t, "subkeys", func(p providers.Provider) error {
		keys, meta, err := p.(providers.KeyReader).ReadKeys(t.Context(), at("app", 0))
		if (keys == nil) != (err != nil) || (meta.Version == 0) != (err != nil) {
			t.Errorf("keys come exactly if there is no error: %v", err)
		}
		return err
	})
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("outcomes (-want +got):\n%s", diff)
	}
}

func TestMetadataIsThatOfTheVersionAskedFor(t *testing.T) {
	t.Parallel()
	body := `{"data":{"current_version":3,"custom_metadata":{"owner":"payments"},"versions":{` +
		`"1":{"created_time":"2026-01-02T03:04:05Z","deletion_time":"2026-01-03T00:00:00Z","destroyed":true},` +
		`"2":{"created_time":"2026-01-02T03:04:06Z","deletion_time":"2999-01-02T03:04:05Z","destroyed":false},` +
		`"3":{"created_time":"2026-01-02T03:04:07Z","deletion_time":"","destroyed":false}}}}`
	paths := make(chan string, 10)
	p := openAt(t, serve(t, func(w http.ResponseWriter, r *http.Request) {
		paths <- r.RequestURI
		_, _ = w.Write([]byte(body))
	})).(providers.MetadataReader)
	owner := map[string]string{"owner": "payments"}
	second := providers.Metadata{
		Version: 2, Created: time.Date(2026, 1, 2, 3, 4, 6, 0, time.UTC), Deletes: time.Date(2999, 1, 2, 3, 4, 5, 0, time.UTC), Custom: owner,
	}
	third := providers.Metadata{Version: 3, Created: time.Date(2026, 1, 2, 3, 4, 7, 0, time.UTC), Custom: owner}
	for version, c := range map[int]struct {
		want    providers.Metadata
		outcome string
	}{
		0: {third, "value"},
		1: {providers.Metadata{}, "destroyed 1"},
		2: {second, "value"},
		3: {third, "value"},
		4: {providers.Metadata{}, "not found"},
	} {
		got, err := p.ReadMetadata(t.Context(), at("app/db", version))
		if diff := cmp.Diff(c.want, got); diff != "" || outcome(err) != c.outcome {
			t.Errorf("version %d: %v, metadata (-want +got):\n%s", version, err, diff)
		}
		if path := <-paths; path != "/v1/secret/metadata/app/db" {
			t.Errorf("version %d: the server was asked for %s", version, path)
		}
	}
}

// Whether a deletion is over goes by the clock of who wrote its time.
func TestADeletionIsOverByTheServersClock(t *testing.T) {
	t.Parallel()
	body := func(deletion string) string {
		return `{"data":{"current_version":1,"custom_metadata":null,"versions":{"1":{"created_time":"","deletion_time":"` + deletion + `","destroyed":false}}}}`
	}
	for name, c := range map[string]struct{ date, deletion, want string }{
		"before":                               {recorded, "2026-11-26T01:33:25Z", "deleted 1"},
		"within the second that a Date counts": {recorded, "2026-11-26T01:33:26.9Z", "deleted 1"},
		"after":                                {recorded, "2026-11-26T01:33:27Z", "value"},
		"before, and no Date":                  {"", "2001-01-01T00:00:00Z", "deleted 1"},
		"after, and no Date":                   {"", "2999-01-01T00:00:00Z", "value"},
		"after, and a Date that is none":       {canary, "2999-01-01T00:00:00Z", "value"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := replayed(t, 200, body(c.deletion), c.date).(providers.MetadataReader).ReadMetadata(t.Context(), at("app", 0))
			if got := outcome(err); got != c.want {
				t.Errorf("the outcome is %s and not %s", got, c.want)
			}
		})
	}
}

func TestKeysComeSortedAndWithoutValues(t *testing.T) {
	t.Parallel()
	uris := make(chan string, 2)
	p := openAt(t, serve(t, func(w http.ResponseWriter, r *http.Request) {
		uris <- r.RequestURI
		_, _ = w.Write([]byte(`{"data":{"subkeys":{"b":null,"a":{"x":null},"C":null},"metadata":{"version":3,"custom_metadata":{"owner":"payments"}}}}`))
	})).(providers.KeyReader)
	for version, uri := range map[int]string{0: "/v1/secret/subkeys/app?depth=1", 3: "/v1/secret/subkeys/app?depth=1&version=3"} {
		keys, meta, err := p.ReadKeys(t.Context(), at("app", version))
		if diff := cmp.Diff([]string{"C", "a", "b"}, keys); diff != "" || err != nil {
			t.Errorf("%v, keys (-want +got):\n%s", err, diff)
		}
		if meta.Version != 3 || meta.Custom["owner"] != "payments" {
			t.Errorf("metadata %+v", meta)
		}
		if got := <-uris; got != uri {
			t.Errorf("the server was asked for %s", got)
		}
	}
	if _, _, err := p.ReadKeys(t.Context(), at("app", 2)); outcome(err) != "malformed" {
		t.Errorf("another version than the pin: %v", err)
	}
}

func TestViewsByStatusAndBody(t *testing.T) {
	t.Parallel()
	const versions = `"versions":{"1":{"created_time":"2026-01-02T03:04:05Z","deletion_time":"","destroyed":false}}`
	keys := func(subkeys string) string {
		return `{"data":{"subkeys":` + subkeys + `,"metadata":{"version":1}}}`
	}
	for name, c := range map[string]struct {
		status     int
		body       string
		meta, keys string
	}{
		"metadata":                                 {200, `{"data":{"current_version":1,` + versions + `}}`, "value", "misconfigured"},
		"metadata with status 404":                 {404, `{"data":{"current_version":1,` + versions + `}}`, "malformed", "misconfigured"},
		"no current version":                       {200, `{"data":{` + versions + `}}`, "malformed", "misconfigured"},
		"a current version in quotes":              {200, `{"data":{"current_version":"1",` + versions + `}}`, "malformed", "misconfigured"},
		"a current version below zero":             {200, `{"data":{"current_version":-1,` + versions + `}}`, "malformed", "misconfigured"},
		"a current version that is not there":      {200, `{"data":{"current_version":2,` + versions + `}}`, "not found", "misconfigured"},
		"custom metadata that is text":             {200, `{"data":{"current_version":1,"custom_metadata":"` + canary + `",` + versions + `}}`, "malformed", "misconfigured"},
		"versions that are a list":                 {200, `{"data":{"current_version":1,"versions":[]}}`, "malformed", "misconfigured"},
		"versions that are null":                   {200, `{"data":{"current_version":1,"versions":null}}`, "malformed", "misconfigured"},
		"a version twice":                          {200, `{"data":{"current_version":1,"versions":{"1":{},"1":{"destroyed":true}}}}`, "malformed", "malformed"},
		"a version that is text":                   {200, `{"data":{"current_version":1,"versions":{"1":"{}"}}}`, "malformed", "misconfigured"},
		"a version with a time that is none":       {200, `{"data":{"current_version":1,"versions":{"1":{"deletion_time":"` + canary + `"}}}}`, "malformed", "misconfigured"},
		"keys":                                     {200, keys(`{"a":null}`), "misconfigured", "value"},
		"keys with values":                         {200, keys(`{"a":"` + canary + `"}`), "misconfigured", "malformed"},
		"keys that are a list":                     {200, keys(`["a"]`), "misconfigured", "malformed"},
		"keys that are null without a reason":      {404, keys(`null`), "misconfigured", "malformed"},
		"keys with status 404":                     {404, keys(`{"a":null}`), "misconfigured", "malformed"},
		"404 without errors":                       {404, `{"errors":[]}`, "not found", "not found"},
		"404 with an error":                        {404, `{"errors":["no handler for route"]}`, "misconfigured", "misconfigured"},
		"404 with HTML":                            {404, "<html>" + canary, "misconfigured", "misconfigured"},
		"200 with HTML":                            {200, "<html>" + canary, "malformed", "malformed"},
		"200 with warnings alone":                  {200, `{"warnings":["` + canary + `"]}`, "misconfigured", "misconfigured"},
		"200 and nothing":                          {200, ``, "malformed", "malformed"},
		"403":                                      {403, canary, "denied", "denied"},
		"400":                                      {400, canary, "misconfigured", "misconfigured"},
		"204":                                      {204, ``, "malformed", "malformed"},
		"an object that is cut off within version": {200, `{"data":{"current_version":1,"versions":{"1":{`, "malformed", "malformed"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := openAt(t, reply(t, c.status, c.body))
			_, metaErr := p.(providers.MetadataReader).ReadMetadata(t.Context(), at("app", 0))
			_, _, keysErr := p.(providers.KeyReader).ReadKeys(t.Context(), at("app", 0))
			if diff := cmp.Diff([]string{c.meta, c.keys}, []string{outcome(metaErr), outcome(keysErr)}); diff != "" {
				t.Errorf("outcomes of metadata and keys (-want +got):\n%s", diff)
			}
			for _, err := range []error{metaErr, keysErr} {
				if err != nil && strings.Contains(err.Error(), canary) {
					t.Error("the error shows the canary")
				}
			}
		})
	}
}
