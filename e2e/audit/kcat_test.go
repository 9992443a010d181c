package audit

import (
	"bytes"
	"encoding/json"
	"net"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/twmb/franz-go/pkg/kfake"

	"github.com/secretsgen/secretsgen/runtime/audit"
)

const topic = "crud.secrets.audit"

// broker is one that can be stopped and started again with what it had.
type broker struct {
	address string
	port    int
	data    string
	cluster *kfake.Cluster
}

func newBroker(t *testing.T) *broker {
	t.Helper()
	b := &broker{data: t.TempDir()}
	b.start(t)
	t.Cleanup(b.stop)
	b.address = b.cluster.ListenAddrs()[0]
	_, port, err := net.SplitHostPort(b.address)
	if err != nil {
		t.Fatal(err)
	}
	if b.port, err = strconv.Atoi(port); err != nil {
		t.Fatal(err)
	}
	return b
}

func (b *broker) start(t *testing.T) {
	t.Helper()
	opts := []kfake.Opt{kfake.NumBrokers(1), kfake.SeedTopics(3, topic), kfake.DataDir(b.data)}
	if b.port != 0 {
		opts = append(opts, kfake.Ports(b.port))
	}
	var err error
	if b.cluster, err = kfake.NewCluster(opts...); err != nil {
		t.Fatal(err)
	}
}

func (b *broker) stop() { b.cluster.Close() }

// line is a record as kcat prints it.
type line struct {
	key, headers, timestamp string
	event                   audit.Event
}

// kcat consumes the topic to its end.
func (b *broker) kcat(t *testing.T) (lines []line, raw []byte) {
	t.Helper()
	binary := os.Getenv("E2E_KCAT_BIN")
	if binary == "" {
		binary = "kcat"
	}
	cmd := exec.Command(binary, "-b", b.address, "-t", topic, "-C", "-e", "-q", "-f", `%k\t%h\t%T\t%s\n`)
	var problems bytes.Buffer
	cmd.Stderr = &problems
	raw, err := cmd.Output()
	if err != nil {
		t.Fatalf("kcat, which scripts/kcat.sh brings: %v\n%s", err, problems.String())
	}
	schema := eventSchema(t)
	for text := range strings.Lines(string(raw)) {
		parts := strings.SplitN(strings.TrimSuffix(text, "\n"), "\t", 4)
		if len(parts) != 4 {
			t.Fatalf("kcat printed %q", text)
		}
		document, err := jsonschema.UnmarshalJSON(strings.NewReader(parts[3]))
		if err != nil {
			t.Fatalf("%v in %s", err, parts[3])
		}
		if err := schema.Validate(document); err != nil {
			t.Errorf("%s: %v", parts[3], err)
		}
		l := line{key: parts[0], headers: parts[1], timestamp: parts[2]}
		if err := json.Unmarshal([]byte(parts[3]), &l.event); err != nil {
			t.Fatal(err)
		}
		lines = append(lines, l)
	}
	return lines, raw
}

func eventSchema(t *testing.T) *jsonschema.Schema {
	t.Helper()
	text, err := os.ReadFile("../../docs/audit-event.schema.json")
	if err != nil {
		t.Fatal(err)
	}
	document, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	compiler := jsonschema.NewCompiler()
	compiler.AssertFormat()
	if err := compiler.AddResource("schema.json", document); err != nil {
		t.Fatal(err)
	}
	schema, err := compiler.Compile("schema.json")
	if err != nil {
		t.Fatal(err)
	}
	return schema
}
