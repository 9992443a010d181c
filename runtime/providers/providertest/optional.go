package providertest

import (
	"context"
	"errors"
	"maps"
	"slices"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/secretsgen/secretsgen/runtime/providers"
)

// wrappedChecks are the checks of reads, for the wrapped reads of a provider that
// has them.
func wrappedChecks(p providers.Provider) []check {
	wrapper, ok := p.(providers.Wrapper)
	if !ok {
		return nil
	}
	all := reads()
	for i, c := range all {
		all[i] = check{"wrapped: " + c.name, func(t reporter, h Harness) {
			h.Provider = wrapped{wrapper}
			c.run(t, h)
		}}
	}
	return all
}

// wrapped reads wrapped.
type wrapped struct{ wrapper providers.Wrapper }

func (w wrapped) Read(ctx context.Context, at providers.Location) (providers.Document, error) {
	return w.wrapper.ReadWrapped(ctx, at, time.Minute)
}

func checkMetadata(t reporter, h Harness) {
	reader, ok := h.Provider.(providers.MetadataReader)
	if !ok {
		return
	}
	for _, read := range append([]Read{h.Latest}, h.Pinned...) {
		got, err := reader.ReadMetadata(t.Context(), read.At)
		if err != nil {
			t.Errorf("metadata of version %d: %v", read.At.Version, err)
			continue
		}
		if diff := cmp.Diff(plainMetadata(read.Want.Metadata()), plainMetadata(got)); diff != "" {
			t.Errorf("metadata of version %d (-want +got):\n%s", read.At.Version, diff)
		}
	}
	checkView(t, h, func(ctx context.Context, at providers.Location) error {
		_, err := reader.ReadMetadata(ctx, at)
		return err
	})
}

func checkKeys(t reporter, h Harness) {
	reader, ok := h.Provider.(providers.KeyReader)
	if !ok {
		return
	}
	for _, read := range append([]Read{h.Latest}, h.Pinned...) {
		fields, _ := read.Want.Fields()
		want := slices.Sorted(maps.Keys(fields))
		keys, meta, err := reader.ReadKeys(t.Context(), read.At)
		if err != nil {
			t.Errorf("keys of version %d: %v", read.At.Version, err)
			continue
		}
		if keys == nil || !slices.Equal(want, keys) {
			t.Errorf("keys of version %d (-want +got):\n%s", read.At.Version, cmp.Diff(want, keys))
		}
		if diff := cmp.Diff(plainMetadata(read.Want.Metadata()), plainMetadata(meta)); diff != "" {
			t.Errorf("metadata beside the keys of version %d (-want +got):\n%s", read.At.Version, diff)
		}
	}
	checkView(t, h, func(ctx context.Context, at providers.Location) error {
		keys, _, err := reader.ReadKeys(ctx, at)
		if err != nil && keys != nil {
			t.Errorf("%d keys come with %T", len(keys), err)
		}
		return err
	})
}

// checkView tests that what tells about a document fails like a read of it. What it
// is denied may differ.
func checkView(t reporter, h Harness, v view) {
	t.Helper()
	h.Provider = v
	for _, check := range []func(reporter, Harness){checkMissing, checkDeleted, checkDestroyed, checkCanceled, checkDeadline} {
		check(t, h)
	}
}

// view reads something about a document that is not the document.
type view func(context.Context, providers.Location) error

func (v view) Read(ctx context.Context, at providers.Location) (providers.Document, error) {
	return providers.Document{}, v(ctx, at)
}

// checkClosed closes the provider, so that it comes last.
func checkClosed(t reporter, h Harness) {
	closer, ok := h.Provider.(providers.Closer)
	if !ok {
		return
	}
	for range 2 {
		if err := closer.Close(t.Context()); err != nil {
			t.Errorf("closing: %v", err)
		}
	}
	ways := []providers.Provider{h.Provider}
	if wrapper, ok := h.Provider.(providers.Wrapper); ok {
		ways = append(ways, wrapped{wrapper})
	}
	for _, way := range ways {
		doc, err := way.Read(t.Context(), h.Latest.At)
		if !errors.Is(err, providers.ErrClosed) {
			t.Errorf("the error of a closed provider is %T and not ErrClosed", err)
		}
		checkFailure(t, h, h.Latest.At, doc, err)
	}
	if reader, ok := h.Provider.(providers.MetadataReader); ok {
		if _, err := reader.ReadMetadata(t.Context(), h.Latest.At); !errors.Is(err, providers.ErrClosed) {
			t.Errorf("the error of a closed provider's metadata is %T and not ErrClosed", err)
		}
	}
	if reader, ok := h.Provider.(providers.KeyReader); ok {
		if _, _, err := reader.ReadKeys(t.Context(), h.Latest.At); !errors.Is(err, providers.ErrClosed) {
			t.Errorf("the error of a closed provider's keys is %T and not ErrClosed", err)
		}
	}
}
