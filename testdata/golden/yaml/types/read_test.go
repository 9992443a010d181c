package types_test

import (
	"testing"

	"github.com/secretsgen/secretsgen/runtime/secretstest"
	"github.com/secretsgen/secretsgen/testdata/golden/readback"
	"github.com/secretsgen/secretsgen/testdata/golden/yaml/types"
)

func TestEachTypeIsDecoded(t *testing.T) {
	t.Parallel()
	kit := secretstest.New(t)
	readback.StoreTypes(t, kit)
	secrets, err := types.New(kit.Client)
	if err != nil {
		t.Fatal(err)
	}
	values, err := secrets.Load(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	readback.CheckTypes(t, kit, readback.Types(*values))
}
