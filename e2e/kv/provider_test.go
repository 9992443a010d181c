package kv

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/secretsgen/secretsgen/e2e/internal/kvserver"
	"github.com/secretsgen/secretsgen/runtime/providers"
	"github.com/secretsgen/secretsgen/runtime/providers/kv2"
	"github.com/secretsgen/secretsgen/runtime/secretstest/leakcheck"
	"github.com/secretsgen/secretsgen/runtime/settings"
)

// prefixes are those of the settings, by scheme.
var prefixes = map[string]string{ //nolint:gochecknoglobals // a table
	"openbao+kv2": "OPENBAO_", "hashicorp+kv2": "HASHICORP_",
}

// everyScheme runs a test under each scheme.
func everyScheme(t *testing.T, test func(t *testing.T, scheme string)) {
	t.Helper()
	for scheme := range prefixes {
		t.Run(scheme, func(t *testing.T) {
			t.Parallel()
			test(t, scheme)
		})
	}
}

// vars are settings without the prefix of their scheme.
type vars map[string]string

// with is a copy with further settings.
func (v vars) with(more vars) vars {
	all := vars{}
	for _, from := range []vars{v, more} {
		for name, value := range from {
			all[name] = value
		}
	}
	return all
}

// at are the settings of a server with a token.
func at(s *kvserver.Server, token string) vars { return vars{"URL": s.Address, "TOKEN": token} }

// store is an open provider, with what it logs and tells.
type store struct {
	providers.Provider
	t       *testing.T
	secrets []string // that no error and no line of the log may show

	mu      sync.Mutex
	log     bytes.Buffer
	notices []providers.Notice
}

// Write takes the log.
func (s *store) Write(line []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.log.Write(line)
}

func (s *store) told() []providers.Notice {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]providers.Notice(nil), s.notices...)
}

// count is how often a notice was told.
func (s *store) count(notice providers.Notice) int {
	n := 0
	for _, told := range s.told() {
		if told == notice {
			n++
		}
	}
	return n
}

// open makes the provider of a scheme. Once the test is over it is closed, and
// its log looked through for the settings that are secret.
func open(t *testing.T, scheme string, v vars) *store {
	t.Helper()
	s := &store{t: t}
	all := map[string]string{}
	for name, value := range v {
		all[prefixes[scheme]+name] = value
		switch name {
		case "TOKEN", "SECRET_ID", "URL":
			s.secrets = append(s.secrets, value)
		}
	}
	name, _, _ := strings.Cut(scheme, "+")
	provider, err := kv2.Provider().Open(t.Context(), providers.Instance{
		Scheme: scheme, Name: name, Settings: settings.FromMap(all), Development: true,
		Logger: slog.New(slog.NewTextHandler(s, nil)),
		Notify: func(n providers.Notice) {
			s.mu.Lock()
			defer s.mu.Unlock()
			s.notices = append(s.notices, n)
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	s.Provider = provider
	t.Cleanup(s.close)
	return s
}

func (s *store) close() {
	if err := s.Provider.(providers.Closer).Close(context.Background()); err != nil {
		s.t.Errorf("Close: %v", err)
	}
	s.shows("the log", s.log.String())
}

// shows wants a text to hold nothing that is secret.
func (s *store) shows(what, text string) {
	s.t.Helper()
	for _, secret := range s.secrets {
		if leakcheck.Find([]byte(text), secret) != nil {
			s.t.Errorf("%s holds a setting that is secret", what)
		}
	}
}

// read is the value of the key "token" and what became of the read, as outcome
// says.
func (s *store) read(ctx context.Context, mount, path string, version int) (value, got string) {
	s.t.Helper()
	doc, err := s.Read(ctx, providers.Location{Mount: mount, Path: path, Version: version})
	if err != nil {
		s.shows("an error", err.Error())
		if strings.Contains(err.Error(), path) {
			s.t.Errorf("the error holds the path: %v", err)
		}
		return "", outcome(err)
	}
	return token(s.t, doc), "value"
}

// gets wants a read to succeed with the value that is stored.
func (s *store) gets(mount, path, want string) {
	s.t.Helper()
	if value, got := s.read(s.t.Context(), mount, path, 0); got != "value" || value != want {
		s.t.Errorf("%s; right value: %v", got, value == want)
	}
}

// fails wants a read to have an outcome.
func (s *store) fails(mount, path, want string) {
	s.t.Helper()
	if _, got := s.read(s.t.Context(), mount, path, 0); got != want {
		s.t.Errorf("the outcome is %s, want %s", got, want)
	}
}

func token(t *testing.T, doc providers.Document) string {
	t.Helper()
	value, err := doc.Pick("token")
	if err != nil {
		t.Errorf("the document has no token: %v", err)
	}
	return string(value.Bytes())
}

// outcome is the type of an error, and what its fields say.
func outcome(err error) string {
	if e, ok := errors.AsType[*providers.ProviderError](err); ok {
		return string(e.Code) + map[bool]string{true: ", retryable"}[e.Retryable]
	}
	if e, ok := errors.AsType[*providers.SecretVersionDeletedError](err); ok {
		return "deleted " + strconv.Itoa(e.Version)
	}
	if e, ok := errors.AsType[*providers.SecretVersionDestroyedError](err); ok {
		return "destroyed " + strconv.Itoa(e.Version)
	}
	if _, ok := errors.AsType[*providers.SecretNotFoundError](err); ok {
		return "not found"
	}
	if errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return err.Error()
	}
	if err != nil {
		return "foreign error"
	}
	return "value"
}
