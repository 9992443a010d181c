package bench

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"
)

const (
	serverToken = "canary-root-token"
	mount       = "bench"
)

// startServer runs the Vault server of the end-to-end tests for as long as the
// benchmark and returns its base URL. E2E_VAULTSERVER_BIN names the program;
// without it, the script that builds it for those tests does. A benchmark that
// can't have a server fails.
func startServer(b *testing.B) (address string) {
	b.Helper()
	binary, err := serverBinary(b.Context())
	if err != nil {
		b.Fatalf("no Vault server can be had to compare on: %v", err)
	}
	cmd := exec.Command(binary, "127.0.0.1:0", serverToken)
	cmd.Stderr = os.Stderr
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		b.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		b.Fatalf("the Vault server does not start: %v", err)
	}
	b.Cleanup(func() {
		if err := errors.Join(cmd.Process.Signal(syscall.SIGTERM), cmd.Wait()); err != nil {
			b.Errorf("the Vault server did not stop as it should: %v", err)
		}
	})
	line, err := bufio.NewReader(stdout).ReadString('\n')
	if err != nil {
		b.Fatalf("the Vault server does not say that it is ready: %v", err)
	}
	address, _, _ = strings.Cut(strings.TrimPrefix(line, "vaultserver ready on "), " ")
	return "http://" + address
}

func serverBinary(ctx context.Context) (string, error) {
	if binary := os.Getenv("E2E_VAULTSERVER_BIN"); binary != "" {
		return binary, nil
	}
	script := exec.CommandContext(ctx, "../scripts/vaultserver.sh")
	script.Stderr = os.Stderr
	path, err := script.Output()
	if err != nil {
		return "", fmt.Errorf("scripts/vaultserver.sh: %w", err)
	}
	return strings.TrimSpace(string(path)), nil
}

// store mounts a KVv2 engine and writes a document with two keys.
func store(b *testing.B, address, path string) {
	b.Helper()
	mustPost(b, address+"/v1/sys/mounts/"+mount, map[string]any{"type": "kv", "options": map[string]string{"version": "2"}})
	document := map[string]any{"data": map[string]string{"username": "canary-user", "password": canary}}
	// The server upgrades a new mount in the background, and refuses until then.
	for deadline := time.Now().Add(30 * time.Second); ; {
		if err := post(b.Context(), address+"/v1/"+mount+"/data/"+path, document); err == nil {
			return
		} else if time.Now().After(deadline) {
			b.Fatalf("the mount does not get ready: %v", err)
		}
	}
}

func mustPost(b *testing.B, url string, body any) {
	b.Helper()
	if err := post(b.Context(), url, body); err != nil {
		b.Fatal(err)
	}
}

func post(ctx context.Context, url string, body any) error {
	text, err := json.Marshal(body)
	if err != nil {
		return err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, url, bytes.NewReader(text))
	if err != nil {
		return err
	}
	req.Header.Set("X-Vault-Token", serverToken)
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	if _, err := io.Copy(io.Discard, resp.Body); err != nil {
		return err
	}
	if resp.StatusCode >= http.StatusMultipleChoices {
		return fmt.Errorf("the server answers %s", resp.Status)
	}
	return nil
}
