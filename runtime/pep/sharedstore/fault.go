package sharedstore

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"net"
	"os"
	"strings"
	"syscall"

	"github.com/redis/go-redis/v9"

	"github.com/secretsgen/secretsgen/runtime/pep"
)

// errStore is every failure of the store: what the library says may hold an
// address.
var errStore = errors.New("sharedstore: the store can't be reached, or can't tell")

// plain takes everything out of an error that may hold an address or a key.
func plain(err error) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, context.Canceled):
		return context.Canceled
	case errors.Is(err, context.DeadlineExceeded):
		return context.DeadlineExceeded
	case redis.HasErrorPrefix(err, "OOM"):
		return errors.Join(errStore, pep.ErrStoreFull)
	}
	return errStore
}

// fault is why a server can't be used: what was tried, and what came of it. It
// holds fixed texts alone.
type fault struct{ tried, result string }

func (f *fault) Error() string { return "sharedstore: " + f.tried + ", and it " + f.result }

func dialFault(err error) error {
	if unknown, ok := errors.AsType[*net.DNSError](err); ok && unknown.IsNotFound {
		return &fault{"the name of its host was looked up", "is not known"}
	}
	switch {
	case errors.Is(err, context.Canceled):
		return context.Canceled
	case errors.Is(err, syscall.ECONNREFUSED):
		return &fault{"a connection was tried", "was refused: nothing listens there"}
	case timedOut(err):
		return &fault{"a connection was tried", "was not answered in time"}
	}
	return &fault{"a connection was tried", "could not be made"}
}

func tlsFault(err error) error {
	const tried = "TLS was tried"
	if _, ok := errors.AsType[tls.RecordHeaderError](err); ok {
		return &fault{tried, "is not what the server speaks: write redis://, or switch TLS on there"}
	}
	if _, ok := errors.AsType[x509.UnknownAuthorityError](err); ok {
		return &fault{tried, "showed a certificate of an unknown authority: name it in " + settingCA}
	}
	if _, ok := errors.AsType[x509.HostnameError](err); ok {
		return &fault{tried, "showed a certificate of another host"}
	}
	if timedOut(err) {
		return &fault{tried, "was not answered in time"}
	}
	return &fault{tried, "failed: the server may want a client certificate, " + settingCert}
}

// loginFault is what a server said, or that it said nothing, after a connection
// was made.
func loginFault(err error) error {
	const tried = "a login was tried"
	if op, ok := errors.AsType[*net.OpError](err); ok && op.Op == "remote error" { // how package tls tells an alert
		return tlsFault(err)
	}
	switch {
	case errors.Is(err, context.Canceled):
		return context.Canceled
	case redis.HasErrorPrefix(err, "WRONGPASS"), strings.Contains(err.Error(), "invalid password"):
		return &fault{tried, "was refused: the user or the password is wrong"}
	case redis.HasErrorPrefix(err, "NOAUTH"):
		return &fault{tried, "was refused: the server wants a password, in " + settingURL + " or " + settingPassword}
	case strings.Contains(err.Error(), "AUTH"):
		return &fault{tried, "was refused: the server knows no such user, or wants no password"}
	case redis.HasErrorPrefix(err, "NOPERM"), strings.Contains(err.Error(), "user executing the script"), strings.Contains(err.Error(), "ACL failure"):
		return &fault{tried, "may not run the commands, or touch the keys, that docs/settings.md lists"}
	case strings.Contains(err.Error(), "DB index"), strings.Contains(err.Error(), "SELECT"):
		return &fault{tried, "found no database of that number (a cluster has 0 alone)"}
	case redis.HasErrorPrefix(err, "LOADING"):
		return &fault{tried, "found a server that is still loading its data"}
	case errors.Is(err, io.EOF), errors.Is(err, syscall.ECONNRESET):
		return &fault{tried, "was cut off: the server may speak TLS, rediss://"}
	case timedOut(err):
		return &fault{tried, "was not answered in time"}
	}
	return &fault{tried, "was not answered as Redis or Valkey would"}
}

func timedOut(err error) bool {
	timeout, ok := errors.AsType[net.Error](err)
	return errors.Is(err, context.DeadlineExceeded) || errors.Is(err, os.ErrDeadlineExceeded) || ok && timeout.Timeout()
}
