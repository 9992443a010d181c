package e2e

import (
	"bufio"
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
	"syscall"
	"testing"
	"time"
)

// server is the Vault-compatible server of this test binary.
type server struct {
	address string // base URL
	token   string // may do everything
	stop    func() error
}

// startLimit bounds the time until a server that was started answers.
const startLimit = 30 * time.Second

// shared is the server that every test uses, each under mounts of its own.
var shared *server //nolint:gochecknoglobals // set by TestMain alone

func TestMain(m *testing.M) {
	os.Exit(run(m))
}

func run(m *testing.M) int {
	dir, err := os.MkdirTemp("", "e2e-")
	if err != nil {
		fmt.Fprintln(os.Stderr, "e2e:", err)
		return 1
	}
	defer os.RemoveAll(dir)
	if shared, err = start(dir); err != nil {
		fmt.Fprintln(os.Stderr, "e2e: no Vault-compatible server can be had:", err)
		return 1
	}
	code := m.Run()
	if err := shared.stop(); err != nil {
		fmt.Fprintln(os.Stderr, "e2e: the server did not stop as it should:", err)
		return 1
	}
	return code
}

// start finds or starts the server that the environment asks for.
func start(dir string) (*server, error) {
	if address := os.Getenv("E2E_OPENBAO_ADDR"); address != "" {
		token := os.Getenv("E2E_OPENBAO_TOKEN")
		if token == "" {
			return nil, errors.New("E2E_OPENBAO_ADDR is set and E2E_OPENBAO_TOKEN is not")
		}
		return &server{address: strings.TrimRight(address, "/"), token: token, stop: func() error { return nil }}, nil
	}
	const token = "e2e-root-token"
	if binary := os.Getenv("E2E_OPENBAO_BIN"); binary != "" {
		return startOpenBao(binary, token)
	}
	binary := os.Getenv("E2E_VAULTSERVER_BIN")
	if binary == "" {
		var err error
		if binary, err = build(dir); err != nil {
			return nil, err
		}
	}
	return startVault(binary, token)
}

// build compiles e2e/vaultserver, which takes minutes the first time and the
// build cache's time later.
func build(dir string) (string, error) {
	binary := filepath.Join(dir, "vaultserver")
	fmt.Fprintln(os.Stderr, "e2e: building the Vault server: about 3 minutes the first time")
	cmd := exec.Command("go", "build", "-trimpath", "-ldflags", "-s -w", "-o", binary, ".")
	cmd.Dir = "vaultserver"
	cmd.Stderr = os.Stderr
	if err := cmd.Run(); err != nil {
		return "", fmt.Errorf("building e2e/vaultserver: %w", err)
	}
	return binary, nil
}

// startVault runs vaultserver on a free port and waits for its ready line.
func startVault(binary, token string) (*server, error) {
	cmd := exec.Command(binary, "127.0.0.1:0", token)
	cmd.Stderr = os.Stderr
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	stop, err := launch(cmd)
	if err != nil {
		return nil, err
	}
	line, err := bufio.NewReader(stdout).ReadString('\n')
	address, _, ok := strings.Cut(strings.TrimPrefix(line, "vaultserver ready on "), " ")
	if err != nil || !ok {
		return nil, errors.Join(fmt.Errorf("vaultserver did not say that it is ready: %w", err), stop())
	}
	return &server{address: "http://" + address, token: token, stop: stop}, nil
}

// startOpenBao runs a bao binary in its development mode and waits until it
// answers.
func startOpenBao(binary, token string) (*server, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	address := listener.Addr().String()
	if err := listener.Close(); err != nil {
		return nil, err
	}
	cmd := exec.Command(binary, "server", "-dev", "-dev-no-store-token", "-dev-listen-address="+address, "-dev-root-token-id="+token)
	cmd.Stderr = os.Stderr
	stop, err := launch(cmd)
	if err != nil {
		return nil, err
	}
	s := &server{address: "http://" + address, token: token, stop: stop}
	tick := time.NewTicker(pollInterval)
	defer tick.Stop()
	for deadline := time.Now().Add(startLimit); time.Now().Before(deadline); <-tick.C {
		if status, err := s.health(); err == nil && status == http.StatusOK {
			return s, nil
		}
	}
	return nil, errors.Join(errors.New("bao did not answer in time"), stop())
}

func (s *server) health() (int, error) {
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, s.address+"/v1/sys/health", nil)
	if err != nil {
		return 0, err
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return 0, err
	}
	_, _ = io.Copy(io.Discard, resp.Body)
	return resp.StatusCode, resp.Body.Close()
}

// launch starts a process and returns how to stop it by its own handle.
func launch(cmd *exec.Cmd) (stop func() error, err error) {
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	return func() error {
		if err := cmd.Process.Signal(syscall.SIGTERM); err != nil {
			return err
		}
		return cmd.Wait()
	}, nil
}
