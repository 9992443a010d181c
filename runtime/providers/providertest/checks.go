package providertest

import (
	"context"
	"errors"
	"sync"

	"github.com/google/go-cmp/cmp"

	"github.com/secretsgen/secretsgen/runtime/providers"
)

// reporter is the part of [testing.T] that a check needs.
type reporter interface {
	Helper()
	Errorf(format string, args ...any)
	Context() context.Context
}

type check struct {
	name string
	run  func(reporter, Harness)
}

// checks are those of an open provider.
func checks() []check {
	return append(reads(),
		check{"metadata is that of the document", checkMetadata},
		check{"keys are those of the document", checkKeys},
	)
}

// reads are the checks of one way to read.
func reads() []check {
	return []check{
		{"the latest version is read", checkLatest},
		{"a pinned version is read", checkPinned},
		{"what is missing is not found", checkMissing},
		{"what is denied is denied", checkDenied},
		{"a deleted version is told apart", checkDeleted},
		{"a destroyed version is told apart", checkDestroyed},
		{"a key that is missing is told apart", checkMissingKey},
		{"a canceled read returns the context's error", checkCanceled},
		{"a read past its deadline returns the context's error", checkDeadline},
		{"a read that is canceled under way returns the context's error", checkCanceledUnderWay},
		{"many goroutines read at once", checkConcurrent},
	}
}

func checkLatest(t reporter, h Harness) { expect(t, h, h.Latest) }

func checkPinned(t reporter, h Harness) {
	for _, read := range h.Pinned {
		expect(t, h, read)
	}
	if len(h.Pinned) == 0 {
		at := h.Latest.At
		at.Version = 1
		expectNotFound(t, h, at)
	}
}

func checkMissing(t reporter, h Harness) {
	expectNotFound(t, h, h.Missing)
	if len(h.Pinned) > 0 {
		expectNotFound(t, h, h.MissingVersion)
	}
}

func checkDenied(t reporter, h Harness) {
	if h.Denied == nil {
		return
	}
	if e := expectError[*providers.ProviderError](t, h, *h.Denied); e != nil && e.Code != providers.Denied {
		t.Errorf("the code is %q and not %q", e.Code, providers.Denied)
	}
}

func checkDeleted(t reporter, h Harness) {
	for _, at := range []*providers.Location{h.Deleted, h.LatestDeleted} {
		if at == nil {
			continue
		}
		if e := expectError[*providers.SecretVersionDeletedError](t, h, *at); e != nil {
			expectVersion(t, *at, e.Version)
		}
	}
}

func checkDestroyed(t reporter, h Harness) {
	if h.Destroyed == nil {
		return
	}
	if e := expectError[*providers.SecretVersionDestroyedError](t, h, *h.Destroyed); e != nil {
		expectVersion(t, *h.Destroyed, e.Version)
	}
}

// noKey is a key that no store holds.
const noKey = "providertest-has-no-such-key"

func checkMissingKey(t reporter, h Harness) {
	doc, err := h.Provider.Read(t.Context(), h.Latest.At)
	if err != nil {
		t.Errorf("reading the latest version: %v", err)
		return
	}
	_, err = doc.Pick(noKey)
	if _, ok := errors.AsType[*providers.SecretKeyNotFoundError](err); !ok {
		t.Errorf("the error of a key that is missing is %T", err)
	}
}

func checkConcurrent(t reporter, h Harness) {
	var all sync.WaitGroup
	for range 16 {
		all.Go(func() {
			expect(t, h, h.Latest)
			expectNotFound(t, h, h.Missing)
		})
	}
	all.Wait()
}

// expect reads and compares.
func expect(t reporter, h Harness, read Read) {
	t.Helper()
	doc, err := h.Provider.Read(t.Context(), read.At)
	if err != nil {
		t.Errorf("reading version %d: %v", read.At.Version, err)
		return
	}
	if diff := cmp.Diff(plain(read.Want), plain(doc)); diff != "" {
		t.Errorf("version %d (-want +got):\n%s", read.At.Version, diff)
	}
}

// expectError reads what must fail with an E, and returns it or the zero E.
func expectError[E error](t reporter, h Harness, at providers.Location) E {
	t.Helper()
	doc, err := h.Provider.Read(t.Context(), at)
	e, ok := errors.AsType[E](err)
	if !ok {
		t.Errorf("the error is %T and not %T", err, e)
	}
	checkFailure(t, h, at, doc, err)
	return e
}

func expectNotFound(t reporter, h Harness, at providers.Location) {
	t.Helper()
	_ = expectError[*providers.SecretNotFoundError](t, h, at)
}

// expectVersion tests which version an error names.
func expectVersion(t reporter, at providers.Location, version int) {
	t.Helper()
	if version < 1 || at.Version > 0 && version != at.Version {
		t.Errorf("the error names version %d, and %d was asked for", version, at.Version)
	}
}
