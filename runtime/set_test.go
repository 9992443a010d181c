package runtime_test

import (
	"strings"
	"testing"

	"github.com/secretsgen/secretsgen/runtime"
	"github.com/secretsgen/secretsgen/runtime/secretstest"
)

func TestBindingReportsEverythingThatDoesNotFit(t *testing.T) {
	t.Parallel()
	kit := secretstest.New(t)
	set := runtime.NewSet(kit.Client, []runtime.Declaration{{Accessor: "bad", URI: "openbao+kv2://secret"}, {Accessor: "third", URI: "aws+sm://secret/a"}})
	runtime.Bind(set, "bad", stringDecoder)
	runtime.Bind(set, "third", stringDecoder)
	handle := runtime.Bind(set, "gone", stringDecoder)
	err := set.Err()
	for _, want := range []string{"bad", "third", "gone", "go generate"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("the error does not name %q: %v", want, err)
		}
	}
	if _, err := handle.Read(t.Context()); err == nil {
		t.Error("an unbound handle read something")
	}
}

func TestASetThatDeclaresTwiceOrWithoutADecoderSaysSo(t *testing.T) {
	t.Parallel()
	kit := secretstest.New(t)
	twice := runtime.NewSet(kit.Client, []runtime.Declaration{{Accessor: "a", URI: apiToken}, {Accessor: "a", URI: dbRef}})
	if err := twice.Err(); err == nil || !strings.Contains(err.Error(), "a: is declared twice") {
		t.Errorf("twice: %v", err)
	}
	set := runtime.NewSet(kit.Client, []runtime.Declaration{{Accessor: "a", URI: apiToken}})
	handle := runtime.Bind[string](set, "a", nil)
	if _, err := handle.Read(t.Context()); err == nil || set.Err() == nil || !strings.Contains(set.Err().Error(), "a: has no decoder") {
		t.Errorf("without a decoder: %v, and reading %v", set.Err(), err)
	}
}
