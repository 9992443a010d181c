// Command vaultserver runs a real Vault core for the end-to-end tests: in
// memory, unsealed, with a root token of the caller's choice.
//
//	vaultserver 127.0.0.1:PORT ROOT-TOKEN
//
// Port 0 takes a free one. When the server answers, one line goes to standard
// output, and nothing else ever does:
//
//	vaultserver ready on 127.0.0.1:41237 unseal key 9f0c…
//
// An interrupt or SIGTERM stops it, and everything it stored is gone. The exit
// status is 0 after such a stop, 1 when the server fails and 2 on wrong usage.
//
// It is a server for tests and nothing else: it has no TLS, shows its token in
// the process list, and so refuses to listen on anything but loopback. It is a
// module of its own, run as a process, so that nobody who imports secretsgen
// compiles Vault.
package main

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"os"
	"os/signal"
	"syscall"
	"time"
)

// stopTimeout is how long a stop waits for requests under way.
const stopTimeout = 5 * time.Second

// errUsage marks an error in the arguments.
var errUsage = errors.New("usage: vaultserver 127.0.0.1:PORT ROOT-TOKEN")

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx, os.Args[1:], os.Stdout)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "vaultserver:", err)
		if errors.Is(err, errUsage) {
			os.Exit(2)
		}
		os.Exit(1)
	}
}

// run serves until ctx ends or the server fails.
func run(ctx context.Context, args []string, stdout io.Writer) error {
	addr, rootToken, err := parseArgs(args)
	if err != nil {
		return err
	}
	core, err := startCore(rootToken)
	if err != nil {
		return err
	}
	var lc net.ListenConfig
	ln, err := lc.Listen(ctx, "tcp", addr)
	if err != nil {
		return errors.Join(err, core.stop())
	}
	srv := &http.Server{Handler: core.handler(), ReadHeaderTimeout: 10 * time.Second}
	failed := make(chan error, 1)
	go func() { failed <- srv.Serve(ln) }()

	// The listener has been open since Listen: a client that connects at the
	// sight of this line is served.
	if _, err := fmt.Fprintln(stdout, "vaultserver ready on", ln.Addr(), "unseal key", hex.EncodeToString(core.unsealKey)); err != nil {
		return errors.Join(err, shutDown(srv), core.stop())
	}
	select {
	case err := <-failed:
		return errors.Join(err, core.stop())
	case <-ctx.Done():
		return errors.Join(shutDown(srv), core.stop())
	}
}

// parseArgs takes the address to listen on and the root token.
func parseArgs(args []string) (addr, rootToken string, err error) {
	if len(args) != 2 || args[1] == "" {
		return "", "", errUsage
	}
	ap, err := netip.ParseAddrPort(args[0])
	if err != nil {
		return "", "", fmt.Errorf("address: %w\n%w", err, errUsage)
	}
	if !ap.Addr().IsLoopback() {
		return "", "", fmt.Errorf("address: %s is not a loopback address\n%w", ap.Addr(), errUsage)
	}
	return args[0], args[1], nil
}

// shutDown lets requests under way end, and cuts them off after stopTimeout.
func shutDown(srv *http.Server) error {
	ctx, cancel := context.WithTimeout(context.Background(), stopTimeout)
	defer cancel()
	if err := srv.Shutdown(ctx); errors.Is(err, context.DeadlineExceeded) {
		return srv.Close()
	} else if err != nil {
		return err
	}
	return nil
}
