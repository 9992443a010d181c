// Package toxic puts a Toxiproxy between a test and a server: a way over which
// things go wrong on demand.
package toxic

import (
	"context"
	"io"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/Shopify/toxiproxy/v2"
	"github.com/rs/zerolog"
)

// Way is the way to one server.
type Way struct {
	Address string // host and port to connect to

	t      testing.TB
	toxics *toxiproxy.ToxicCollection
}

// To opens a way to a server at a host and port, for as long as the test.
func To(t testing.TB, address string) *Way {
	t.Helper()
	server := toxiproxy.NewServer(toxiproxy.NewMetricsContainer(nil), zerolog.New(io.Discard))
	p := toxiproxy.NewProxy(server, "way", "127.0.0.1:0", address)
	if err := p.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(p.Stop)
	return &Way{Address: p.Listen, t: t, toxics: p.Toxics}
}

// Go puts something wrong on the way back from the server. There is one thing
// wrong at a time.
func (w *Way) Go(wrong Toxic) {
	w.t.Helper()
	toxic := `{"name":"wrong","type":"` + wrong.kind + `","attributes":{` + wrong.attributes + `}}`
	if _, err := w.toxics.AddToxicJson(strings.NewReader(toxic)); err != nil {
		w.t.Fatal(err)
	}
}

// Heal takes it away again, and with it the connections that it has spoilt.
func (w *Way) Heal() {
	w.t.Helper()
	if err := w.toxics.RemoveToxic(context.Background(), "wrong"); err != nil {
		w.t.Fatal(err)
	}
}

// Toxic is something that is wrong.
type Toxic struct{ kind, attributes string }

// BlackHole swallows every answer and leaves the connection open.
func BlackHole() Toxic { return Toxic{"timeout", `"timeout":0`} }

// HangUp swallows every answer and closes the connection after a while.
func HangUp(after time.Duration) Toxic { return Toxic{"timeout", `"timeout":` + milliseconds(after)} }

// Latency delays every answer.
func Latency(d time.Duration) Toxic { return Toxic{"latency", `"latency":` + milliseconds(d)} }

// Reset resets the connection once there is an answer.
func Reset() Toxic { return Toxic{"reset_peer", `"timeout":0`} }

// Cut closes a connection once it has carried so many bytes.
func Cut(bytes int) Toxic { return Toxic{"limit_data", `"bytes":` + strconv.Itoa(bytes)} }

// Crumbs lets an answer through in pieces of a few bytes.
func Crumbs() Toxic {
	return Toxic{"slicer", `"average_size":16,"size_variation":8,"delay":500`} // µs
}

func milliseconds(d time.Duration) string { return strconv.FormatInt(d.Milliseconds(), 10) }
