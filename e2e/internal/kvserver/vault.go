package kvserver

import (
	"bufio"
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// Options are how a Vault of one test differs from one on a free port, in
// memory, over plain http.
type Options struct {
	Storage   string // a folder, for a server that can be started again
	Cert, Key string // files of the certificate that it serves TLS with
	TLS       *tls.Config
}

// Start runs e2e/vaultserver and waits for its ready line. It must be stopped.
func Start(options Options) (*Server, error) {
	s := &Server{Token: rootToken, Client: http.DefaultClient, options: options}
	if options.TLS != nil {
		s.Client = &http.Client{Transport: &http.Transport{TLSClientConfig: options.TLS}}
	}
	return s, s.run("127.0.0.1:0")
}

// StartAgain runs a server that was stopped once more, on the same port and
// storage. It comes up sealed.
func (s *Server) StartAgain() error {
	_, address, _ := strings.Cut(s.Address, "://")
	return s.run(address)
}

// run starts the program and waits for its ready line, which tells the port and,
// the first time, the key.
func (s *Server) run(address string) error {
	binary, err := program()
	if err != nil {
		return err
	}
	scheme, args := "http", []string(nil)
	if s.options.Storage != "" {
		args = append(args, "-storage", s.options.Storage)
	}
	if s.options.Cert != "" {
		scheme, args = "https", append(args, "-tls-cert", s.options.Cert, "-tls-key", s.options.Key)
	}
	//nolint:gosec // the program of this repository
	cmd := exec.CommandContext(context.Background(), binary, append(args, address, rootToken)...)
	cmd.Stderr = os.Stderr
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		return err
	}
	if s.stop, err = launch(cmd); err != nil {
		return err
	}
	line, err := bufio.NewReader(stdout).ReadString('\n')
	bound, state, ok := strings.Cut(strings.TrimPrefix(strings.TrimSpace(line), "vaultserver ready on "), " ")
	if err != nil || !ok {
		return errors.Join(fmt.Errorf("vaultserver did not say that it is ready: %w", err), s.Stop())
	}
	s.Address = scheme + "://" + bound
	if key, ok := strings.CutPrefix(state, "unseal key "); ok {
		s.UnsealKey = key
	}
	return nil
}

// program is the path of e2e/vaultserver: E2E_VAULTSERVER_BIN, or else what the
// script that builds it once says.
func program() (string, error) {
	if binary := os.Getenv("E2E_VAULTSERVER_BIN"); binary != "" {
		return binary, nil
	}
	root, err := exec.CommandContext(context.Background(), "go", "list", "-m", "-f", "{{.Dir}}").Output()
	if err != nil {
		return "", fmt.Errorf("the module of the tests: %w", err)
	}
	//nolint:gosec // the script of this repository
	script := exec.CommandContext(context.Background(), filepath.Join(string(bytes.TrimSpace(root)), "../scripts/vaultserver.sh"))
	script.Stderr = os.Stderr
	path, err := script.Output()
	if err != nil {
		return "", fmt.Errorf("scripts/vaultserver.sh: %w", err)
	}
	return string(bytes.TrimSpace(path)), nil
}
