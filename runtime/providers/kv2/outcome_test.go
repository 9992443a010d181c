package kv2

import (
	"errors"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/secretsgen/secretsgen/runtime/providers"
	"github.com/secretsgen/secretsgen/runtime/providers/kv2/internal/exchange"
)

// outcome is what a test looks at: an error, or nothing of it but its type.
func outcome(err error) string {
	if e, ok := errors.AsType[*providers.ProviderError](err); ok {
		return string(e.Code) + map[bool]string{true: ", retryable"}[e.Retryable]
	}
	if e, ok := errors.AsType[*providers.SecretVersionDeletedError](err); ok {
		return "deleted " + strconv.Itoa(e.Version)
	}
	if e, ok := errors.AsType[*providers.SecretVersionDestroyedError](err); ok {
		return "destroyed " + strconv.Itoa(e.Version)
	}
	if _, ok := errors.AsType[*providers.SecretNotFoundError](err); ok {
		return "not found"
	}
	if err != nil {
		return "foreign error"
	}
	return "value"
}

// Every file of testdata is what Vault 1.14.1 answered, under its status.
func TestAnswersOfARealServer(t *testing.T) {
	t.Parallel()
	want := map[string]string{
		"200_latest.json":                        "value",
		"200_pinned.json":                        "value",
		"200_empty.json":                         "value",
		"200_deleted_in_future.json":             "value",
		"200_version_1_engine.json":              "misconfigured",
		"400_bad_version.json":                   "misconfigured",
		"403_wrong_token.json":                   "denied",
		"404_deleted.json":                       "deleted 1",
		"404_destroyed.json":                     "destroyed 2",
		"404_deleted_then_destroyed.json":        "destroyed 1",
		"404_missing_path.json":                  "not found",
		"404_missing_version.json":               "not found",
		"404_version_1_engine_missing_path.json": "not found",
		"404_missing_mount.json":                 "misconfigured",
		"404_other_engine.json":                  "misconfigured",
		"404_unversioned_path.json":              "misconfigured",
		"503_sealed.json":                        "unavailable, retryable",
	}
	got := map[string]string{}
	files, err := filepath.Glob("testdata/*.json")
	if err != nil {
		t.Fatal(err)
	}
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
		_, err = openAt(t, reply(t, status, string(body))).Read(t.Context(), at("app", 0))
		got[name] = outcome(err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("outcomes (-want +got):\n%s", diff)
	}
}

// An answer that says something about version 3, as its parts.
func envelope(data, metadata string) string {
	return `{"data":{"data":` + data + `,"metadata":{` + metadata + `}},"warnings":null}`
}

func TestOutcomeByStatusAndBody(t *testing.T) {
	t.Parallel()
	const value = `{"token":"` + canary + `"}`
	for name, c := range map[string]struct {
		status int
		body   string
		pin    int
		want   string
	}{
		"a value":            {200, envelope(value, `"version":3`), 0, "value"},
		"a value at its pin": {200, envelope(value, `"version":3`), 3, "value"},
		"a value of another version than the pin": {200, envelope(value, `"version":3`), 2, "malformed"},
		"a tombstone of another version":          {404, envelope(`null`, `"version":3,"destroyed":true`), 2, "malformed"},
		"a value with a deletion behind us":       {200, envelope(value, `"version":3,"deletion_time":"2001-02-03T04:05:06Z"`), 0, "value"},
		"a value with status 404":                 {404, envelope(value, `"version":3`), 0, "malformed"},
		"a value that is destroyed":               {200, envelope(value, `"version":3,"destroyed":true`), 0, "destroyed 3"},
		"deleted with status 200":                 {200, envelope(`null`, `"version":3,"deletion_time":"2001-02-03T04:05:06Z"`), 0, "deleted 3"},
		"null without a reason":                   {404, envelope(`null`, `"version":3,"deletion_time":"","destroyed":false`), 0, "malformed"},
		"no data beside the metadata":             {200, `{"data":{"metadata":{"version":3}}}`, 0, "malformed"},
		"no metadata beside the data":             {200, `{"data":{"data":{}}}`, 0, "misconfigured"},
		"metadata that is null":                   {200, `{"data":{"data":{},"metadata":null}}`, 0, "malformed"},
		"metadata that is text":                   {200, `{"data":{"data":{},"metadata":"{\"version\":3}"}}`, 0, "malformed"},
		"metadata that is an array":               {200, `{"data":{"data":{},"metadata":[]}}`, 0, "malformed"},
		"data that is an array":                   {200, envelope(`[]`, `"version":3`), 0, "malformed"},
		"data that is text":                       {200, envelope(`"{}"`, `"version":3`), 0, "malformed"},
		"an outer data that is an array":          {200, `{"data":[]}`, 0, "malformed"},
		"null":                                    {200, `{"data":null}`, 0, "malformed"},
		"null with warnings":                      {200, `{"data":null,"warnings":["Invalid path for a versioned K/V"]}`, 0, "misconfigured"},
		"nothing but warnings":                    {200, `{"warnings":["Invalid path for a versioned K/V"]}`, 0, "misconfigured"},
		"a wrapped answer that nobody asked for":  {200, `{"data":null,"wrap_info":{"token":"` + canary + `"},"warnings":null}`, 0, "malformed"},
		"no version":                              {200, envelope(value, `"destroyed":false`), 0, "malformed"},
		"version zero":                            {200, envelope(value, `"version":0`), 0, "malformed"},
		"a version that is no integer":            {200, envelope(value, `"version":3.0`), 0, "malformed"},
		"a version in quotes":                     {200, envelope(value, `"version":"3"`), 3, "malformed"},
		"a version past all numbers":              {200, envelope(value, `"version":99999999999999999999`), 0, "malformed"},
		"a deletion time that is none":            {200, envelope(value, `"version":3,"deletion_time":"`+canary+`"`), 0, "malformed"},
		"a deletion time that is null":            {404, envelope(`null`, `"version":3,"deletion_time":null`), 0, "malformed"},
		"a created time that is none":             {200, envelope(value, `"version":3,"created_time":"yesterday"`), 0, "malformed"},
		"destroyed in quotes":                     {200, envelope(value, `"version":3,"destroyed":"true"`), 0, "malformed"},
		"custom metadata that is text":            {200, envelope(value, `"version":3,"custom_metadata":"{}"`), 0, "malformed"},
		"custom metadata with a number":           {200, envelope(value, `"version":3,"custom_metadata":{"owner":1}`), 0, "malformed"},
		"metadata with equal keys":                {404, envelope(`null`, `"version":3,"destroyed":true,"destroyed":false`), 0, "misconfigured"},
		"data with equal keys":                    {200, envelope(`{"a":"1","a":"2"}`, `"version":3`), 0, "malformed"},
		"equal keys around the data":              {200, `{"data":null,"data":{"data":{},"metadata":{"version":3}}}`, 0, "malformed"},
		"keys in another case":                    {200, `{"DATA":{"data":{},"metadata":{"version":3}}}`, 0, "malformed"},
		"nesting past the limit":                  {200, envelope(`{"a":`+strings.Repeat("[", 30)+strings.Repeat("]", 30)+`}`, `"version":3`), 0, "malformed"},
		"200 with HTML":                           {200, "<html>" + canary + "</html>", 0, "malformed"},
		"200 with nothing":                        {200, "", 0, "malformed"},
		"200 with something behind the answer":    {200, envelope(value, `"version":3`) + "{}", 0, "malformed"},
		"404 with HTML":                           {404, "<html>" + canary + "</html>", 0, "misconfigured"},
		"404 with nothing":                        {404, "", 0, "misconfigured"},
		"404 with an object of another protocol":  {404, `{"message":"` + canary + `"}`, 0, "malformed"},
		"404 with an error":                       {404, `{"errors":["no handler for route ` + canary + `"]}`, 0, "misconfigured"},
		"404 with errors that are text":           {404, `{"errors":"[]"}`, 0, "misconfigured"},
		"404 with no errors, as they are listed":  {404, `{"errors":[]}`, 0, "not found"},
		"200 with no errors":                      {200, `{"errors":[]}`, 0, "malformed"},
		"204":                                     {204, "", 0, "malformed"},
		"300":                                     {300, "", 0, "misconfigured"},
		"304":                                     {304, "", 0, "misconfigured"},
		"400":                                     {400, canary, 0, "misconfigured"},
		"401":                                     {401, canary, 0, "denied"},
		"403":                                     {403, canary, 0, "denied"},
		"405":                                     {405, canary, 0, "misconfigured"},
		"412":                                     {412, canary, 0, "unavailable, retryable"},
		"429":                                     {429, canary, 0, "throttled, retryable"},
		"472":                                     {472, canary, 0, "unavailable, retryable"},
		"473":                                     {473, canary, 0, "unavailable, retryable"},
		"500":                                     {500, canary, 0, "unavailable, retryable"},
		"502 with HTML":                           {502, "<html>" + canary, 0, "unavailable, retryable"},
		"599":                                     {599, canary, 0, "unavailable, retryable"},
		"200 that is larger than the limit":       {200, strings.Repeat(" ", exchange.MaxBody) + envelope(value, `"version":3`), 0, "malformed"},
		"404 that is larger than the limit":       {404, `{"errors":[]` + strings.Repeat(" ", exchange.MaxBody) + `}`, 0, "malformed"},
		"503 that is larger than the limit":       {503, strings.Repeat(canary, exchange.MaxBody/10), 0, "unavailable, retryable"},
		"200 that is as large as the limit":       {200, envelope(value, `"version":3`) + strings.Repeat(" ", exchange.MaxBody-len(envelope(value, `"version":3`))), 0, "value"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			doc, err := openAt(t, reply(t, c.status, c.body)).Read(t.Context(), at("app", c.pin))
			if got := outcome(err); got != c.want {
				t.Fatalf("the outcome is %s and not %s", got, c.want)
			}
			if err != nil && strings.Contains(err.Error(), canary) {
				t.Error("the error shows the canary")
			}
			if _, fields := doc.Fields(); fields != (err == nil) {
				t.Error("a document comes exactly if there is no error")
			}
		})
	}
}

func TestDocumentKeepsKindsAndMetadata(t *testing.T) {
	t.Parallel()
	body := envelope(`{"text":"a\nb\u00e9","number":1.50,"big":12345678901234567890,"bool":true,"null":null,"object":{"b": [1, 2]},"array":[]}`,
		`"version":7,"created_time":"2026-01-02T03:04:05.6+01:00","deletion_time":"2999-01-02T03:04:05Z","destroyed":false,"custom_metadata":{"owner":"payments"}`)
	doc, err := openAt(t, reply(t, http.StatusOK, body)).Read(t.Context(), at("app", 0))
	if err != nil {
		t.Fatal(err)
	}
	type value struct {
		Kind  providers.Kind
		Bytes string
	}
	got := map[string]value{}
	fields, _ := doc.Fields()
	for key, v := range fields {
		got[key] = value{v.Kind(), string(v.Bytes())}
	}
	want := map[string]value{
		"text":   {providers.Text, "a\nbé"},
		"number": {providers.Number, "1.50"},
		"big":    {providers.Number, "12345678901234567890"},
		"bool":   {providers.Bool, "true"},
		"null":   {providers.Null, ""},
		"object": {providers.JSON, `{"b": [1, 2]}`},
		"array":  {providers.JSON, `[]`},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("fields (-want +got):\n%s", diff)
	}
	wantMeta := providers.Metadata{
		Version: 7,
		Created: time.Date(2026, 1, 2, 2, 4, 5, 6e8, time.UTC),
		Deletes: time.Date(2999, 1, 2, 3, 4, 5, 0, time.UTC),
		Custom:  map[string]string{"owner": "payments"},
	}
	if diff := cmp.Diff(wantMeta, doc.Metadata()); diff != "" {
		t.Errorf("metadata (-want +got):\n%s", diff)
	}
}
