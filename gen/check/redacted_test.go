package check_test

import (
	"reflect"
	"testing"

	"github.com/secretsgen/secretsgen/gen/check"
	"github.com/secretsgen/secretsgen/gen/diag"
	"github.com/secretsgen/secretsgen/gen/model"
	"github.com/secretsgen/secretsgen/gen/names"
	"github.com/secretsgen/secretsgen/runtime"
)

// A field of such a name would hide the method, and a document would show its
// values where it is printed so.
func TestNoFieldHidesAMethodThatRedacts(t *testing.T) {
	t.Parallel()
	redacted := reflect.TypeFor[runtime.Redacted]()
	if redacted.NumMethod() == 0 {
		t.Fatal("nothing redacts")
	}
	for method := range redacted.Methods() {
		if names.Go(method.Name) != method.Name {
			continue // no field is called that
		}
		p := tagged("secrets", "Secrets", "", "DB")
		p.Secrets[0].Fields[0].Name = model.Name{Text: method.Name}
		var diags diag.List
		check.Check(p, &diags)
		if found := diags.Sorted(); len(found) != 1 || found[0].Code != diag.NameCollision {
			t.Errorf("a field %s gave %v, want a collision", method.Name, lines(found))
		}
	}
}
