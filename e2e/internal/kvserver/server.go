package kvserver

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"time"
)

// Server is a KV server. Its methods are not for concurrent use.
type Server struct {
	Address   string // base URL
	Token     string // may do everything
	UnsealKey string // of a server that [Start] made
	Client    *http.Client

	shared  bool // among tests: they take away what they made
	options Options
	stop    func() error // nil: not running, or not ours
}

const (
	// startLimit bounds the time until a server that was started answers, and
	// until a mount of it can be written to.
	startLimit = 30 * time.Second
	// pollInterval is how often it is asked.
	pollInterval = 20 * time.Millisecond

	rootToken = "e2e-root-token" //nolint:gosec // of servers that end with the tests
	parallel  = "16"             // tests at a time
)

// Shared finds or starts the server that the environment asks for. It must be
// stopped.
func Shared() (s *Server, err error) {
	switch {
	case os.Getenv("E2E_OPENBAO_ADDR") != "":
		s, err = running()
	case os.Getenv("E2E_OPENBAO_BIN") != "":
		s, err = startOpenBao(os.Getenv("E2E_OPENBAO_BIN"))
	default:
		s, err = Start(Options{})
	}
	if err != nil {
		return nil, err
	}
	s.shared = true
	return s, nil
}

// running is a server that somebody else has started.
func running() (*Server, error) {
	token := os.Getenv("E2E_OPENBAO_TOKEN")
	if token == "" {
		return nil, errors.New("E2E_OPENBAO_ADDR is set and E2E_OPENBAO_TOKEN is not")
	}
	return &Server{Address: strings.TrimRight(os.Getenv("E2E_OPENBAO_ADDR"), "/"), Token: token, Client: http.DefaultClient}, nil
}

// Run starts the shared server, runs the tests of a package on it with run, and
// stops it. The result is the exit status of the test binary.
func Run(use func(*Server), run func() int) int {
	shared, err := Shared()
	if err != nil {
		fmt.Fprintln(os.Stderr, "e2e: no KV server can be had:", err)
		return 1
	}
	use(shared)
	// Tests wait for servers, timeouts and leases most of the time, and the
	// default is one a core.
	if !flag.Parsed() {
		flag.Parse()
	}
	if given := flag.Lookup("test.parallel"); given.Value.String() == given.DefValue {
		_ = given.Value.Set(parallel)
	}
	code := run()
	if err := shared.Stop(); err != nil {
		fmt.Fprintln(os.Stderr, "e2e: the server did not stop as it should:", err)
		return 1
	}
	return code
}

// Stop ends a server that was started here, and leaves any other alone.
func (s *Server) Stop() error {
	if s.stop == nil {
		return nil
	}
	stop := s.stop
	s.stop = nil
	return stop()
}

// health is the status of the server's own report.
func (s *Server) health() (int, error) {
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, s.Address+"/v1/sys/health", nil)
	if err != nil {
		return 0, err
	}
	resp, err := s.Client.Do(req)
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
