package providertest

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/secretsgen/secretsgen/runtime/providers"
)

const (
	canary = "canary-4b1d7e"
	closed = "a closed provider says so"
)

// memory is the store that the suite is tried on: answers by location.
type memory map[providers.Location]answer

type answer struct {
	doc providers.Document
	err error
}

func (m memory) Read(ctx context.Context, at providers.Location) (providers.Document, error) {
	if ctx.Err() != nil {
		return providers.Document{}, ctx.Err()
	}
	if a, ok := m[at]; ok {
		return a.doc, a.err
	}
	return providers.Document{}, &providers.SecretNotFoundError{}
}

func at(path string, version int) providers.Location {
	return providers.Location{Mount: "mnt", Path: path, Version: version}
}

func fields(version int) providers.Document {
	v := providers.NewValue(providers.Text, fmt.Appendf(nil, "%s-%d", canary, version))
	return providers.Fields(map[string]providers.Value{"k": v}, providers.Metadata{Version: version})
}

func versioned() (memory, Harness) {
	deleted, latestDeleted, destroyed, denied := at("x/app", 2), at("x/gone", 0), at("x/app", 1), at("x/denied", 0)
	m := memory{
		at("x/app", 0): {doc: fields(3)},
		at("x/app", 3): {doc: fields(3)},
		deleted:        {err: &providers.SecretVersionDeletedError{Version: 2}},
		latestDeleted:  {err: &providers.SecretVersionDeletedError{Version: 2}},
		destroyed:      {err: &providers.SecretVersionDestroyedError{Version: 1}},
		denied:         {err: &providers.ProviderError{Code: providers.Denied}},
	}
	return m, Harness{
		Provider: m, Canary: canary,
		Latest:         Read{at("x/app", 0), fields(3)},
		Pinned:         []Read{{at("x/app", 3), fields(3)}},
		Missing:        at("x/missing", 0),
		MissingVersion: at("x/app", 9),
		Denied:         &denied, Deleted: &deleted, LatestDeleted: &latestDeleted, Destroyed: &destroyed,
	}
}

func unversioned() (memory, Harness) {
	doc := providers.Scalar(providers.NewValue(providers.Binary, []byte(canary)), providers.Metadata{Custom: map[string]string{}})
	m := memory{at("x/app", 0): {doc: doc}}
	return m, Harness{Provider: m, Canary: canary, Latest: Read{at("x/app", 0), doc}, Missing: at("x/missing", 0)}
}

func TestSuitePassesAProviderThatKeepsTheContract(t *testing.T) {
	t.Parallel()
	t.Run("with versions", func(t *testing.T) {
		t.Parallel()
		_, h := versioned()
		Run(t, h)
	})
	t.Run("without versions", func(t *testing.T) {
		t.Parallel()
		_, h := unversioned()
		Run(t, h)
	})
	t.Run("with all that a provider can be", func(t *testing.T) {
		t.Parallel()
		Run(t, complete(&store{}))
	})
}

// recorder collects what a check reports.
type recorder struct {
	ctx context.Context
	mu  sync.Mutex
	all []string
}

func (*recorder) Helper()                    {}
func (r *recorder) Context() context.Context { return r.ctx }
func (r *recorder) Errorf(format string, args ...any) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.all = append(r.all, fmt.Sprintf(format, args...))
}

// found runs all checks and returns the names of those that reported.
func found(t *testing.T, h Harness) []string {
	t.Helper()
	var names []string
	all := append(checks(), wrappedChecks(h.Provider)...)
	for _, c := range append(all, check{closed, checkClosed}) {
		r := &recorder{ctx: t.Context()}
		c.run(r, h)
		if len(r.all) > 0 {
			names = append(names, c.name)
		}
	}
	return names
}

// leaky returns an error of its own beside or around the right one.
type leaky struct {
	providers.Provider
	leak func(error) error
}

func (l leaky) Read(ctx context.Context, at providers.Location) (providers.Document, error) {
	doc, err := l.Provider.Read(ctx, at)
	if err != nil {
		err = l.leak(err)
	}
	return doc, err
}

func TestSuiteFindsBrokenProviders(t *testing.T) {
	t.Parallel()
	const (
		latest, pinned, missing, denied = "the latest version is read", "a pinned version is read", "what is missing is not found", "what is denied is denied"
		deleted, destroyed              = "a deleted version is told apart", "a destroyed version is told apart"
		canceled, deadline              = "a canceled read returns the context's error", "a read past its deadline returns the context's error"
		concurrent, keyless             = "many goroutines read at once", "a key that is missing is told apart"
	)
	everyFailure := []string{missing, denied, deleted, destroyed, canceled, deadline, concurrent}
	wrong := errors.New("wrong")
	for name, c := range map[string]struct {
		breaks func(memory, *Harness)
		want   []string
	}{
		"another value":         {func(m memory, _ *Harness) { m[at("x/app", 0)] = answer{doc: fields(2)} }, []string{latest, concurrent}},
		"a pin that is ignored": {func(m memory, _ *Harness) { m[at("x/app", 3)] = answer{doc: fields(2)} }, []string{pinned}},
		"a zero document":       {func(m memory, _ *Harness) { m[at("x/missing", 0)] = answer{} }, []string{missing, concurrent}},
		"a version for another": {func(m memory, _ *Harness) { m[at("x/app", 9)] = answer{doc: fields(3)} }, []string{missing}},
		"a document in an error": {func(m memory, _ *Harness) {
			m[at("x/denied", 0)] = answer{fields(1), &providers.ProviderError{Code: providers.Denied}}
		}, []string{denied}},
		"another code": {func(m memory, _ *Harness) {
			m[at("x/denied", 0)] = answer{err: &providers.ProviderError{Code: providers.Unavailable}}
		}, []string{denied}},
		"deleted as not found":               {func(m memory, _ *Harness) { delete(m, at("x/app", 2)) }, []string{deleted}},
		"an older version for a deleted one": {func(m memory, _ *Harness) { m[at("x/gone", 0)] = answer{doc: fields(1)} }, []string{deleted}},
		"deleted without its version":        {func(m memory, _ *Harness) { m[at("x/gone", 0)] = answer{err: &providers.SecretVersionDeletedError{}} }, []string{deleted}},
		"destroyed as deleted": {func(m memory, _ *Harness) {
			m[at("x/app", 1)] = answer{err: &providers.SecretVersionDeletedError{Version: 1}}
		}, []string{destroyed}},
		"destroyed with another version": {func(m memory, _ *Harness) {
			m[at("x/app", 1)] = answer{err: &providers.SecretVersionDestroyedError{Version: 2}}
		}, []string{destroyed}},
		"a context that is not heeded": {func(m memory, h *Harness) {
			h.Provider = deaf{m}
		}, []string{canceled, deadline}},
		"a document that is no JSON": {func(m memory, h *Harness) {
			h.Latest.Want = providers.Scalar(providers.NewValue(providers.Text, []byte("{"+canary)), providers.Metadata{})
			m[at("x/app", 0)] = answer{doc: h.Latest.Want}
		}, []string{keyless}},
		"a foreign error":           {func(_ memory, h *Harness) { h.Provider = leaky{h.Provider, func(error) error { return wrong }} }, everyFailure},
		"the path in an error":      {func(_ memory, h *Harness) { h.Provider = leaking(h, "at x/app x/gone x/denied x/missing") }, everyFailure},
		"the canary in an error":    {func(_ memory, h *Harness) { h.Provider = leaking(h, canary) }, everyFailure},
		"the canary in hexadecimal": {func(_ memory, h *Harness) { h.Provider = leaking(h, hex.EncodeToString([]byte(canary))) }, everyFailure},
		"the canary in a joined leaf": {func(_ memory, h *Harness) {
			h.Provider = leaky{h.Provider, func(err error) error { return mute{err, errors.New(canary)} }}
		}, everyFailure},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			m, h := versioned()
			c.breaks(m, &h)
			got := found(t, h)
			slices.Sort(got)
			want := slices.Sorted(slices.Values(c.want))
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("checks that failed (-want +got):\n%s", diff)
			}
		})
	}
	t.Run("a pin in a store without versions", func(t *testing.T) {
		t.Parallel()
		m, h := unversioned()
		m[at("x/app", 1)] = m[at("x/app", 0)]
		if diff := cmp.Diff([]string{pinned}, found(t, h)); diff != "" {
			t.Errorf("checks that failed (-want +got):\n%s", diff)
		}
	})
}

// deaf does not hear that a context ended.
type deaf struct{ memory }

func (d deaf) Read(_ context.Context, at providers.Location) (providers.Document, error) {
	return d.memory.Read(context.Background(), at)
}

func leaking(h *Harness, text string) providers.Provider {
	return leaky{h.Provider, func(err error) error { return fmt.Errorf("%s: %w", text, err) }}
}

// mute wraps several errors and shows none of them in its own text.
type mute []error

func (mute) Error() string     { return "mute" }
func (m mute) Unwrap() []error { return m }
func (mute) GoString() string  { return "mute" }

func (mute) Format(f fmt.State, _ rune) { _, _ = f.Write([]byte("mute")) }

func TestFormsCoverTheUsualEncodings(t *testing.T) {
	t.Parallel()
	got := strings.Join(forms("canary\n?>"), " ")
	for _, want := range []string{"canary\n?>", `canary\n?>`, "canary%0A%3F%3E", "63616e6172790a3f3e", "Y2FuYXJ5C"} {
		if !strings.Contains(got, want) {
			t.Errorf("%q is missing", want)
		}
	}
}
