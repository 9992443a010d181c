package caching_test

import (
	"context"
	"strings"
	"testing"

	"github.com/secretsgen/secretsgen/runtime"
	"github.com/secretsgen/secretsgen/testdata/golden/readback"
	"github.com/secretsgen/secretsgen/testdata/golden/tags/caching"
)

func TestValuesAreKeptAndWrappedAsDeclared(t *testing.T) {
	t.Parallel()
	readback.Caching(t, func(client *runtime.Client) (readback.Reads, error) {
		secrets, err := caching.New(client)
		if err != nil {
			return nil, err
		}
		return readback.Reads{
			"token":  func(ctx context.Context) (string, error) { s, err := secrets.API.Token(ctx); return s.Reveal(), err },
			"region": func(ctx context.Context) (string, error) { s, err := secrets.API.Region(ctx); return s.Reveal(), err },
			"key": func(ctx context.Context) (string, error) {
				s, err := secrets.API.Key(ctx)
				if err != nil || s.Reveal() == nil {
					return "", err
				}
				return *s.Reveal(), nil
			},
			"db":      func(ctx context.Context) (string, error) { s, err := secrets.DB(ctx); return s.Reveal().Password, err },
			"signing": func(ctx context.Context) (string, error) { s, err := secrets.Signing(ctx); return s.Reveal(), err },
		}, nil
	})
}

func TestAProviderThatCannotWrapIsToldAtStart(t *testing.T) {
	t.Parallel()
	for profile, refused := range map[string]bool{"": true, "ci": false} {
		_, err := caching.Open(t.Context(), runtime.Config{Environment: "test", Profile: profile})
		if err == nil {
			t.Fatal("a client without settings was made")
		}
		if got := strings.Contains(err.Error(), "aws+sm") && strings.Contains(err.Error(), "signing"); got != refused {
			t.Errorf("under the profile %q: %v", profile, err)
		}
	}
}
