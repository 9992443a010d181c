package runtime_test

import (
	"io/fs"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/secretsgen/secretsgen/runtime"
	"github.com/secretsgen/secretsgen/runtime/audit"
	"github.com/secretsgen/secretsgen/runtime/secretstest"
)

func TestPredecessorFaultM_AllowDenyAndErrorAreInTheTrail(t *testing.T) {
	t.Parallel()
	kit := secretstest.New(t)
	kit.Set(apiToken, "canary")
	kit.Deny("denied")
	_, allowed := bind(t, kit, "allowed", apiToken, stringDecoder).Read(t.Context())
	_, denied := bind(t, kit, "denied", apiToken, stringDecoder).Read(t.Context())
	_, failed := bind(t, kit, "failed", dbRef+"#missing", stringDecoder).Read(t.Context())
	if allowed != nil || denied == nil || failed == nil {
		t.Fatalf("got %v, %v and %v", allowed, denied, failed)
	}
	var got []string
	for _, e := range kit.Events() {
		got = append(got, e.Accessor+" "+string(e.Type)+" "+string(e.Effect))
	}
	want := []string{
		"allowed decision allow", "allowed read allow", "denied decision deny",
		"failed decision allow", "failed read error",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("events (-want +got):\n%s", diff)
	}
}

func TestPredecessorFaultO_AMissingKeyIsAnErrorAndNeverAValue(t *testing.T) {
	t.Parallel()
	kit := secretstest.New(t)
	kit.Set(dbRef, map[string]any{"username": "u"})
	for _, key := range []string{"password", "Username", "username.x"} {
		secret, err := bind(t, kit, "db.password", dbRef+"#"+key, stringDecoder).Read(t.Context())
		if !isA[*runtime.SecretKeyNotFoundError](err) || secret.Reveal() != "" {
			t.Errorf("%s: %v", key, err)
		}
	}
	events := kit.Events()
	if last := events[len(events)-1]; last.Type != audit.Read || last.Code != "key_not_found" {
		t.Errorf("the event is %+v", last)
	}
}

// TestEachOfTheSixteenPredecessorFaultsHasATest lists the tests that are named
// after a fault of the predecessor, and misses none of the letters.
func TestEachOfTheSixteenPredecessorFaultsHasATest(t *testing.T) {
	t.Parallel()
	named := regexp.MustCompile(`(?m)^func (TestPredecessorFault([A-Z])_\w+)\(t \*testing\.T\)`)
	tests := map[string][]string{}
	root := os.DirFS("..")
	err := fs.WalkDir(root, ".", func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || !strings.HasSuffix(path, "_test.go") {
			return err
		}
		text, err := fs.ReadFile(root, path)
		for _, found := range named.FindAllSubmatch(text, -1) {
			letter := string(found[2])
			tests[letter] = append(tests[letter], path+": "+string(found[1]))
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, letter := range strings.Split("ABCDEFGHIJKLMNOP", "") {
		if len(tests[letter]) == 0 {
			t.Errorf("fault %s has no test", letter)
		}
		for _, test := range tests[letter] {
			t.Logf("%s: %s", letter, test)
		}
		delete(tests, letter)
	}
	if len(tests) > 0 {
		t.Errorf("tests of faults that there are not: %v", tests)
	}
}
