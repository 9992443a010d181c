package kvserver

import (
	"context"
	"errors"
	"net"
	"net/http"
	"os"
	"os/exec"
	"time"
)

// startOpenBao runs a bao binary in its development mode and waits until it
// answers.
func startOpenBao(binary string) (*Server, error) {
	var lc net.ListenConfig
	listener, err := lc.Listen(context.Background(), "tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	address := listener.Addr().String()
	if err := listener.Close(); err != nil {
		return nil, err
	}
	//nolint:gosec // the program that the developer named
	cmd := exec.CommandContext(context.Background(), binary,
		"server", "-dev", "-dev-no-store-token", "-dev-listen-address="+address, "-dev-root-token-id="+rootToken)
	cmd.Stderr = os.Stderr
	stop, err := launch(cmd)
	if err != nil {
		return nil, err
	}
	s := &Server{Address: "http://" + address, Token: rootToken, Client: http.DefaultClient, stop: stop}
	tick := time.NewTicker(pollInterval)
	defer tick.Stop()
	for deadline := time.Now().Add(startLimit); time.Now().Before(deadline); <-tick.C {
		if status, err := s.health(); err == nil && status == http.StatusOK {
			return s, nil
		}
	}
	return nil, errors.Join(errors.New("bao did not answer in time"), s.Stop())
}
