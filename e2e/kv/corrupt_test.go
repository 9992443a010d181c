package kv

import (
	"bytes"
	"compress/gzip"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
)

// liar passes answers of the shared server on with another body, and status and
// headers as they were.
func liar(t *testing.T, lie func(body []byte, header http.Header) []byte) (address string, honest *atomic.Bool) {
	t.Helper()
	honest = new(atomic.Bool)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		out, err := http.NewRequestWithContext(r.Context(), r.Method, shared.Address+r.URL.RequestURI(), r.Body)
		if err != nil {
			w.WriteHeader(http.StatusInternalServerError)
			return
		}
		out.Header = r.Header
		resp, err := shared.Client.Do(out)
		if err != nil {
			w.WriteHeader(http.StatusBadGateway)
			return
		}
		defer resp.Body.Close()
		body, _ := io.ReadAll(resp.Body)
		w.Header().Set("Content-Type", resp.Header.Get("Content-Type"))
		if !honest.Load() {
			body = lie(body, w.Header())
		}
		w.Header().Set("Content-Length", strconv.Itoa(len(body)))
		w.WriteHeader(resp.StatusCode)
		_, _ = w.Write(body)
	}))
	t.Cleanup(server.Close)
	return server.URL, honest
}

func replaced(old, with string) func([]byte, http.Header) []byte {
	return func(body []byte, _ http.Header) []byte { return bytes.Replace(body, []byte(old), []byte(with), 1) }
}

func TestAnAnswerThatIsSpoiltIsMalformed(t *testing.T) {
	t.Parallel()
	s := stock(operator(t))
	everyScheme(t, func(t *testing.T, scheme string) {
		for name, lie := range map[string]func([]byte, http.Header) []byte{
			"half of it":                  func(body []byte, _ http.Header) []byte { return body[:len(body)/2] },
			"nothing of it":               func([]byte, http.Header) []byte { return nil },
			"twice over":                  func(body []byte, _ http.Header) []byte { return append(body, body...) },
			"a page of a proxy":           func([]byte, http.Header) []byte { return []byte("<html>login</html>") },
			"zeros":                       func(body []byte, _ http.Header) []byte { return make([]byte, len(body)) },
			"a byte of the value":         replaced(`"token":"`, "\"token\":\"\xff"),
			"a bracket":                   replaced(`"data":{`, `"data":[`),
			"a name twice":                replaced(`"data":{`, `"data":{"data":{},`),
			"another version":             replaced(`"version":4`, `"version":3`),
			"a version that is no number": replaced(`"version":4`, `"version":"4"`),
			"more than the cap":           func(body []byte, _ http.Header) []byte { return append(bytes.Repeat([]byte(" "), 1<<20), body...) },
			"compressed, unasked": func(body []byte, header http.Header) []byte {
				var out bytes.Buffer
				w := gzip.NewWriter(&out)
				_, _ = w.Write(body)
				_ = w.Close()
				header.Set("Content-Encoding", "gzip")
				return out.Bytes()
			},
		} {
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				address, honest := liar(t, lie)
				p := open(t, scheme, vars{"URL": address, "TOKEN": s.token})
				p.secrets = append(p.secrets, s.latest())
				if _, got := p.read(t.Context(), s.mount, "app/api", 4); got != "malformed" {
					t.Errorf("the outcome is %s, want malformed", got)
				}
				honest.Store(true)
				p.gets(s.mount, "app/api", s.latest())
			})
		}
	})
}

// Over TLS nothing that was changed on the way is taken for an answer.
func TestTLSThatIsTamperedWithIsUnavailable(t *testing.T) {
	t.Parallel()
	a, ca, s := secure(t)
	everyScheme(t, func(t *testing.T, scheme string) {
		way := tamper(t, hostPort(a.Server.Address))
		p := open(t, scheme, vars{"URL": "https://" + way.address, "TOKEN": s.token, "CACERT": ca.file, "MAX_RETRIES": "0"})
		p.gets(s.mount, "app/api", s.latest())
		way.bad.Store(true)
		p.quickly(s.mount, "app/api", "unavailable, retryable")
		way.bad.Store(false)
		p.gets(s.mount, "app/api", s.latest())
	})
}

// tampering is a way on which a byte of what the server sends is another one.
type tampering struct {
	address string
	bad     atomic.Bool
}

func tamper(t *testing.T, target string) *tampering {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	way := &tampering{address: listener.Addr().String()}
	var wait sync.WaitGroup
	t.Cleanup(wait.Wait)
	t.Cleanup(func() { _ = listener.Close() })
	wait.Go(func() {
		for {
			client, err := listener.Accept()
			if err != nil {
				return
			}
			server, err := net.Dial("tcp", target)
			if err != nil {
				_ = client.Close()
				continue
			}
			wait.Go(func() { _, _ = io.Copy(server, client); _ = server.Close() })
			wait.Go(func() { way.pass(client, server); _ = client.Close() })
		}
	})
	return way
}

func (w *tampering) pass(to io.Writer, from io.Reader) {
	buffer := make([]byte, 32<<10)
	for {
		n, err := from.Read(buffer)
		if w.bad.Load() && n > 0 {
			buffer[n-1] ^= 1
		}
		if _, failed := to.Write(buffer[:n]); err != nil || failed != nil {
			return
		}
	}
}
