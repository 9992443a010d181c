package quickstart_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/secretsgen/secretsgen/runtime"
	"github.com/secretsgen/secretsgen/runtime/secretstest"
	"github.com/secretsgen/secretsgen/testdata/golden/yaml/quickstart"
)

const canary = "canary-5d21"

// open returns the secrets of a service whose store holds a canary.
func open(t *testing.T) (*quickstart.Secrets, *secretstest.Kit) {
	t.Helper()
	kit := secretstest.New(t)
	kit.Set("openbao+kv2://secret/myapp/api#token?version=3", canary)
	kit.Set("openbao+kv2://secret/myapp/db", map[string]any{"username": "app", "password": canary, "port": 5432})
	secrets, err := quickstart.New(kit.Client)
	if err != nil {
		t.Fatal(err)
	}
	return secrets, kit
}

func TestAccessorsReadWhatIsStored(t *testing.T) {
	t.Parallel()
	secrets, _ := open(t)
	token, err := secrets.API.Token(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if token.Reveal() != canary || token.Version() != 3 {
		t.Errorf("the token is version %d and not what version 3 holds", token.Version())
	}
	db, err := secrets.DB(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if got := db.Reveal(); got.Username != "app" || got.Password != canary || got.Port != 5432 {
		t.Error("the document is not the one that is stored")
	}
}

func TestLoadReadsEverything(t *testing.T) {
	t.Parallel()
	secrets, _ := open(t)
	values, err := secrets.Load(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if values.API.Token.Reveal() != canary || values.DB.Reveal().Password != canary {
		t.Error("Load returned something else than what is stored")
	}
}

func TestNothingPrintsAValue(t *testing.T) {
	t.Parallel()
	secrets, _ := open(t)
	values, err := secrets.Load(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d"} {
		for _, printed := range []any{values, values.DB.Reveal(), secrets} {
			if text := fmt.Sprintf(verb, printed); strings.Contains(text, canary) || strings.Contains(text, fmt.Sprintf("%x", canary)) {
				t.Errorf("%s of %T prints the value", verb, printed)
			}
		}
	}
}

func TestPreflightAsksAndReadsNothing(t *testing.T) {
	t.Parallel()
	secrets, kit := open(t)
	if err := secrets.Preflight(t.Context()); err != nil {
		t.Errorf("every secret is permitted, and Preflight says %v", err)
	}
	kit.Deny("db")
	if _, err := secrets.DB(t.Context()); err != nil {
		t.Errorf("the grant that Preflight took is not used: %v", err)
	}
	if _, err := secrets.DB(t.Context()); !errors.Is(err, runtime.ErrDenied) {
		t.Errorf("a denied accessor says %v", err)
	}
	if kit.Reads() != 1 {
		t.Errorf("the store was read %d times, want once", kit.Reads())
	}
}

func TestCloseRefusesFurtherReads(t *testing.T) {
	t.Parallel()
	secrets, _ := open(t)
	if err := secrets.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	if _, err := secrets.API.Token(t.Context()); !errors.Is(err, runtime.ErrClosed) {
		t.Errorf("a read after Close says %v", err)
	}
}
