package main

import (
	"bytes"
	"flag"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "put what the demo prints into the README")

// demo builds the program, runs it with the settings of dev.env and store in
// the place of store.yaml, and returns what it printed.
func demo(t *testing.T, store string) string {
	t.Helper()
	binary := filepath.Join(t.TempDir(), "quickstart")
	if out, err := exec.CommandContext(t.Context(), "go", "build", "-o", binary, ".").CombinedOutput(); err != nil {
		t.Fatalf("go build: %v\n%s", err, out)
	}
	settings, err := os.ReadFile("dev.env")
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), binary)
	cmd.Env = []string{"TMPDIR=" + t.TempDir()}
	for line := range strings.Lines(string(settings)) {
		if line = strings.TrimSpace(line); line != "" && !strings.HasPrefix(line, "#") {
			cmd.Env = append(cmd.Env, line)
		}
	}
	cmd.Env = append(cmd.Env, "YAML_VAULT_PATH="+store)
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	if err := cmd.Run(); err != nil {
		t.Fatalf("the demo failed: %v\n%s", err, stderr.String())
	}
	return stdout.String()
}

func TestTheDemoShowsWhatItPromisesAndNoValue(t *testing.T) {
	t.Parallel()
	out := demo(t, "store.yaml")
	for _, want := range []string{
		"token prints as  [REDACTED]",
		"the struct prints as  [REDACTED]",
		"access denied by policy",
		"is ErrDenied: true, is *AuthzDeniedError: true",
		"latest is version 4, pinned is version 3, same value: false",
		"no policy decision: unavailable",
		"no policy decision: breaker_open",
		"closed_to_open",
		`"code":"pdp_breaker_open"`,
	} {
		if !strings.Contains(out, want) {
			t.Errorf("the demo does not print %q:\n%s", want, out)
		}
	}
	for _, value := range []string{"quickstart-token", "quickstart-password", "quickstart-salt"} {
		if strings.Contains(out, value) {
			t.Errorf("the demo prints the value %q", value)
		}
	}
	_, trail, _ := strings.Cut(out, "— The audit trail")
	if strings.Contains(trail, "myapp") {
		t.Errorf("the trail holds a path:\n%s", trail)
	}
	rows := regexp.MustCompile(`(?m)^(decision|read) .* [A-Za-z0-9_-]{24}  `).FindAllString(trail, -1)
	if len(rows) != 18 {
		t.Errorf("%d rows of the trail have a resource_ref, want 18:\n%s", len(rows), trail)
	}
}

func TestWhatTheDemoPrintsComesFromTheStore(t *testing.T) {
	t.Parallel()
	store, err := os.ReadFile("store.yaml")
	if err != nil {
		t.Fatal(err)
	}
	changed := filepath.Join(t.TempDir(), "store.yaml")
	text := strings.NewReplacer("quickstart-token-four", "another-token", "5432", "6543").Replace(string(store))
	if err := os.WriteFile(changed, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	before, after := demo(t, "store.yaml"), demo(t, changed)
	if !strings.Contains(before, "port 5432") || !strings.Contains(after, "port 6543") {
		t.Error("the port is not that of the store")
	}
	fingerprint := regexp.MustCompile(`fingerprint [0-9a-f]{12}`)
	if a, b := fingerprint.FindString(before), fingerprint.FindString(after); a == "" || a == b {
		t.Errorf("the token's fingerprint stays %q though the token changed", a)
	}
}

// What differs from run to run.
var varying = regexp.MustCompile(`"(id|ts|grant_id|decision_id)":"[^"]*"|"latency_us":\d+`)

const (
	readme = "../../README.md"
	begin  = "<!-- the demo, as it printed -->\n```text\n"
	end    = "```\n<!-- end of the demo -->"
)

func TestTheReadmeShowsWhatTheDemoPrints(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile(readme)
	if err != nil {
		t.Fatal(err)
	}
	before, rest, ok := strings.Cut(string(text), begin)
	shown, after, ok2 := strings.Cut(rest, end)
	if !ok || !ok2 {
		t.Fatal("the README has no place for the demo")
	}
	printed := strings.TrimLeft(demo(t, "store.yaml"), "\n")
	if *update {
		if err := os.WriteFile(readme, []byte(before+begin+printed+end+after), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if diff := cmp.Diff(varying.ReplaceAllString(printed, "…"), varying.ReplaceAllString(shown, "…")); diff != "" {
		t.Errorf("the README shows another demo (-printed +shown); run go test ./examples/quickstart -run Readme -update:\n%s", diff)
	}
}
