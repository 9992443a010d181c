package runtime_test

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"runtime/pprof"
	"sync/atomic"
	"syscall"
	"testing"

	"github.com/secretsgen/secretsgen/runtime"
	"github.com/secretsgen/secretsgen/runtime/decode"
	"github.com/secretsgen/secretsgen/runtime/providers"
	"github.com/secretsgen/secretsgen/runtime/secretstest/leakcheck"
)

const (
	childCanary = "SECRETSGEN_TEST_CANARY"
	childEnd    = "SECRETSGEN_TEST_END"
)

// ends are the ways in which a child process comes to its end with secrets in
// hand, and what its output holds then.
var ends = map[string]string{
	"a panic with the secret":          "panic: ",
	"a panic with a struct":            "panic: ",
	"a panic with an error":            "panic: ",
	"a panic with what was revealed":   "panic: ",
	"a fault of its own":               "index out of range",
	"a signal in the middle of a read": "SIGQUIT",
}

// TestNoTracebackOrProfileShowsASecret runs children that die, and reads what
// they left behind.
func TestNoTracebackOrProfileShowsASecret(t *testing.T) {
	t.Parallel()
	if canary := os.Getenv(childCanary); canary != "" {
		die(t, os.Getenv(childEnd), canary)
		return
	}
	for end, sign := range ends {
		t.Run(end, func(t *testing.T) {
			t.Parallel()
			canary := leakcheck.NewCanary()
			child := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestNoTracebackOrProfileShowsASecret$")
			child.Env = append(os.Environ(), childCanary+"="+canary, childEnd+"="+end, "GOTRACEBACK=all")
			out, err := child.CombinedOutput()
			if err == nil || !bytes.Contains(out, []byte(sign)) || !bytes.Contains(out, []byte("goroutine ")) {
				t.Fatalf("the child did not die of %q: %v\n%s", sign, err, out)
			}
			if forms := leakcheck.Find(out, canary); forms != nil {
				t.Errorf("the child shows the value as %v", forms)
			}
		})
	}
}

func die(t *testing.T, end, canary string) {
	t.Helper()
	s := runtime.NewSecret(canary)
	switch end {
	case "a panic with the secret":
		panic(s)
	case "a panic with a struct":
		panic(unexported{s})
	case "a panic with an error":
		panic(fmt.Errorf("with %v", unexported{s}))
	case "a panic with what was revealed":
		panic(generated{Password: canary})
	case "a fault of its own":
		held := []runtime.Secret[string]{s}
		panic(held[len(held)])
	default:
		dieReading(t, canary)
	}
}

// dieReading is killed while one read waits for its store and another, which
// has its value, for its decoder. Before that it writes every profile.
func dieReading(t *testing.T, canary string) {
	t.Helper()
	decoding, asking := make(chan struct{}), make(chan struct{})
	var reads atomic.Int32
	s := &stub{read: func(context.Context, providers.Location) (providers.Document, error) {
		if reads.Add(1) == 2 {
			close(asking)
			<-t.Context().Done()
		}
		return text(canary)
	}}
	_, client := stubHandle(t, s)
	set := runtime.NewSet(client, []runtime.Declaration{{Accessor: "stub", URI: stubRef}})
	handle := runtime.Bind(set, "stub", func(doc decode.Document) (string, error) {
		value, err := decode.String(doc)
		close(decoding)
		<-t.Context().Done()
		return value, err
	})
	go func() { _, _ = handle.Read(t.Context()) }()
	<-decoding
	go func() { _, _ = handle.Read(t.Context()) }()
	<-asking
	for _, profile := range pprof.Profiles() {
		for _, debug := range []int{1, 2} {
			if err := profile.WriteTo(os.Stdout, debug); err != nil {
				t.Error(err)
			}
		}
	}
	if err := syscall.Kill(os.Getpid(), syscall.SIGQUIT); err != nil {
		t.Fatal(err)
	}
	select {}
}
