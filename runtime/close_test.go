package runtime_test

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/secretsgen/secretsgen/runtime"
	"github.com/secretsgen/secretsgen/runtime/audit"
	"github.com/secretsgen/secretsgen/runtime/providers"
	"github.com/secretsgen/secretsgen/runtime/secretstest"
	"github.com/secretsgen/secretsgen/runtime/uri"
)

func TestAReadThatCloseCouldNotWaitForIsClosedToo(t *testing.T) {
	t.Parallel()
	sink, begun, closed := &recording{}, make(chan struct{}), make(chan struct{})
	s := &stub{
		read: func(context.Context, providers.Location) (providers.Document, error) {
			close(begun)
			<-closed
			return providers.Document{}, providers.ErrClosed
		},
		close: func(context.Context) error { close(closed); return nil },
	}
	handle, client := stubHandle(t, s, sink.factory())
	failed := make(chan error, 1)
	go func() {
		_, err := handle.Read(t.Context())
		failed <- err
	}()
	<-begun
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	if err := client.Close(ended); !errors.Is(err, context.Canceled) {
		t.Errorf("Close: %v", err)
	}
	err := <-failed
	if !errors.Is(err, runtime.ErrClosed) || !errors.Is(err, providers.ErrClosed) || err.Error() != "secretsgen: the client is closed" {
		t.Errorf("the read: %v", err)
	}
	for _, e := range sink.kept() {
		if e.Type == audit.Read && (e.Code != "closed" || e.Effect != audit.Error) {
			t.Errorf("event %s %s", e.Effect, e.Code)
		}
	}
}

func TestCloseWaitsForReadsUnderWayAndTheirEvents(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		sink, answer := &recording{}, make(chan struct{})
		closedProvider := false
		s := &stub{
			read: func(context.Context, providers.Location) (providers.Document, error) {
				<-answer
				if closedProvider {
					t.Error("the provider was closed under a read")
				}
				return text("canary")
			},
			close: func(context.Context) error { closedProvider = true; return nil },
		}
		handle, client := stubHandle(t, s, sink.factory())
		value := make(chan string, 1)
		go func() {
			secret, err := handle.Read(t.Context())
			if err != nil {
				t.Errorf("the read under way: %v", err)
			}
			value <- secret.Reveal()
		}()
		synctest.Wait()
		closed := make(chan error)
		go func() { closed <- client.Close(t.Context()) }()
		synctest.Wait()
		if _, err := handle.Read(t.Context()); !errors.Is(err, runtime.ErrClosed) {
			t.Errorf("a read while closing: %v, want ErrClosed", err)
		}
		close(answer)
		if err := <-closed; err != nil {
			t.Errorf("Close says %v", err)
		}
		if <-value != "canary" || !closedProvider || sink.closed != 1 {
			t.Errorf("another value, or the provider is open (closed: %v), or the sink was not closed once (%d)", closedProvider, sink.closed)
		}
		events := sink.kept()
		if len(events) == 0 || events[len(events)-1].Type != audit.Read {
			t.Errorf("the event of the last read is missing: %+v", events)
		}
	})
}

func TestCloseGivesUpOnAReadWhenItsContextEnds(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		answer := make(chan struct{})
		s := &stub{read: func(context.Context, providers.Location) (providers.Document, error) {
			<-answer
			return text("canary")
		}}
		handle, client := stubHandle(t, s, (&recording{}).factory())
		go func() { _, _ = handle.Read(t.Context()) }()
		synctest.Wait()
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		start := time.Now()
		if err := client.Close(ctx); !errors.Is(err, context.DeadlineExceeded) || !strings.Contains(err.Error(), "reads are still under way") || time.Since(start) != time.Second {
			t.Errorf("Close says %v after %v", err, time.Since(start))
		}
		close(answer)
		if err := client.Close(t.Context()); err == nil || !strings.Contains(err.Error(), "1 events dropped") || errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("closing again says %v, want the event that was lost to it", err)
		}
	})
}

func TestCloseOfAnIdleClientNeedsNoTime(t *testing.T) {
	t.Parallel()
	_, client := stubHandle(t, &stub{})
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := client.Close(ctx); err != nil && strings.Contains(err.Error(), "under way") {
		t.Errorf("no read was: %v", err)
	}
	if err := client.Close(t.Context()); err != nil {
		t.Errorf("closing again: %v", err)
	}
}

func TestReadsAndClosesAtOnceAreEitherServedOrRefused(t *testing.T) {
	t.Parallel()
	var closed atomic.Bool
	s := &stub{
		read: func(context.Context, providers.Location) (providers.Document, error) {
			if closed.Load() {
				t.Error("a read reached a closed provider")
			}
			return text("canary")
		},
		close: func(context.Context) error {
			if closed.Swap(true) {
				t.Error("the provider was closed twice")
			}
			return nil
		},
	}
	handle, client := stubHandle(t, s)
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for {
				secret, err := handle.Read(t.Context())
				if errors.Is(err, runtime.ErrClosed) {
					return
				}
				if err != nil || secret.Reveal() != "canary" {
					t.Errorf("a read was neither served nor refused: %v", err)
					return
				}
			}
		})
	}
	for range 2 {
		wg.Go(func() {
			if err := client.Close(t.Context()); err != nil {
				t.Errorf("Close says %v", err)
			}
		})
	}
	wg.Wait()
}

func TestAProviderThatCannotCloseIsNamedByItsSchemeAlone(t *testing.T) {
	t.Parallel()
	for name, fail := range map[string]func(context.Context) error{
		"it fails":  func(context.Context) error { return errors.New("at a canary address") },
		"it panics": func(context.Context) error { panic("canary") },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, client := stubHandle(t, &stub{close: fail})
			for range 2 {
				err := client.Close(t.Context())
				if err == nil || !strings.Contains(err.Error(), "provider of env") || strings.Contains(err.Error(), "canary") {
					t.Errorf("Close says %v", err)
				}
			}
		})
	}
}

func TestNothingPanicsWithoutAClientOrAContext(t *testing.T) {
	t.Parallel()
	var none *runtime.Client
	set := runtime.NewSet(&runtime.Client{}, nil)
	runtime.Bind(set, "a", stringDecoder)
	_, parseErr := none.Parse(stubRef)
	_, loadErr := set.Load(t.Context())
	handle, client := stubHandle(t, &stub{})
	defer client.Close(context.Background())
	_, zeroErr := runtime.Handle[string]{}.Read(t.Context())
	_, contextErr := handle.Read(nil) //nolint:staticcheck // what is tried
	ref, err := client.Parse(stubRef)
	if err != nil {
		t.Fatal(err)
	}
	_, resolveErr := runtime.Resolve[string](t.Context(), none, ref)
	_, referenceErr := runtime.Resolve[string](t.Context(), client, uri.URI{})
	for name, err := range map[string]error{
		"a set without a client": set.Err(), "Load": loadErr, "Preflight": set.Preflight(t.Context()),
		"Parse": parseErr, "Flush": none.Flush(t.Context()), "a zero handle": zeroErr, "a nil context": contextErr, "Resolve": resolveErr, "a zero reference": referenceErr,
	} {
		if err == nil || !strings.HasPrefix(err.Error(), "secretsgen: ") || !strings.Contains(err.Error(), ": ") {
			t.Errorf("%s: %v, want an error that says what to do", name, err)
		}
	}
	if err := set.Close(t.Context()); err != nil {
		t.Errorf("closing nothing: %v", err)
	}
}

func TestAClosedClientReadsNothing(t *testing.T) {
	t.Parallel()
	kit := secretstest.New(t)
	kit.Set(apiToken, "canary")
	set := runtime.NewSet(kit.Client, []runtime.Declaration{{Accessor: "a", URI: apiToken}})
	handle := runtime.Bind(set, "a", stringDecoder)
	if err := set.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := set.Close(t.Context()); err != nil {
		t.Errorf("closing twice: %v", err)
	}
	_, readErr := handle.Read(t.Context())
	_, loadErr := set.Load(t.Context())
	late := runtime.NewSet(kit.Client, []runtime.Declaration{{Accessor: "b", URI: stubRef}})
	runtime.Bind(late, "b", stringDecoder)
	for _, err := range []error{readErr, loadErr, set.Preflight(t.Context()), late.Err()} {
		if !errors.Is(err, runtime.ErrClosed) {
			t.Errorf("got %v, want ErrClosed", err)
		}
	}
}

func TestCloseGivesTheConnectionsToThePDPBack(t *testing.T) {
	t.Parallel()
	gone := make(chan struct{}, 1)
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		_, _ = io.WriteString(w, `{"decision":true}`)
	}))
	server.Config.ConnState = func(_ net.Conn, state http.ConnState) {
		if state == http.StateClosed {
			gone <- struct{}{}
		}
	}
	server.Start()
	defer server.Close()
	cfg := stubConfig()
	cfg.PDP.URL = server.URL
	s := &stub{read: func(context.Context, providers.Location) (providers.Document, error) { return text("canary") }}
	client, err := runtime.New(t.Context(), cfg, s.factory())
	if err != nil {
		t.Fatal(err)
	}
	ref, err := client.Parse(stubRef)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := runtime.Resolve[string](t.Context(), client, ref); err != nil {
		t.Fatal(err)
	}
	if err := client.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	select {
	case <-gone:
	case <-time.After(10 * time.Second):
		t.Error("a connection to the PDP is left open")
	}
}
