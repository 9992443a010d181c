// Package servertest runs real Redis and Valkey servers for tests and benchmarks,
// on loopback, each on a port of its own, and stops each by its own handle.
//
// E2E_REDIS_BIN and E2E_VALKEY_BIN name the programs; without them those in PATH
// are taken. A server that can't be had fails the test.
package servertest

import (
	"bufio"
	"bytes"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// Kind is one of the servers.
type Kind string

// The servers. The last is a cluster of one node, which has all slots and refuses
// what concerns more than one.
const (
	Redis   Kind = "redis"
	Valkey  Kind = "valkey"
	Cluster Kind = "cluster"
)

// startLimit bounds the time until a server that was started answers.
const startLimit = 20 * time.Second

// Server is one that runs.
type Server struct {
	Kind Kind
	Addr string
	Dir  string // its own: data and log

	tb   testing.TB
	args []string
	cmd  *exec.Cmd

	joined bool // a cluster has its slots
}

// Start runs a server until the test ends. It persists nothing, unless args say so.
func Start(tb testing.TB, kind Kind, args ...string) *Server {
	tb.Helper()
	s := &Server{Kind: kind, Addr: freeAddress(tb), Dir: tb.TempDir(), tb: tb, args: args}
	s.launch()
	tb.Cleanup(s.Stop)
	return s
}

// URL is what SECRETS_STORE_URL says for it.
func (s *Server) URL() string { return "redis://" + s.Addr }

// Stop ends the server, if it runs, as a machine does that loses its power.
func (s *Server) Stop() {
	if s.cmd == nil {
		return
	}
	_ = s.cmd.Process.Kill()
	_ = s.cmd.Wait()
	s.cmd = nil
}

// Restart stops the server and starts it again, on the same port and with what it
// has saved.
func (s *Server) Restart() {
	s.tb.Helper()
	s.Stop()
	s.launch()
}

// Pause stops the server from answering, until [Server.Resume].
func (s *Server) Pause() { s.signal(syscall.SIGSTOP) }

// Resume lets it answer again.
func (s *Server) Resume() { s.signal(syscall.SIGCONT) }

func (s *Server) signal(signal os.Signal) {
	if s.cmd != nil {
		_ = s.cmd.Process.Signal(signal)
	}
}

func (s *Server) launch() {
	s.tb.Helper()
	_, port, _ := net.SplitHostPort(s.Addr)
	args := append([]string{
		"--bind", "127.0.0.1", "--port", port, "--dir", s.Dir, "--save", "", "--appendonly", "no",
		"--logfile", filepath.Join(s.Dir, "log"), "--daemonize", "no",
	}, s.args...)
	if s.Kind == Cluster {
		// Its own default for the second port is 10,000 above the first, which may be none.
		_, bus, _ := net.SplitHostPort(freeAddress(s.tb))
		args = append(args, "--cluster-enabled", "yes", "--cluster-port", bus)
	}
	s.cmd = exec.Command(binary(s.tb, s.Kind), args...) //nolint:noctx,gosec // it ends with Stop, by its own handle; the program is the one that was named
	if err := s.cmd.Start(); err != nil {
		s.tb.Fatal(err)
	}
	s.await(s.answers)
	if s.Kind != Cluster {
		return
	}
	if !s.joined {
		s.Do("CLUSTER", "ADDSLOTSRANGE", "0", "16383")
		s.joined = true
	}
	s.await(func() bool { return strings.Contains(s.Do("CLUSTER", "INFO"), "cluster_state:ok") })
}

// await waits until the server is so far.
func (s *Server) await(ready func() bool) {
	s.tb.Helper()
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for deadline := time.Now().Add(startLimit); time.Now().Before(deadline); <-tick.C {
		if ready() {
			return
		}
	}
	log, _ := os.ReadFile(filepath.Join(s.Dir, "log"))
	s.tb.Fatalf("%s did not answer in time: %s", s.Kind, log)
}

func (s *Server) answers() bool {
	conn, err := net.Dial("tcp", s.Addr) //nolint:noctx // on loopback
	if err != nil {
		return false
	}
	defer conn.Close()
	_, _ = conn.Write([]byte("PING\r\n"))
	_ = conn.SetReadDeadline(time.Now().Add(time.Second))
	line, err := bufio.NewReader(conn).ReadString('\n')
	return err == nil && (strings.HasPrefix(line, "+PONG") || strings.HasPrefix(line, "-NOAUTH"))
}

// Do asks the server one thing, over a connection of its own, and returns the
// answer as it comes over the wire.
func (s *Server) Do(args ...string) string {
	s.tb.Helper()
	conn, err := net.Dial("tcp", s.Addr) //nolint:noctx // on loopback
	if err != nil {
		s.tb.Fatal(err)
	}
	defer conn.Close()
	var request bytes.Buffer
	for _, command := range [][]string{args, {"QUIT"}} {
		fmt.Fprintf(&request, "*%d\r\n", len(command))
		for _, arg := range command {
			fmt.Fprintf(&request, "$%d\r\n%s\r\n", len(arg), arg)
		}
	}
	if _, err := conn.Write(request.Bytes()); err != nil {
		s.tb.Fatal(err)
	}
	var answer bytes.Buffer
	if _, err := answer.ReadFrom(conn); err != nil {
		s.tb.Fatal(err)
	}
	return strings.TrimSuffix(answer.String(), "+OK\r\n")
}

func binary(tb testing.TB, kind Kind) string {
	tb.Helper()
	if kind == Cluster {
		kind = Redis
	}
	name := "E2E_" + strings.ToUpper(string(kind)) + "_BIN"
	if path := os.Getenv(name); path != "" {
		return path
	}
	path, err := exec.LookPath(string(kind) + "-server")
	if err != nil {
		tb.Fatalf("there is no %s-server here: scripts/%s.sh brings it, and %s names one", kind, kind, name)
	}
	return path
}

func freeAddress(tb testing.TB) string {
	tb.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0") //nolint:noctx // on loopback
	if err != nil {
		tb.Fatal(err)
	}
	defer listener.Close()
	return listener.Addr().String()
}

// Texts are the texts in an answer that is a list of them.
func Texts(answer string) (all []string) {
	for {
		_, rest, ok := strings.Cut(answer, "$")
		if !ok {
			return all
		}
		size, rest, _ := strings.Cut(rest, "\r\n")
		n, err := strconv.Atoi(size)
		if err != nil || n > len(rest) {
			return all
		}
		if n >= 0 {
			all = append(all, rest[:n])
			rest = rest[n:]
		}
		answer = rest
	}
}
