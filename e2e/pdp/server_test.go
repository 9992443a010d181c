package pdp

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/secretsgen/secretsgen/runtime/secretstest/leakcheck"
)

// server is a policy decision point of this test binary.
type server struct {
	address string // host and port
	base    string // SECRETS_PDP_URL
	dialect string // SECRETS_PDP_DIALECT
	health  string // path
	command func() *exec.Cmd
	process *exec.Cmd
	output  bytes.Buffer // to be read once the process has ended
}

// Those that every test uses, and none stops.
var shared struct{ cerbos, opa, opaBatch *server } //nolint:gochecknoglobals // set by TestMain alone

// The values that the accessors read, by their variable.
var values = map[string]string{ //nolint:gochecknoglobals // a table
	"E2E_API_TOKEN": leakcheck.NewCanary(), "E2E_DB_PASSWORD": leakcheck.NewCanary(),
	"E2E_LEGACY_TOKEN": leakcheck.NewCanary(), "E2E_OTHER": leakcheck.NewCanary(),
}

func TestMain(m *testing.M) { os.Exit(run(m)) }

func run(m *testing.M) int {
	for name, value := range values {
		if err := os.Setenv(name, value); err != nil {
			fmt.Fprintln(os.Stderr, "e2e/pdp:", err)
			return 1
		}
	}
	dir, err := os.MkdirTemp("", "e2e-pdp-")
	if err != nil {
		fmt.Fprintln(os.Stderr, "e2e/pdp:", err)
		return 1
	}
	defer os.RemoveAll(dir)
	for _, s := range []struct {
		target **server
		make   func() (*server, error)
	}{
		{&shared.cerbos, func() (*server, error) { return newCerbos(dir) }},
		{&shared.opa, func() (*server, error) { return newOPA("secret.rego") }},
		{&shared.opaBatch, func() (*server, error) { return newOPA("secret.rego", "batch.rego") }},
	} {
		made, err := s.make()
		if err == nil {
			err = made.start()
		}
		if err != nil {
			fmt.Fprintln(os.Stderr, "e2e/pdp: a policy decision point can't be had:", err)
			return 1
		}
		defer func() { _ = made.stop() }()
		*s.target = made
	}
	return m.Run()
}

// program is the path of a server's binary.
func program(variable, script string) (string, error) {
	path := os.Getenv(variable)
	if path == "" {
		return "", fmt.Errorf("%s is not set: set it to what %s prints, or run make test", variable, script)
	}
	return path, nil
}

// freePort is one that nobody uses now.
func freePort() (string, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	return listener.Addr().String(), listener.Close()
}

// newCerbos is a Cerbos server with the policy of the documentation.
func newCerbos(dir string) (*server, error) {
	policy, err := os.ReadFile("testdata/secret.yaml")
	if err != nil {
		return nil, err
	}
	return cerbosOf(dir, policy)
}

// cerbosOf is a Cerbos server with one policy and a folder of its own, on free
// ports in the place of those that its configuration names.
func cerbosOf(dir string, policy []byte) (*server, error) {
	binary, err := program("E2E_CERBOS_BIN", "scripts/cerbos.sh")
	if err != nil {
		return nil, err
	}
	dir, err = os.MkdirTemp(dir, "cerbos-")
	if err != nil {
		return nil, err
	}
	policies := filepath.Join(dir, "policies")
	text, err1 := os.ReadFile("testdata/cerbos.yaml")
	web, err2 := freePort()
	grpc, err3 := freePort()
	err4 := os.Mkdir(policies, 0o700)
	if err := errors.Join(err1, err2, err3, err4); err != nil {
		return nil, err
	}
	config := strings.NewReplacer("127.0.0.1:3592", web, "127.0.0.1:3593", grpc, "directory: policies", "directory: "+policies).Replace(string(text))
	if err := errors.Join(
		os.WriteFile(filepath.Join(dir, "cerbos.yaml"), []byte(config), 0o600),
		os.WriteFile(filepath.Join(policies, "secret.yaml"), policy, 0o600),
	); err != nil {
		return nil, err
	}
	return &server{
		address: web, base: "http://" + web, dialect: "cerbos", health: "/_cerbos/health",
		command: func() *exec.Cmd {
			return exec.Command(binary, "server", "--log-level=ERROR", "--config="+filepath.Join(dir, "cerbos.yaml"))
		},
	}, nil
}

// newOPA is an Open Policy Agent with policies of the documentation.
func newOPA(files ...string) (*server, error) {
	paths := make([]string, len(files))
	for i, file := range files {
		paths[i] = filepath.Join("testdata", file)
	}
	return opaOf(paths...)
}

// opaOf is an Open Policy Agent whose document data.authzen has the standard
// paths of AuthZEN.
func opaOf(paths ...string) (*server, error) {
	binary, err := program("E2E_OPA_BIN", "scripts/opa.sh")
	if err != nil {
		return nil, err
	}
	address, err := freePort()
	if err != nil {
		return nil, err
	}
	args := []string{"run", "--server", "--skip-version-check", "--log-level=error", "--addr", address}
	args = append(args, paths...)
	return &server{
		address: address, base: "http://" + address + "/v0/data/authzen", health: "/health",
		command: func() *exec.Cmd { return exec.Command(binary, args...) },
	}, nil
}

// startLimit bounds the time until a server that was started answers, and
// pollInterval is how often it is asked.
const (
	startLimit   = 60 * time.Second
	pollInterval = 20 * time.Millisecond
)

// start runs the server and waits until it answers.
func (s *server) start() error {
	s.process = s.command()
	s.process.Stdout, s.process.Stderr = &s.output, &s.output
	if err := s.process.Start(); err != nil {
		return err
	}
	tick := time.NewTicker(pollInterval)
	defer tick.Stop()
	for deadline := time.Now().Add(startLimit); time.Now().Before(deadline); <-tick.C {
		if s.answers() {
			return nil
		}
	}
	err := s.stop()
	return errors.Join(fmt.Errorf("it did not answer in time, and says: %s", s.output.String()), err)
}

func (s *server) answers() bool {
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+s.address+s.health, nil)
	if err != nil {
		return false
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return false
	}
	_, _ = io.Copy(io.Discard, resp.Body)
	return resp.Body.Close() == nil && resp.StatusCode == http.StatusOK
}

// stop kills the server by its own handle.
func (s *server) stop() error {
	if err := s.process.Process.Kill(); err != nil {
		return err
	}
	_ = s.process.Wait() // it was killed, which is no success
	return nil
}
