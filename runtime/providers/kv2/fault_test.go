package kv2

import (
	"bytes"
	"compress/gzip"
	"errors"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/secretsgen/secretsgen/runtime/providers"
)

// raw is a server that writes bytes and closes the connection, whatever it is
// asked.
func raw(t *testing.T, write func(io.Writer)) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = listener.Close() })
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			go func() {
				defer func() { _ = conn.Close() }()
				_, _ = conn.Read(make([]byte, 4096))
				write(conn)
			}()
		}
	}()
	return "http://" + listener.Addr().String()
}

// text is a raw server of one answer.
func text(t *testing.T, answer string) string {
	t.Helper()
	return raw(t, func(w io.Writer) { _, _ = io.WriteString(w, answer) })
}

// bomb is 64 MiB of a value, compressed.
func bomb(t *testing.T) []byte {
	t.Helper()
	var packed bytes.Buffer
	z := gzip.NewWriter(&packed)
	_, _ = z.Write([]byte(`{"data":{"data":{"a":"`))
	block := bytes.Repeat([]byte("x"), 1<<20)
	for range 64 {
		_, _ = z.Write(block)
	}
	_, _ = z.Write([]byte(`"},"metadata":{"version":1}}}`))
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return packed.Bytes()
}

// Whatever is wrong with an answer, each kind of read says so in the project's own
// words. The canary stands in the address, the token, headers and bodies.
func TestFaultsOfAServer(t *testing.T) {
	t.Parallel()
	const down, ok = "unavailable, retryable", "HTTP/1.1 200 OK\r\nX-Vault: " + canary + "\r\n"
	body := `{"data":{"data":{"a":"` + canary + `"},"subkeys":{"a":null},"metadata":{"version":1},"current_version":1,"versions":{"1":{}}}}`
	packed := bomb(t)
	for name, c := range map[string]struct {
		address string
		want    string
	}{
		"an answer that is well":             {text(t, ok+"\r\n"+body), "value"},
		"no answer":                          {text(t, ""), down},
		"half a header":                      {text(t, ok[:20]), down},
		"a body that is cut":                 {text(t, ok+"Content-Length: 5000\r\n\r\n"+body), down},
		"a chunk that is cut":                {text(t, ok+"Transfer-Encoding: chunked\r\n\r\nffff\r\n"+body), down},
		"a chunk of no size":                 {text(t, ok+"Transfer-Encoding: chunked\r\n\r\n"+canary), down},
		"a length below the body's":          {text(t, ok+"Connection: close\r\nContent-Length: 40\r\n\r\n"+body), "malformed"},
		"a length of many gigabytes":         {text(t, ok+"Content-Length: 900000000000\r\n\r\n"+body), down},
		"a length that is none":              {text(t, ok+"Content-Length: "+canary+"\r\n\r\n"+body), down},
		"two lengths":                        {text(t, ok+"Content-Length: 4\r\nContent-Length: 5\r\n\r\n"+body), down},
		"a status that is none":              {text(t, "HTTP/1.1 "+canary+"\r\n\r\n"), down},
		"another protocol":                   {text(t, "SSH-2.0-"+canary+"\r\n"), down},
		"HTML with 200":                      {text(t, ok+"Content-Type: text/html\r\n\r\n<html>"+canary+"</html>"), "malformed"},
		"HTML with 404":                      {text(t, "HTTP/1.1 404 Not Found\r\n\r\n<html>"+canary+"</html>"), "misconfigured"},
		"HTML with 503":                      {text(t, "HTTP/1.1 503 Down\r\nRetry-After: 0\r\n\r\n<html>"+canary+"</html>"), down},
		"a redirect to the canary":           {text(t, "HTTP/1.1 307 Go\r\nLocation: http://"+canary+".test/\r\n\r\n"+canary), "misconfigured"},
		"a redirect that is no URL":          {text(t, "HTTP/1.1 302 Go\r\nLocation: http://"+canary+"/%zz\r\n\r\n"+canary), "misconfigured"},
		"two values":                         {text(t, ok+"\r\n"+body+body), "malformed"},
		"a value that is cut within a quote": {text(t, ok+"Connection: close\r\nContent-Length: 30\r\n\r\n"+body[:30]), "malformed"},
		"compressed, and said so":            {raw(t, writing(ok+"Content-Encoding: gzip\r\n\r\n", packed)), "malformed"},
		"compressed, and not said":           {raw(t, writing(ok+"\r\n", packed)), "malformed"},
		"a body without end": {raw(t, func(w io.Writer) {
			_, _ = io.WriteString(w, ok+"\r\n"+`{"data":{"a":"`)
			for block := bytes.Repeat([]byte("x"), 64<<10); ; {
				if _, err := w.Write(block); err != nil {
					return
				}
			}
		}), "malformed"},
		"headers without end": {raw(t, func(w io.Writer) {
			_, _ = io.WriteString(w, ok)
			for block := []byte("X-Vault: " + strings.Repeat(canary, 100) + "\r\n"); ; {
				if _, err := w.Write(block); err != nil {
					return
				}
			}
		}), down},
		"a body that drips": {serve(t, func(w http.ResponseWriter, r *http.Request) {
			for tick := time.NewTicker(10 * time.Millisecond); ; {
				select {
				case <-r.Context().Done():
					return
				case <-tick.C:
					_, _ = w.Write([]byte(" "))
					_ = http.NewResponseController(w).Flush()
				}
			}
		}), down},
		"informational answers without end": {raw(t, func(w io.Writer) {
			for {
				if _, err := io.WriteString(w, "HTTP/1.1 103 Early Hints\r\nX-Vault: "+canary+"\r\n\r\n"); err != nil {
					return
				}
			}
		}), down},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := openAt(t, c.address+"/"+canary, "VAULT_TIMEOUT", "5s", "VAULT_MAX_RETRIES", "0")
			if strings.Contains(name, "drips") {
				p = openAt(t, c.address+"/"+canary, "VAULT_TIMEOUT", "100ms")
			}
			doc, readErr := p.Read(t.Context(), at("app", 0))
			if _, fields := doc.Fields(); fields != (readErr == nil) {
				t.Error("a document comes exactly if there is no error")
			}
			_, metaErr := p.(providers.MetadataReader).ReadMetadata(t.Context(), at("app", 0))
			_, _, keysErr := p.(providers.KeyReader).ReadKeys(t.Context(), at("app", 0))
			for kind, err := range map[string]error{"value": readErr, "metadata": metaErr, "keys": keysErr} {
				if got := outcome(err); got != c.want {
					t.Errorf("%s: the outcome is %s and not %s", kind, got, c.want)
				}
				if err != nil && (errors.Unwrap(err) != nil || strings.Contains(err.Error(), canary) || strings.Contains(err.Error(), "127.0.0.1")) {
					t.Errorf("%s: the error shows too much: %v", kind, err)
				}
			}
		})
	}
}

func writing(head string, body []byte) func(io.Writer) {
	return func(w io.Writer) {
		_, _ = io.WriteString(w, head)
		_, _ = w.Write(body)
	}
}
