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
// Flags before the address change that:
//
//	-storage DIR        keeps everything in DIR
//	-tls-cert FILE      serves TLS with this certificate chain, in PEM,
//	-tls-key FILE       and its private key, and asks clients for a certificate
//
// A server that is started on the storage of one that has ended comes up sealed,
// as Vault does, and holds the root token of the first start. Its line ends in
// "sealed", and sys/unseal takes the key that the first start showed:
//
//	vaultserver ready on 127.0.0.1:41237 sealed
//
// A client's certificate is asked for and not verified in the handshake, as
// Vault does by default; its method "cert" verifies it at login.
//
// It is a server for tests and nothing else: it shows its token in the process
// list, and so refuses to listen on anything but loopback. It is a module of its
// own, run as a process, so that nobody who imports secretsgen compiles Vault.
package main

import (
	"context"
	"crypto/tls"
	"encoding/hex"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
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
var errUsage = errors.New("usage: vaultserver [-storage DIR] [-tls-cert FILE -tls-key FILE] 127.0.0.1:PORT ROOT-TOKEN")

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

// options are what the arguments ask for.
type options struct {
	address, rootToken string
	storage            string      // a folder; empty: memory
	tls                *tls.Config // nil: plain http
}

// run serves until ctx ends or the server fails.
func run(ctx context.Context, args []string, stdout io.Writer) error {
	opts, err := parseArgs(args)
	if err != nil {
		return err
	}
	core, err := startCore(opts.storage, opts.rootToken)
	if err != nil {
		return err
	}
	ln, err := listen(ctx, opts)
	if err != nil {
		return errors.Join(err, core.stop())
	}
	srv := &http.Server{
		Handler: core.handler(), ReadHeaderTimeout: 10 * time.Second,
		// Handshakes that are broken off, which is what tests are about.
		ErrorLog: slog.NewLogLogger(slog.DiscardHandler, slog.LevelError),
	}
	failed := make(chan error, 1)
	go func() { failed <- srv.Serve(ln) }()

	// The listener has been open since listen: a client that connects at the
	// sight of this line is served.
	if _, err := fmt.Fprintln(stdout, "vaultserver ready on", ln.Addr(), core.state()); err != nil {
		return errors.Join(err, shutDown(srv), core.stop())
	}
	select {
	case err := <-failed:
		return errors.Join(err, core.stop())
	case <-ctx.Done():
		return errors.Join(shutDown(srv), core.stop())
	}
}

// listen opens the port, with TLS if that was asked for.
func listen(ctx context.Context, opts options) (net.Listener, error) {
	var lc net.ListenConfig
	ln, err := lc.Listen(ctx, "tcp", opts.address)
	if err != nil || opts.tls == nil {
		return ln, err
	}
	return tls.NewListener(ln, opts.tls), nil
}

// state is the end of the ready line.
func (c *testCore) state() string {
	if c.unsealKey == nil {
		return "sealed"
	}
	return "unseal key " + hex.EncodeToString(c.unsealKey)
}

// parseArgs takes the flags, the address to listen on and the root token.
func parseArgs(args []string) (options, error) {
	var opts options
	flags := flag.NewFlagSet("vaultserver", flag.ContinueOnError)
	flags.SetOutput(io.Discard) // errors are shown once, by main
	flags.StringVar(&opts.storage, "storage", "", "")
	cert, key := flags.String("tls-cert", "", ""), flags.String("tls-key", "", "")
	if err := flags.Parse(args); err != nil {
		return options{}, fmt.Errorf("%w\n%w", err, errUsage)
	}
	opts.address, opts.rootToken = flags.Arg(0), flags.Arg(1)
	if flags.NArg() != 2 || opts.rootToken == "" || (*cert == "") != (*key == "") {
		return options{}, errUsage
	}
	ap, err := netip.ParseAddrPort(opts.address)
	if err != nil {
		return options{}, fmt.Errorf("address: %w\n%w", err, errUsage)
	}
	if !ap.Addr().IsLoopback() {
		return options{}, fmt.Errorf("address: %s is not a loopback address\n%w", ap.Addr(), errUsage)
	}
	if *cert != "" {
		pair, err := tls.LoadX509KeyPair(*cert, *key)
		if err != nil {
			return options{}, err
		}
		opts.tls = &tls.Config{
			MinVersion: tls.VersionTLS12, Certificates: []tls.Certificate{pair},
			ClientAuth: tls.RequestClientCert, NextProtos: []string{"h2", "http/1.1"},
		}
	}
	return opts, nil
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
