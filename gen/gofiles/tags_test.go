package gofiles

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestTagsOfFlags(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		flags string
		want  []string
	}{
		"none":                       {"", nil},
		"other flags":                {"-mod=mod -race --x=-tags=a", nil},
		"one tag":                    {"-tags=a", []string{"a"}},
		"several, two dashes":        {"-mod=mod --tags=a,b,,c -race", []string{"a", "b", "c"}},
		"the last flag counts":       {"-tags=a -tags=b", []string{"b"}},
		"no tag in the last one":     {"-tags=a -tags=", []string{}},
		"quoted as a whole":          {`"-tags=a,b"`, []string{"a", "b"}},
		"quoted behind the sign":     {`-tags='a,b'`, []string{"a", "b"}},
		"a flag that begins like it": {"-tagsx=a -tags", nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if diff := cmp.Diff(tt.want, flagTags(tt.flags)); diff != "" {
				t.Errorf("tags of %q (-want +got):\n%s", tt.flags, diff)
			}
		})
	}
}
