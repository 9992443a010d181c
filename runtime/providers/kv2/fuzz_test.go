package kv2

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// FuzzDocument feeds answers to what reads them: no panic, never a document
// without an error or the other way round, no canary in an error.
func FuzzDocument(f *testing.F) {
	files, err := filepath.Glob("testdata/*.json")
	if err != nil || len(files) == 0 {
		f.Fatalf("no seeds: %v", err)
	}
	for _, file := range files {
		body, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(strings.HasPrefix(filepath.Base(file), "200"), body, 0)
		f.Add(true, append(body, '}'), 3)
	}
	f.Add(true, []byte(envelope(`{"a":"`+canary+`"}`, `"version":1,"created_time":"`+canary+`"`)), 1)
	f.Fuzz(func(t *testing.T, ok bool, body []byte, pin int) {
		status := 404
		if ok {
			status = 200
		}
		body = append(body, canary...)
		for _, answer := range [][]byte{body, body[:len(body)-len(canary)]} {
			doc, err := document(status, answer, pin)
			fields, hasFields := doc.Fields()
			switch {
			case outcome(err) == "foreign error":
				t.Fatalf("a foreign error: %T", err)
			case err != nil && (hasFields || strings.Contains(err.Error(), canary)):
				t.Fatal("the error brings a document or shows the canary")
			case err == nil && (fields == nil || doc.Metadata().Version < 1 || !ok):
				t.Fatal("a document without fields, version or status 200")
			case err == nil && pin > 0 && doc.Metadata().Version != pin:
				t.Fatal("a document of another version than the pin")
			}
		}
	})
}
